import CSystem
import TestSupport
import Testing

/// The page in real browsers: what people and scripts see of each other.
@Suite(.ownThreads, .browsers, .serialized) struct PageTests {
    let driver: BrowserDriver

    init() throws {
        driver = try #require(BrowserDriver.shared)
    }

    private func open(_ port: UInt16, _ view: String = "", status: String = "live") throws -> Browser {
        let browser = try Browser(driver)
        try browser.openPage(port, view, status: status)
        return browser
    }

    @Test func twoBrowsersAndCurlSeeEachOther() throws {
        let server = try ServerProcess()
        let (ana, bob) = (try open(server.port), try open(server.port))
        try ana.signIn("signup", "ana", "correct horse")
        try bob.signIn("guest", "bob")
        try ana.wait(for: "bob", in: "#here")
        try ana.type("hello from ana #web" + Browser.Key.enter.rawValue, into: "#say")
        try bob.wait(for: "hello from ana #web")
        try server.curl("and from a script")
        for browser in [ana, bob] { try browser.wait(for: "and from a script") }
        let last = try run(["curl", "-sS", "http://localhost:\(server.port)/tag/web"])
        #expect(last.output == "hello from ana #web\n")
        #expect(
            try ana.number(
                "[...document.querySelectorAll('.text')].filter(e => e.innerText.includes('ana #web')).length") == 1)
        for browser in [ana, bob] { #expect(try browser.consoleMessages() == []) }
    }

    @Test func aPrivateMessageIsMarkedWhenItIsRead() throws {
        let server = try ServerProcess()
        let (ana, bob) = (try open(server.port), try open(server.port))
        try ana.signIn("signup", "ana", "correct horse")
        try bob.signIn("signup", "bob", "battery staple")
        try bob.type("@ana the key is in the vault" + Browser.Key.enter.rawValue, into: "#say")
        try ana.wait(for: "1", in: "#direct .n")
        _ = try ana.run("location.hash = '#/inbox/bob'")
        try ana.wait(for: "the key is in the vault")
        try ana.wait(until: "!document.querySelector('#direct .n')")
        // Nobody pushes that it was read: the page asks when the conversation is opened.
        _ = try bob.run("location.hash = '#/inbox/ana'")
        try bob.wait(for: "read ", in: ".msg .state")
        try ana.type("thank you" + Browser.Key.enter.rawValue, into: "#say")
        try bob.wait(for: "thank you")
        #expect(try run(["curl", "-sS", "http://localhost:\(server.port)/"]).output == "Empty Message\n")
    }

