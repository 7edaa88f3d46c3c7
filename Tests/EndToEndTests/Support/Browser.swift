import Foundation
import TestSupport

/// A window of a headless Chromium, as a person uses it; closed when its owner releases it.
final class Browser {
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
            "--window-size=\(width),\(height)",
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
        // A window is never as narrow as a phone; the page in it can be.
        try devTools(
            "Emulation.setDeviceMetricsOverride",
            ["width": width, "height": height, "deviceScaleFactor": 1, "mobile": false])
        if isDark {
            let feature = ["name": "prefers-color-scheme", "value": "dark"]
            try devTools("Emulation.setEmulatedMedia", ["features": [feature]])
        }
    }

    deinit {
        _ = try? driver.command("DELETE", session)
    }

    // MARK: Commands

    private func devTools(_ command: String, _ parameters: [String: Any]) throws {
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
