import TestSupport
import Testing

/// The wishes of the system or the device: colours of its own, stillness, room for fingers.
@Suite(.ownThreads, .oneBrowser, .serialized) struct PageDeviceTests {
    let browser: Browser
    let server: ServerProcess

    init() throws {
        browser = try Browser.fresh()
        server = try ServerProcess()
    }

    @Test func forcedColoursKeepWhatTellsStatesApart() throws {
        try browser.prefer(["forced-colors": "active"])
        try browser.openPage(server.port)
        #expect(try browser.text("matchMedia('(forced-colors: active)').matches") == "true")
        let style = { (element: String) in "getComputedStyle(document.querySelector('\(element)'))" }
        // The view in front, the status, and which button is on.
        #expect(try browser.text(style("#views [aria-current=page]") + ".outlineStyle") == "solid")
        #expect(try browser.text(style("#views a:not([aria-current])") + ".outlineStyle") == "none")
        #expect(try browser.text(style("#status b") + ".forcedColorAdjust") == "none")
        try browser.click("#me [aria-label=Settings]")
        #expect(try browser.text(style("[name=theme]:checked + span") + ".outlineStyle") == "solid")
        #expect(try browser.text(style("[name=theme]:not(:checked) + span") + ".outlineStyle") == "none")
    }

    @Test(arguments: [(preference: "no-preference", animation: "come"), (preference: "reduce", animation: "none")])
    func nothingMovesWhereTheReaderWantsItStill(preference: String, animation: String) throws {
        try browser.prefer(["prefers-reduced-motion": preference])
        try browser.openPage(server.port)
        try server.curl("a new one")
        try browser.wait(for: "a new one")
        #expect(try browser.text("getComputedStyle(document.querySelector('.fresh')).animationName") == animation)
    }

    /// All that somebody touches on a phone, except for links within a text, is at least 44 pixels wide and high.
    @Test(arguments: ["#/", "#/tag/ops", "#/tags", "#/people", "#/inbox/bob", "#/search/one", "login", "settings"])
    func aPhonesTargetsAre44Pixels(state: String) throws {
        try server.curl("one #ops")
        try browser.openPage(server.port)
        try browser.signIn("signup", "ana", "correct horse")
        try browser.resize(360)
        try browser.touch()
        #expect(try browser.text("matchMedia('(pointer: coarse)').matches") == "true")
        if state.hasPrefix("#") {
            try browser.go(state)
            try browser.wait(until: "document.getElementById('title').innerText")
        } else {
            try browser.click("#self")
            if state == "login" {
                try browser.click("#log-out")
                try browser.wait(until: "document.getElementById('open-login')")
                try browser.click("#self")
                try browser.click("#log-in")
            } else {
                _ = try browser.run("for (const part of document.querySelectorAll('details')) part.open = true")
            }
        }
        let small = try browser.run(
            """
            const touched = document.querySelectorAll('dialog[open]').length ? 'dialog[open] ' : ''
            const seen = [...document.querySelectorAll('a, button, input, textarea, summary')]
              .filter(e => e.closest('dialog[open]') || !touched)
              .filter(e => e.checkVisibility() && !e.closest('.text, .skip'))
              // A touch on a label counts for the field that the label contains.
              .map(e => e.closest('label, .search, .field') ?? e)
            return seen.map(e => [e, e.getBoundingClientRect()])
              .filter(([e, box]) => Math.round(box.width) < 44 || Math.round(box.height) < 44)
              .map(([e, box]) => `${e.outerHTML.slice(0, 90)} ${box.width} × ${box.height}`)
            """)
        #expect(small as? [String] == [])
    }
}
