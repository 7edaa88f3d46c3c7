import TestSupport
import Testing

/// The page in real browsers: how much it shows, where it scrolls, how it looks, and what the keyboard does.
@Suite(.ownThreads, .browsers, .serialized) struct PageViewTests {
    let driver: BrowserDriver
    let server: ServerProcess

    init() throws {
        driver = try #require(BrowserDriver.shared)
        server = try ServerProcess()
    }

    private func open(_ view: String = "", width: Int = 1200, isDark: Bool = false) throws -> Browser {
        let browser = try Browser(driver, width: width, isDark: isDark)
        try browser.openPage(server.port, view)
        return browser
    }

    private func upload(_ lines: [String]) throws {
        let input = lines.map { $0 + "\n" }.joined()
        #expect(try run(.client, ["-u", "--lines", "127.0.0.1", String(server.port)], input: input).exitCode == 0)
    }

    private static let rows = "document.querySelectorAll('#feed li, #pending li').length"

    // MARK: Rows and scrolling

    @Test func atMostAThousandRowsAreInTheDocument() throws {
        try upload((1...1500).map { "early \($0)" })
        let browser = try open()
        try browser.wait(for: "early 1500")
        try upload((1...1500).map { "late \($0)" })
        try browser.wait(for: "late 1500")
        #expect(try browser.number(Self.rows) <= 1000)
        // Upwards to the first one.
        try browser.wait(
            until:
                "(document.getElementById('scroll').scrollTop = 0, document.querySelector('.text').innerText === 'early 1')"
        )
        #expect(try browser.number(Self.rows) <= 1000)
        // And back to the end, which is fetched again.
        try upload(["the last one"])
        try browser.wait(for: "1 new message", in: "#newer")
        try browser.click("#newer")
        try browser.wait(for: "the last one")
        #expect(try browser.number(Self.rows) <= 1000)
        try browser.wait(until: "document.getElementById('newer').hidden")
    }

    @Test func itNeverScrollsByItself() throws {
        try upload((1...100).map { "line \($0)" })
        let browser = try open()
        try browser.wait(for: "line 100")
        // At the end, it stays at the end.
        try upload(["one more"])
        try browser.wait(for: "one more")
        let scroll = "document.getElementById('scroll')"
        try browser.wait(until: "\(scroll).scrollHeight - \(scroll).clientHeight - \(scroll).scrollTop < 4")
        // Elsewhere, it stays there.
        _ = try browser.run("\(scroll).scrollTop = 900")
        try browser.wait(until: "\(scroll).scrollTop === 900")
        for number in 1...3 { try upload(["new \(number)"]) }
        try browser.wait(for: "3 new messages", in: "#newer")
        try browser.wait(for: "new 3")
        #expect(try browser.number("\(scroll).scrollTop") == 900)
    }

    // MARK: Looks

