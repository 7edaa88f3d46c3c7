import TestSupport
import Testing

/// The page behind a proxy, in many tabs and within another page.
@Suite(.ownThreads, .oneBrowser, .serialized) struct PageOutsideTests {
    let browser: Browser
    let server: ServerProcess

    init() throws {
        browser = try Browser.fresh()
        server = try ServerProcess()
    }

    @Test(arguments: [false, true]) func itWorksBelowAPathOfAProxy(stopsWebSockets: Bool) throws {
        let proxy = try WebProxy(to: server.port, below: "/chat/", stopsWebSockets: stopsWebSockets)
        let status = stopsWebSockets ? "live, public" : "live"
        try browser.openPage(proxy.port, "chat/#/tag/ops", status: status)
        #expect(try browser.text("document.getElementById('status').innerText") == status)
        try browser.say("from below")
        try browser.wait(for: "from below #ops", in: "#feed .text")
        try server.curl("from a script #ops")
        try browser.wait(for: "from a script")
        try browser.wait(for: " localhost:\(proxy.port)/chat/", in: "#shell")
        // The manifest and the icon are there as well.
        let links = "[...document.querySelectorAll('link, script[src]')].map(e => e.href ?? e.src)"
        try browser.click("#title")
        try browser.wait(until: "\(links).length === 4")
        let statuses = try browser.run(
            "return Promise.all(\(links).map(async address => (await fetch(address)).status))")
        #expect(statuses as? [Int] == [200, 200, 200, 200])
        let messages = try browser.consoleMessages()
        #expect(messages == [])
    }

    @Test func eightTabsAreOnePerson() throws {
        try browser.openPage(server.port)
        try browser.signIn("signup", "ana", "correct horse", stays: true)
        let tabs = try openEightTabs(server.port)
        try server.curl("to all of them")
        for tab in tabs {
            try browser.show(tab)
            try browser.wait(for: "to all of them")
            try browser.wait(for: "ana", in: "#me")
        }
        try browser.say("from the last one")
        try browser.show(tabs[0])
        try browser.wait(for: "from the last one", in: "#feed .text")
        let messages = try browser.consoleMessages()
        #expect(messages == [])
    }

    /// A browser has six connections for all tabs to one server; those of WebSockets do not count.
    @Test func eightTabsWorkWithoutWebSockets() throws {
        let proxy = try WebProxy(to: server.port, stopsWebSockets: true)
        try browser.openPage(proxy.port, status: "live, public")
        let tabs = try openEightTabs(proxy.port)
        try browser.say("from the eighth")
        for tab in tabs {
            try browser.show(tab)
            try browser.wait(for: "from the eighth", in: "#feed .text")
        }
        #expect(proxy.mostStreams < 6)
    }

    /// The sequences of another store begin anew, as they do after an older state was restored: nothing of it is old.
    @Test(arguments: [false, true]) func anotherStoreAtTheSameAddressIsShown(stopsWebSockets: Bool) throws {
        for number in 1...5 { try server.curl("old \(number)") }
        let proxy = try WebProxy(to: server.port, stopsWebSockets: stopsWebSockets)
        try browser.openPage(proxy.port, status: stopsWebSockets ? "live, public" : "live")
        try browser.wait(for: "old 5")
        try server.kill()
        let other = try ServerProcess(port: server.port, data: "other", in: server.directory)
        try other.curl("new one")
        try browser.wait(for: "new one")
        try other.curl("and another")
        try browser.wait(for: "and another")
        #expect(try browser.text("document.getElementById('feed').innerText.includes('old')") == "false")
    }

    /// Opens the page in seven more tabs, each of which is in front until the next one.
    private func openEightTabs(_ port: UInt16) throws -> [String] {
        var tabs = [try browser.tab()]
        while tabs.count < 8 {
            tabs.append(try browser.openTab())
            try browser.openPage(port)
        }
        return tabs
    }

    @Test func noOtherPageMayShowItInAFrame() throws {
        let address = "http://localhost:\(server.port)/"
        let other = try LoopbackListener(.atOnce) { _, connection in
            let content = "<!doctype html><title>another page</title><iframe src=\"\(address)\"></iframe>"
            while let line = try? connection.readLine(), line != "\r" {}
            try? connection.send(
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: \(content.utf8.count)\r\n"
                    + "Connection: close\r\n\r\n\(content)")
        }
        try browser.open("http://127.0.0.1:\(other.port)/")
        #expect(try browser.text("document.title") == "another page")
        try browser.enterFrame()
        #expect(try browser.text("document.URL").hasPrefix("chrome-error:"))
        #expect(try browser.text("document.getElementById('compose')") == "null")
    }
}
