import TestSupport
import Testing

/// Desktop notices: they say what comes while nobody looks at the page.
@Suite(.ownThreads, .oneBrowser, .serialized) struct PageNoticeTests {
    let browser: Browser

    init() throws {
        browser = try Browser.fresh()
    }

    /// Lists the notices of pages that are opened from now on in `notices`, instead of the desktop.
    private func recordNotices() throws -> () throws -> Void {
        try browser.prepare(
            """
            window.notices = []
            window.Notification = class {
              static permission = 'default'
              static async requestPermission() { return Notification.permission = 'granted' }
              constructor(title, { body }) { notices.push(`${title}: ${body}`) }
            }
            """)
    }

    @Test func theyComeForWhatIsNewWhileThePageIsHidden() throws {
        let server = try ServerProcess()
        try server.curl("before the page")
        let ends = [try recordNotices(), try browser.recordSockets()]
        try browser.openPage(server.port)
        for end in ends { try end() }
        try browser.click("#notify")
        try browser.wait(for: "You get notices", in: "#toast")
        try server.curl("while somebody looks")
        try browser.wait(for: "while somebody looks")
        try browser.hide()
        // A message of the time before, which comes late, as after a lost connection.
        _ = try browser.run(
            """
            const [, last] = JSON.parse(received.findLast(text => text.includes('while somebody looks')))
            const late = { ...last, seq: last.seq + 0.5, time: '2020-01-01T00:00:00.000Z', text: 'late' }
            sockets[0].onmessage({ data: JSON.stringify(['tweet', late]) })
            """)
        let bob = try server.connect()
        #expect(try bob.request(#"["name","bob"]"#)?.hasPrefix(#"["ok""#) == true)
        for text in ["one", "two #ops"] {
            #expect(try bob.request("[\"u\",{\"text\":\"\(text)\",\"author\":\"bob\"}]")?.hasPrefix(#"["ok""#) == true)
        }
        try browser.wait(until: "notices.length >= 2")
        #expect(try browser.text("notices") == "bob: one,bob: two #ops")
        // Turned off, there are none.
        try browser.unhide()
        try browser.click("#notify")
        try browser.hide()
        try server.curl("the last one")
        try browser.wait(until: "received.some(text => text.includes('the last one'))")
        #expect(try browser.number("notices.length") == 2)
    }

    @Test func theyAreOffOverAConnectionThatIsNotSecureAndItSaysWhy() throws {
        let server = try ServerProcess(["--http-host", Browser.insecureHost])
        let end = try recordNotices()
        try browser.openPage(server.port, host: Browser.insecureHost)
        try end()
        #expect(try browser.text("isSecureContext") == "false")
        try browser.click("#notify")
        try browser.wait(for: "they need a secure connection", in: "#toast")
        #expect(try browser.text("document.getElementById('notify').ariaPressed") == "false")
        try browser.click("#me [aria-label=Settings]")
        try browser.wait(for: "they need a secure connection", in: "#notice-note")
    }
}