    @Test(arguments: ["#/", "#/tag/ops", "#/tags", "#/people", "#/inbox", "#/inbox/bob", "#/search/long"])
    func aPhoneNeedsNoScrollingSideways(_ view: String) throws {
        try upload([
            "long " + String(repeating: "x", count: 120), "https://wiki.example/" + String(repeating: "y", count: 120),
            "one #ops",
        ])
        let browser = try open(view, width: 360)
        try browser.wait(until: "document.getElementById('title').innerText")
        #expect(try browser.number("document.documentElement.scrollWidth") <= 360)
        #expect(
            try browser.number(
                "document.getElementById('scroll').scrollWidth - document.getElementById('scroll').clientWidth") == 0)
    }

    @Test func darkIsByTheSystemAndByChoice() throws {
        let background = "getComputedStyle(document.body).backgroundColor"
        let (light, dark) = (try open(), try open(isDark: true))
        let (lightColor, darkColor) = (try light.text(background), try dark.text(background))
        #expect(lightColor != darkColor)
        try light.click("#self, [aria-label=Settings]")
        try light.click("[value=dark] + span")
        #expect(try light.text(background) == darkColor)
        // The choice lasts.
        try light.open("http://localhost:\(server.port)/#/tags")
        try light.wait(for: "live", in: "#status")
        #expect(try light.text(background) == darkColor)
    }

    // MARK: The keyboard

    @Test func theKeyboardAloneIsEnough() throws {
        try upload(["one #ops", "two", "three"])
        let browser = try open()
        try browser.wait(for: "three")
        let focused = "document.activeElement"
        try browser.press(.tab)
        #expect(try browser.text("\(focused).innerText") == "Skip to the message field")
        try browser.press(.escape)
        #expect(try browser.text("\(focused).id") == "say")
        try browser.type("by hand")
        try browser.press(.enter)
        try browser.wait(for: "by hand", in: "#feed .text")
        _ = try browser.run("document.querySelector('#views a').focus()")
        try browser.press(.down, .down)
        #expect(try browser.text("\(focused).getAttribute('href')") == "#/people")
        try browser.press(.up)
        #expect(try browser.text("\(focused).getAttribute('href')") == "#/inbox")
        _ = try browser.run("document.getElementById('scroll').focus()")
        try browser.press(.up, .up)
        #expect(try browser.text("\(focused).querySelector('.text').innerText") == "three")
        try browser.type("/")
        #expect(try browser.text("\(focused).id") == "q")
        try browser.press(.escape)
        #expect(try browser.text("\(focused).id") == "say")
    }

    @Test func enterBelongsToTheInputMethodWhileItComposes() throws {
        let browser = try open()
        try browser.type("にほん", into: "#say")
        let press =
            "document.getElementById('say').dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', cancelable: true, isComposing: COMPOSES }))"
        _ = try browser.run(press.replacing("COMPOSES", with: "true"))
        #expect(try browser.text("document.getElementById('say').value") == "にほん")
        _ = try browser.run(press.replacing("COMPOSES", with: "false"))
        #expect(try browser.text("document.getElementById('say').value") == "")
        try browser.wait(for: "にほん", in: "#feed .text")
    }

    // MARK: Counting

    /// Generated texts of scalars that join with others: the page counts as Swift does.
    @Test func theCounterCountsAsTheServerDoes() throws {
        let browser = try open()
        var numbers = LinearCongruentialGenerator(seed: 20_261_130)
        let texts = (0..<1500).map { _ in "x" + Self.text(&numbers) + "x" }
        let counts = try browser.run(
            """
            const field = document.getElementById('say')
            return arguments[0].map(text => {
              field.value = text
              field.dispatchEvent(new Event('input'))
              return 150 - document.getElementById('left').textContent
            })
            """, [texts])
        #expect(counts as? [Int] == texts.map(\.count))
    }

    private static let pools: [[ClosedRange<UInt32>]] = [
        [0x0300...0x036F, 0x0061...0x0063], [0x0900...0x097F, 0x200D...0x200D], [0x1000...0x109F], [0x1780...0x17D3],
        [0x1100...0x11FF, 0xAC00...0xAC1F], [0x1F1E6...0x1F1FF],
        [0x1F466...0x1F469, 0x200D...0x200D, 0xFE0F...0xFE0F, 0x2764...0x2764, 0x1F3FB...0x1F3FF],
        [0x0600...0x0605, 0x0628...0x0630], [0x1A20...0x1A60, 0x1B05...0x1B44], [0x0D05...0x0D4E],
    ]

    private static func text(_ numbers: inout LinearCongruentialGenerator) -> String {
        let ranges = pools.randomElement(using: &numbers) ?? []
        var text = ""
        for _ in 0..<Int.random(in: 2...9, using: &numbers) {
            guard let range = ranges.randomElement(using: &numbers),
                let scalar = Unicode.Scalar(UInt32.random(in: range, using: &numbers))
            else { continue }
            text.unicodeScalars.append(scalar)
        }
        return text
    }

    // MARK: Size

    @Test func itIsFourRequestsOfItsOwn() throws {
        let browser = try open()
        let loaded =
            "performance.getEntriesByType('resource').filter(e => /css|script|link|img|other/.test(e.initiatorType))"
        #expect(try browser.number("\(loaded).length") <= 3)
        #expect(try browser.text("\(loaded).every(e => e.name.startsWith(location.origin))") == "true")
    }
}