    /// The server is killed and comes back while somebody writes.
    @Test func whatIsWrittenWhileTheServerIsAwayIsSentOnce() throws {
        let port = try Ports.free()
        let server = try ServerProcess(port: port)
        let browser = try open(port)
        try browser.type("before" + Browser.Key.enter.rawValue, into: "#say")
        try browser.wait(until: "document.querySelector('#feed .text')?.innerText === 'before'")
        try server.kill()
        try browser.wait(until: "!document.getElementById('banner').hidden")
        for text in ["written offline", "and a second one"] {
            try browser.type(text + Browser.Key.enter.rawValue, into: "#say")
        }
        try browser.type("a draft", into: "#say")
        try browser.wait(for: "waits for the connection", in: ".msg .state")
        let again = try ServerProcess(port: port, in: server.directory)
        try browser.wait(until: "document.querySelectorAll('#feed .text').length === 3")
        try browser.wait(until: "document.getElementById('pending').hidden")
        #expect(try browser.text("document.getElementById('say').value") == "a draft")
        let tweets = try run(["curl", "-sS", "http://localhost:\(again.port)/tweets?since=0"]).output
        let texts = tweets.matches(of: /"text":"([^"]*)"/).map { String($0.1) }
        #expect(texts == ["before", "written offline", "and a second one"])
    }

    @Test func aDraftSurvivesAReload() throws {
        let server = try ServerProcess()
        let browser = try open(server.port)
        try browser.type("half a sent", into: "#say")
        try browser.open("http://localhost:\(server.port)/")
        try browser.wait(for: "live", in: "#status")
        #expect(try browser.text("document.getElementById('say').value") == "half a sent")
    }

    /// One guest that comes and goes must not push the messages away, nor make each page ask without end.
    @Test func aGuestThatComesAndGoesCostsLittle() throws {
        let server = try ServerProcess()
        let browser = try open(server.port)
        try browser.signIn("guest", "bob")
        _ = try browser.run(
            """
            const send = WebSocket.prototype.send
            window.sent = 0
            WebSocket.prototype.send = function (text) { window.sent += 1; send.call(this, text) }
            """)
        let restless = try server.connect()
        let lines = [#"["name","eve"]"#] + Array(repeating: #"["join",""]"# + "\n" + #"["leave",""]"#, count: 100)
        for line in lines {
            try restless.send(line + "\n")
            for _ in line.split(separator: "\n") { #expect(try restless.readLine()?.hasPrefix(#"["ok""#) == true) }
        }
        try server.curl("after the crowd")
        try browser.wait(for: "after the crowd")
        #expect(try browser.number("document.querySelectorAll('.note-line').length") <= 20)
        #expect(try browser.number("window.sent") < 100)
    }

    @Test(arguments: [
        "#/constructor", "#__proto__", "#/tag/" + String(repeating: "x", count: 9000), "#/search/%ff", "#/inbox/a%20b",
    ])
    func anAddressThatNobodyMadeShowsEverything(address: String) throws {
        let server = try ServerProcess()
        let browser = try open(server.port, address)
        try browser.wait(until: "document.querySelector('h1').innerText === 'Everything'")
        #expect(try browser.consoleMessages() == [])
    }

    /// A link's text must tell where it leads.
    @Test func theHostOfALinkIsNeverCutOff() throws {
        let server = try ServerProcess()
        let browser = try open(server.port)
        let host = "bank.example.com-login.session-000000000000000@evil.example"
        try server.curl("https://\(host)/\(String(repeating: "x", count: 30)) and")
        try browser.wait(until: "document.querySelector('a.url') !== null")
        #expect(try browser.text("document.querySelector('a.url').innerText") == host + "…")
    }

    /// A duplicate begins with a copy of the first tab's storage, and so with the guest's secret.
    @Test func aDuplicatedTabLeavesTheGuestsNameToTheFirst() throws {
        let server = try ServerProcess()
        let bob = try open(server.port)
        try bob.signIn("guest", "bob")
        _ = try bob.run("window.copy = window.open(location.href)")
        try bob.wait(until: "window.copy.document.getElementById('status')?.innerText === 'live'")
        let name = "document.querySelector('#me b').innerText"
        #expect(try bob.text("window.copy.\(name)") == "anonymous")
        #expect(try bob.text(name) == "bob")
        // A reload keeps it.
        try bob.open("http://localhost:\(server.port)/#/people")
        try bob.wait(for: "bob", in: "#me")
        try bob.wait(for: "live", in: "#status")
    }

    @Test func withoutWebSocketsItReadsAndWritesByHTTP() throws {
        let server = try ServerProcess()
        let proxy = try WebProxy(to: server.port, stopsWebSockets: true)
        let browser = try open(proxy.port, status: "live, public")
        try browser.wait(for: "stops WebSockets", in: "#banner")
        try browser.type("through a proxy #ops" + Browser.Key.enter.rawValue, into: "#say")
        try browser.wait(for: "through a proxy #ops")
        try server.curl("from a script")
        try browser.wait(for: "from a script")
        try browser.wait(until: "document.getElementById('pending').hidden")
        try browser.click("#open-login")
        try browser.wait(for: "not available", in: "#toast")
    }

    @Test(arguments: [
        "<img src=x onerror=alert(1)>", "<script>alert(1)</script>", "javascript:alert(1) data:text/html,x",
        "&lt;b&gt; &amp;", "]]> <!-- --> ${x} {{x}}",
    ]) func textThatLooksLikeCodeStaysText(_ text: String) throws {
        let server = try ServerProcess()
        try server.curl(text)
        let browser = try open(server.port)
        try browser.wait(for: text)
        #expect(try browser.number("document.querySelectorAll('.text *').length") == 0)
        #expect(try browser.consoleMessages() == [])
    }

    @Test func aLinkTellsTheOtherSiteNothing() throws {
        let server = try ServerProcess()
        try server.curl("see https://wiki.example/ops.html#deploy, and ftp://x.example #ops")
        let browser = try open(server.port)
        try browser.wait(for: "wiki.example")
        let links = "[...document.querySelectorAll('.text a')]"
        #expect(
            try browser.text("\(links).map(a => a.getAttribute('href'))")
                == "https://wiki.example/ops.html#deploy,#/tag/ops")
        #expect(try browser.text("\(links)[0].rel") == "noopener noreferrer nofollow")
    }
}
