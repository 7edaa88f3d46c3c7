import Testing

/// Gives all tests of a suite one chromedriver and one browser, which end with the suite: a start takes about a second.
struct SharedBrowser: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await onOwnThreads {
            let driver = try BrowserDriver()
            let browser = try Browser(driver)
            try await BrowserDriver.$shared.withValue(driver) {
                try await Browser.$shared.withValue(browser, operation: function)
            }
        }
    }
}

extension Trait where Self == SharedBrowser {
    /// One browser for all tests, which are serialized; each begins with ``Browser/fresh()``.
    static var oneBrowser: SharedBrowser { SharedBrowser() }
}

extension BrowserDriver {
    /// The driver of the suite, for more browsers.
    @TaskLocal static var shared: BrowserDriver?
}

extension Browser {
    @TaskLocal fileprivate static var shared: Browser?

    /// The suite's browser with one new tab, which has a mouse and a system without preferences.
    ///
    /// Nothing is stored for a server, since its port makes it an origin of its own.
    static func fresh() throws -> Browser {
        let browser = try #require(shared)
        try browser.closeTabs(but: browser.openTab())
        try browser.resize(1200)
        _ = try browser.consoleMessages()
        return browser
    }
}
