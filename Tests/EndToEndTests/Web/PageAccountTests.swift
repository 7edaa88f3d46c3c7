import TestSupport
import Testing

/// The page of somebody with an account: staying logged in, tokens, blocks, and refusals that pass.
@Suite(.ownThreads, .oneBrowser, .serialized) struct PageAccountTests {
    let browser: Browser

    init() throws {
        browser = try Browser.fresh()
    }

    private func isOk(_ connection: TestConnection, _ request: String) throws -> Bool {
        try connection.request(request)?.hasPrefix(#"["ok""#) == true
    }

    private func openSettings() throws { try browser.click("#me [aria-label=Settings]") }

    private func closeSettings() throws {
        try browser.click("#settings .close")
        try browser.wait(until: "!document.getElementById('settings').open")
    }

    @Test(arguments: [false, true]) func theAccountStaysWhereTheReaderWants(stays: Bool) throws {
        let server = try ServerProcess()
        try browser.openPage(server.port)
        try browser.signIn("signup", "ana", "correct horse", stays: stays)
        let (kept, other) = stays ? ("localStorage", "sessionStorage") : ("sessionStorage", "localStorage")
        try browser.wait(until: "\(kept)['ttweet.proof']")
        #expect(try browser.text("\(other)['ttweet.proof']") == "undefined")
        let all = "Object.values(localStorage).concat(Object.values(sessionStorage)).join()"
        #expect(try browser.text("\(all).includes('correct horse')") == "false")
        _ = try browser.run("location.reload()")
        try browser.wait(for: "here · account", in: "#me")
        _ = try browser.openTab()
        try browser.openPage(server.port)
        try browser.wait(for: stays ? "here · account" : "anonymous", in: "#me")
        try browser.show(try browser.tab())
        if stays {
            try openSettings()
            try browser.click("#log-out")
            try browser.wait(for: "anonymous", in: "#me")
        }
        #expect(try browser.text("localStorage['ttweet.proof']") == "undefined")
    }

    @Test func aTokensSecretIsShownOnce() throws {
        let server = try ServerProcess()
        try browser.openPage(server.port)
        try browser.signIn("signup", "ana", "correct horse")
        try openSettings()
        try browser.click("#tokens-part summary")
        try browser.type("backup", into: "#token-label")
        try browser.click("#token-button")
        try browser.wait(for: "backup", in: "#tokens li")
        let secret = try browser.text("document.getElementById('new-token').innerText")
        #expect(secret.count > 20)
        let logIn = #"["login",{"token":"\#(secret)"}]"#
        #expect(try isOk(try server.connect(), logIn))
        try closeSettings()
        try openSettings()
        try browser.wait(for: "backup", in: "#tokens li")
        #expect(try browser.text("document.body.textContent.includes('\(secret)')") == "false")
        #expect(try browser.text("document.getElementById('new-token').hidden") == "true")
        try browser.click("#tokens [aria-label^='Remove backup']")
        try browser.wait(until: "!document.getElementById('tokens').innerText.includes('backup')")
        #expect(try !isOk(try server.connect(), logIn))
    }

    @Test func whoIsBlockedIsListedAndUnblocked() throws {
        let server = try ServerProcess()
        try browser.openPage(server.port)
        try browser.signIn("signup", "ana", "correct horse")
        let bob = try server.connect()
        #expect(try isOk(bob, #"["name","bob"]"#))
        let message = #"["message",{"to":["ana"],"text":"hello"}]"#
        try browser.go("#/inbox/bob")
        try browser.wait(for: "Block", in: "#act")
        try browser.click("#act")
        try browser.wait(for: "Unblock", in: "#act")
        #expect(try !isOk(bob, message))
        try openSettings()
        try browser.click("#blocks [aria-label='Unblock bob']")
        try browser.wait(until: "document.getElementById('blocks').childElementCount === 0")
        try closeSettings()
        try browser.wait(until: "document.getElementById('act').innerText === 'Block'")
        #expect(try isOk(bob, message))
        try browser.wait(for: "hello")
    }

    /// Waits until a text counts seconds, and until they are fewer.
    private func countdown(in selector: String) throws {
        let seconds = "+(/ in (\\d+) s/.exec(document.querySelector('\(selector)')?.innerText)?.[1] ?? 0)"
        try browser.wait(until: "\(seconds) > 0")
        let first = try browser.number(seconds)
        #expect(first <= 13)
        try browser.wait(until: "\(seconds) > 0 && \(seconds) < \(first)")
    }

    /// The server's `retry_after` of a full store is 10 s; the page adds up to a quarter.
    @Test func aRefusalThatPassesCountsDown() throws {
        let server = try ServerProcess(["--max-store", "1M"])
        let script = try server.connect()
        let text = String(repeating: "日", count: 140)
        while try isOk(script, "[\"u\",\"\(text)\"]") {}
        try browser.openPage(server.port)
        try browser.say("one more")
        try countdown(in: "#pending .state")
        try browser.click("#open-login")
        try browser.click("[value=signup] + span")
        try browser.type("ana", into: "#name")
        try browser.type("correct horse", into: "#password")
        try browser.click("#login-button")
        try countdown(in: "#login-error")
        // Another way in may be open.
        #expect(try browser.text("document.getElementById('login-button').disabled") == "false")
    }
}
