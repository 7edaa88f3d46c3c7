import Foundation
import TestSupport

/// A window of a headless Chromium, as a person uses it; closed when its owner releases it.
final class Browser: Sendable {
    /// A name of this machine to which connections are not secure, as those to other machines; for `--http-host`.
    static let insecureHost = "ttweet.test"

    /// Keys that are no characters; see WebDriver, 17.4.2.
    enum Key: String {
        case enter = "\u{E007}"
        case escape = "\u{E00C}"
        case tab = "\u{E004}"
        case up = "\u{E013}"
        case down = "\u{E015}"
    }

    private let driver: BrowserDriver
    private let session: String

    /// Opens a window.
    ///
    /// - Parameters:
    ///   - width: the width of the page in pixels.
    ///   - isDark: whether the system prefers dark colours.
    init(_ driver: BrowserDriver, width: Int = 1200, height: Int = 800, isDark: Bool = false) throws {
        let flags = [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--window-size=\(width),\(height)", "--host-resolver-rules=MAP \(Self.insecureHost) 127.0.0.1",
        ]
        let wanted: [String: Any] = [
            "browserName": "chrome", "goog:chromeOptions": ["args": flags], "goog:loggingPrefs": ["browser": "ALL"],
        ]
        let answer = try driver.command("POST", "/session", ["capabilities": ["alwaysMatch": wanted]])
        guard let session = (answer as? [String: Any])?["sessionId"] as? String else {
            throw HarnessError("no browser: \(answer)")
        }
        self.driver = driver
        self.session = "/session/\(session)"
        try resize(width, height)
        if isDark { try prefer(["prefers-color-scheme": "dark"]) }
    }

    deinit {
        _ = try? driver.command("DELETE", session)
    }

    // MARK: The device

    /// Gives the page a size: a window is never as narrow as a phone, but the page in it can be.
    func resize(_ width: Int, _ height: Int = 800) throws {
        try devTools(
            "Emulation.setDeviceMetricsOverride",
            ["width": width, "height": height, "deviceScaleFactor": 1, "mobile": false])
    }

    /// Sets what the system prefers, as features of media queries; those that are missing have their defaults.
    func prefer(_ features: [String: String]) throws {
        let list = features.map { ["name": $0.key, "value": $0.value] }
        try devTools("Emulation.setEmulatedMedia", ["features": list])
    }

    /// Says whether fingers touch the screen instead of a mouse.
    func touch(_ isTouched: Bool) throws {
        try devTools("Emulation.setTouchEmulationEnabled", ["enabled": isTouched])
    }

    /// Runs a script in each document that is opened from now on, before the scripts of the page.
    ///
    /// - Returns: a function that ends that.
    func prepare(_ script: String) throws -> () throws -> Void {
        let name = "Page.addScriptToEvaluateOnNewDocument"
        let answer = try devTools(name, ["source": script]) as? [String: Any]
        guard let identifier = answer?["identifier"] else { throw HarnessError("no answer to \(name)") }
        return { try self.devTools("Page.removeScriptToEvaluateOnNewDocument", ["identifier": identifier]) }
    }

    // MARK: Tabs

    /// The tab in front.
    func tab() throws -> String { try driver.command("GET", session + "/window") as? String ?? "" }

    /// Opens a tab and brings it to the front; the others are hidden then.
    func openTab() throws -> String {
        let answer = try driver.command("POST", session + "/window/new", ["type": "tab"]) as? [String: Any]
        guard let tab = answer?["handle"] as? String else { throw HarnessError("no tab") }
        try show(tab)
        return tab
    }

    /// Brings a tab to the front.
    func show(_ tab: String) throws {
        try look(at: tab)
        try devTools("Page.bringToFront", [:])
    }

    /// Hides the page behind another tab.
    func hide() throws {
        _ = try run("window.cover = window.open('about:blank')")
        try wait(until: "document.hidden")
    }

    func unhide() throws {
        _ = try run("window.cover.close()")
        try wait(until: "!document.hidden")
    }

    private func look(at tab: String) throws { try driver.command("POST", session + "/window", ["handle": tab]) }

    /// Closes all other tabs.
    func closeTabs(but kept: String) throws {
        for case let tab as String in try driver.command("GET", session + "/window/handles") as? [Any] ?? []
        where tab != kept {
            try look(at: tab)
            try driver.command("DELETE", session + "/window")
        }
        try show(kept)
    }

