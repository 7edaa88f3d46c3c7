import TestSupport
import Testing

/// The page changes while somebody uses it: what did not change stays the same element.
@Suite(.ownThreads, .oneBrowser, .serialized) struct PageStabilityTests {
    let browser: Browser
    let server: ServerProcess

    init() throws {
        browser = try Browser.fresh()
        server = try ServerProcess()
    }

    /// A button counts as clicked only if it is the same element when the pointer goes down and up.
    @Test(arguments: [
        ("#tags [href='#/tag/ops']", "location.hash === '#/tag/ops'"),
        ("#tabs [href='#/people'], #views [href='#/people']", "location.hash === '#/people'"),
        ("#me [aria-label=Settings]", "document.getElementById('settings').open"),
        ("#open-login", "document.getElementById('login').open"),
        ("#shell button", "!document.getElementById('toast').hidden"),
    ])
    func aClickCountsThoughAMessageArrivesMeanwhile(selector: String, effect: String) throws {
        try browser.openPage(server.port)
        _ = try browser.run("localStorage.setItem('ttweet.followed', '[\"ops\"]'); location.reload()")
        try browser.wait(for: "ops", in: "#tags")
        try browser.wait(for: "live", in: "#status")
        try browser.hold(selector)
        try server.curl("one more #ops")
        try browser.wait(for: "1", in: "#tags .n")
        try browser.release()
        try browser.wait(until: effect)
    }

    @Test func aRowsButtonStaysWhileAPrivateMessageArrives() throws {
        try browser.openPage(server.port)
        try browser.signIn("guest", "ana")
        let bob = try server.connect()
        #expect(try bob.request(#"["name","bob"]"#)?.hasPrefix(#"["ok""#) == true)
        let write = { (text: String) throws in
            #expect(try bob.request(#"["message",{"to":["ana"],"text":"\#(text)"}]"#)?.hasPrefix(#"["ok""#) == true)
        }
        for number in 1...40 { try write("number \(number)") }
        try browser.go("#/inbox/bob")
        try browser.wait(for: "number 40")
        // Not at the end, where the rows go up when one comes.
        _ = try browser.run("document.getElementById('scroll').scrollTop = 0")
        try browser.hold("#feed .text")
        try browser.release()
        _ = try browser.run("getSelection().selectAllChildren(document.querySelector('#feed .text'))")
        _ = try browser.run("document.querySelector('#feed .msg').focus()")
        try browser.hold("#feed .acts [aria-label=Copy]")
        try write("the last one")
        try browser.wait(for: "the last one")
        #expect(try browser.text("getSelection()") == "number 1")
        #expect(try browser.text("document.querySelector('#feed .msg').contains(document.activeElement)") == "true")
        try browser.release()
        try browser.wait(until: "!document.getElementById('toast').hidden")
    }

    @Test func aRowComesAtOnceAndMoreOfThemWithTheNextFrame() throws {
        try browser.recordSockets()
        try browser.openPage(server.port)
        _ = try browser.run("window.calls = []; window.requestAnimationFrame = call => window.calls.push(call)")
        let rows = "[...document.querySelectorAll('#feed .text')].map(row => row.innerText).join()"
        try server.curl("one")
        try browser.wait(until: "\(rows) === 'one'")
        for text in ["two", "three"] { try server.curl(text) }
        try browser.wait(until: "window.received.some(text => text.includes('three'))")
        #expect(try browser.text(rows) == "one")
        let nextFrame = "for (const call of window.calls.splice(0)) call()"
        _ = try browser.run(nextFrame)
        #expect(try browser.text(rows) == "one,two,three")
        try server.curl("four")
        try browser.wait(until: "window.received.some(text => text.includes('four'))")
        #expect(try browser.text(rows) == "one,two,three")
        // The first one shows it, the second one nothing, and so the next row comes at once.
        for _ in 1...2 { _ = try browser.run(nextFrame) }
        #expect(try browser.text(rows) == "one,two,three,four")
        try server.curl("five")
        try browser.wait(until: "\(rows) === 'one,two,three,four,five'")
    }

    /// The page is hidden before the frame comes that would show what has changed.
    @Test func theTitleOfAHiddenPageCountsOn() throws {
        try browser.recordSockets()
        try browser.openPage(server.port)
        try browser.signIn("signup", "ana", "correct horse")
        let bob = try server.connect()
        #expect(try bob.request(#"["name","bob"]"#)?.hasPrefix(#"["ok""#) == true)
        let write = { (number: Int) throws in
            let answer = try bob.request(#"["message",{"to":["ana"],"text":"number \#(number)"}]"#)
            #expect(answer?.hasPrefix(#"["ok""#) == true)
        }
        _ = try browser.run("window.requestAnimationFrame = () => 0")
        try write(1)
        try browser.wait(until: "window.received.some(text => text.includes('number 1'))")
        #expect(try browser.text("document.title") == "ttweet")
        try browser.hide()
        try browser.wait(until: "document.title === '(1) ttweet'")
        try write(2)
        try browser.wait(until: "document.title === '(2) ttweet'")
    }
}
