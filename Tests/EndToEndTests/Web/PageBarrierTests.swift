import Foundation
import TestSupport
import Testing

/// Barriers for people who use the page by other means, found by axe-core in each state.
@Suite(.ownThreads, .oneBrowser, .serialized) struct PageBarrierTests {
    let browser: Browser
    let server: ServerProcess
    let axe: String

    init() throws {
        browser = try Browser.fresh()
        server = try ServerProcess()
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
        let file = root.appending(path: ".build/axe/axe.min.js").standardizedFileURL
        axe = try #require(try? String(contentsOf: file, encoding: .utf8), "no axe.min.js: run scripts/setup")
        try browser.prefer(["prefers-reduced-motion": "reduce"])
    }

    /// Looks at the page as it is, wide and light, and narrow and dark.
    private func check(_ state: String) throws {
        if try browser.text("typeof axe") == "undefined" { _ = try browser.run(axe) }
        for (width, scheme) in [(1200, "light"), (360, "dark")] {
            try browser.resize(width)
            try browser.prefer(["prefers-reduced-motion": "reduce", "prefers-color-scheme": scheme])
            let found = try browser.run(
                """
                return axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
                  violations.map(({ id, nodes }) => `${id}: ${nodes.map(node => node.html.slice(0, 200)).join(' ')}`))
                """)
            #expect(found as? [String] == [], "\(state), \(scheme), \(width) pixels wide")
        }
        try browser.resize(1200)
    }

    private func show(_ view: String, until text: String, in selector: String = ".msg .text") throws {
        try browser.go(view)
        try browser.wait(for: text, in: selector)
        try check(view)
    }

    @Test func anEmptyServer() throws {
        try browser.openPage(server.port)
        for (view, text) in [("#/", "Nothing has been said"), ("#/tag/ops", "Nothing with #ops")] {
            try show(view, until: text, in: "#empty")
        }
        try show("#/search/none", until: "Nothing found", in: "#empty")
        for view in ["#/tags", "#/people", "#/inbox"] { try show(view, until: "", in: "#list") }
    }

    @Test func aServerInUse() throws {
        for text in ["one #ops", "two https://wiki.example/ #ops #deploy"] { try server.curl(text) }
        try browser.openPage(server.port)
        try browser.signIn("signup", "ana", "correct horse")
        let bob = try server.connect()
        for request in [
            #"["name","bob"]"#, #"["join",""]"#, #"["u",{"text":"three #ops","author":"bob"}]"#,
            #"["message",{"to":["ana"],"text":"for you"}]"#,
        ] { #expect(try bob.request(request)?.hasPrefix(#"["ok""#) == true) }
        try show("#/", until: "for you")
        try show("#/tag/ops", until: "three")
        try show("#/tags", until: "deploy", in: "#list")
        try show("#/people", until: "bob", in: "#list")
        try show("#/inbox", until: "for you", in: "#list")
        try show("#/inbox/bob", until: "for you")
        try browser.say("an answer")
        try browser.wait(for: "an answer", in: "#feed .text")
        try check("own message")
        try show("#/search/three", until: "three")
        try browser.go("#/")
        try browser.type("@bob #o", into: "#say")
        try browser.wait(until: "!document.getElementById('suggest').hidden")
        try check("suggestions, private")
        try browser.type(String(repeating: "x", count: 160), into: "#say")
        try browser.wait(for: "too many", in: "#problem")
        try check("too long")
    }

    @Test func dialogs() throws {
        try browser.openPage(server.port)
        try browser.click("#open-login")
        for kind in ["login", "signup", "guest"] {
            try browser.click("[value=\(kind)] + span")
            try check(kind)
        }
        try browser.click("#login .close")
        try browser.click("#me [aria-label=Settings]")
        try check("settings without a name")
        try browser.click("#settings .close")
        try browser.signIn("signup", "ana", "correct horse")
        try browser.click("#me [aria-label=Settings]")
        _ = try browser.run("for (const part of document.querySelectorAll('details')) part.open = true")
        try browser.click("#token-button")
        try browser.wait(until: "!document.getElementById('new-token').hidden")
        try check("settings with an account and a new token")
        try browser.type("wrong", into: "#old-password")
        try browser.type("correct horse", into: "#new-password")
        try browser.click("#passwd-button")
        try browser.wait(until: "!document.getElementById('passwd-error').hidden")
        try check("a wrong password")
    }

    @Test func withoutAConnection() throws {
        try server.curl("before")
        try browser.openPage(server.port)
        try browser.wait(for: "before")
        try server.kill()
        try browser.wait(until: "!document.getElementById('banner').hidden")
        try browser.say("kept")
        try browser.wait(for: "waits for the connection", in: ".msg .state")
        try check("no connection")
    }
}