    /// Lets the next commands go to the document in the first frame of the page.
    func enterFrame() throws { try driver.command("POST", session + "/frame", ["id": 0]) }

    // MARK: Commands

    @discardableResult
    private func devTools(_ command: String, _ parameters: [String: Any]) throws -> Any {
        try driver.command("POST", session + "/goog/cdp/execute", ["cmd": command, "params": parameters])
    }

    /// Opens a page and waits until its first document is loaded.
    func open(_ address: String) throws {
        try driver.command("POST", session + "/url", ["url": address])
    }

    /// Runs a script in the page, as the body of a function.
    func run(_ script: String, _ arguments: [Any] = []) throws -> Any {
        try driver.command("POST", session + "/execute/sync", ["script": script, "args": arguments])
    }

    func number(_ expression: String) throws -> Int {
        guard let number = try run("return \(expression)") as? Double else {
            throw HarnessError("no number: \(expression)")
        }
        return Int(number)
    }

    func text(_ expression: String) throws -> String { try run("return String(\(expression))") as? String ?? "" }

    /// Waits until an expression is true.
    func wait(until expression: String) throws {
        let isTrue = try Patience.look { try run("return !!(\(expression))") as? Bool == true ? true : nil }
        guard isTrue == true else {
            throw HarnessError("it never is: \(expression); the page shows: \(try text("document.body.innerText"))")
        }
    }

    /// Waits until the page shows a text in an element that matches a selector.
    func wait(for text: String, in selector: String = ".msg .text") throws {
        let words = try String(decoding: JSONEncoder().encode([selector, text]), as: UTF8.self)
        try wait(until: "(([s, t]) => [...document.querySelectorAll(s)].some(e => e.innerText.includes(t)))(\(words))")
    }

    // MARK: A person's hands

    private func element(_ path: String, _ body: [String: Any]?) throws -> String {
        let found = try driver.command(body == nil ? "GET" : "POST", session + path, body) as? [String: String]
        guard let id = found?.values.first else { throw HarnessError("no element: \(body ?? [:])") }
        return "\(session)/element/\(id)"
    }

    private func find(_ selector: String) throws -> String {
        try element("/element", ["using": "css selector", "value": selector])
    }

    /// Sends a command about an element; again if the page makes the element anew between finding it and the command.
    private func command(_ name: String, to selector: String, _ body: [String: Any]) throws {
        let isDone = try Patience.look { () -> Bool? in
            do {
                try driver.command("POST", find(selector) + name, body)
                return true
            } catch let error as HarnessError where "\(error)".contains("stale element reference") {
                return nil
            }
        }
        guard isDone == true else { throw HarnessError("the page makes \(selector) anew without end") }
    }

    func click(_ selector: String) throws { try command("/click", to: selector, [:]) }

    /// Moves the pointer to an element and holds the button down, until ``release()``.
    func hold(_ selector: String) throws {
        let place =
            "(([s]) => { const box = document.querySelector(s).getBoundingClientRect();"
            + " return [box.x + box.width / 2, box.y + box.height / 2].map(Math.round) })(arguments)"
        guard let point = try run("return \(place)", [selector]) as? [Double], point.count == 2 else {
            throw HarnessError("no place: \(selector)")
        }
        try pointer([
            ["type": "pointerMove", "x": Int(point[0]), "y": Int(point[1]), "duration": 0],
            ["type": "pointerDown", "button": 0],
        ])
    }

    func release() throws { try pointer([["type": "pointerUp", "button": 0]]) }

    private func pointer(_ actions: [[String: Any]]) throws {
        let mouse: [String: Any] = ["type": "pointer", "id": "mouse", "actions": actions]
        try driver.command("POST", session + "/actions", ["actions": [mouse]])
    }

    func type(_ text: String, into selector: String) throws { try command("/value", to: selector, ["text": text]) }

    /// Types where the focus is.
    func type(_ text: String) throws {
        try driver.command("POST", element("/element/active", nil) + "/value", ["text": text])
    }

    func press(_ keys: Key...) throws {
        for key in keys { try type(key.rawValue) }
    }

    // MARK: The console

    /// The messages on the console since the last call, without those of a connection that failed.
    func consoleMessages() throws -> [String] {
        let entries = try driver.command("POST", session + "/se/log", ["type": "browser"]) as? [[String: Any]] ?? []
        return entries.compactMap { $0["source"] as? String == "network" ? nil : $0["message"] as? String }
    }
}
