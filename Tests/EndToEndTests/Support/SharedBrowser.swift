import Testing

/// Gives all tests of a suite one chromedriver and one browser, which end with the suite: a start takes about a second.
struct SharedBrowser: SuiteTrait, TestScoping {
    fileprivate let startsBrowser: Bool

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await onOwnThreads {
            let driver = try BrowserDriver()
            let browser = startsBrowser ? try Browser(driver) : nil
            try await BrowserDriver.$shared.withValue(driver) {
                try await Browser.$shared.withValue(browser, operation: function)
            }
        }
    }
}

extension Trait where Self == SharedBrowser {
    /// A ``BrowserDriver/shared`` for the browsers of each test.
    static var browsers: SharedBrowser { SharedBrowser(startsBrowser: false) }
    /// A ``Browser/shared`` for all tests, which are serialized; each begins with ``Browser/fresh()``.
    static var oneBrowser: SharedBrowser { SharedBrowser(startsBrowser: true) }
}

extension BrowserDriver {
    @TaskLocal static var shared: BrowserDriver?
}

extension Browser {
    @TaskLocal static var shared: Browser?

    /// The suite's browser with one empty tab, a mouse, and a system without preferences.
    ///
    /// A server with a port of its own is an origin of its own, for which nothing is stored.
    static func fresh() throws -> Browser {
        let browser = try #require(shared)
        try browser.closeTabs(but: browser.openTab())
        try browser.resize(1200)
        _ = try browser.consoleMessages()
        return browser
    }
}
