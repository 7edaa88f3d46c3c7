import Testing

/// The page in a browser, as a person uses it.
extension Browser {
    /// Opens the page and waits until it is connected.
    ///
    /// - Parameter view: what comes behind the server's address, such as `#/tags`.
    func openPage(
        _ port: UInt16, _ view: String = "", status: String = "live", host: String = "localhost"
    ) throws {
        try open("http://\(host):\(port)/\(view)")
        try wait(for: status, in: "#status")
    }

    /// Takes a name in the dialog.
    ///
    /// - Parameters:
    ///   - kind: `login`, `signup` or `guest`.
    ///   - stays: whether to stay logged in.
    func signIn(_ kind: String, _ name: String, _ password: String? = nil, stays: Bool = false) throws {
        try click("#open-login")
        try click("[value=\(kind)] + span")
        try type(name, into: "#name")
        if let password { try type(password, into: "#password") }
        if stays { try click("#stay") }
        try click("#login-button")
        try wait(until: "!document.getElementById('login').open")
        try wait(for: name, in: "#me")
    }

    /// Writes a message in the field and sends it.
    func say(_ text: String) throws { try type(text + Key.enter.rawValue, into: "#say") }

    /// Keeps the sockets of pages that are opened from now on in `sockets`, and what they receive in `received`.
    ///
    /// - Returns: a function that ends that.
    func recordSockets() throws -> () throws -> Void {
        try prepare(
            """
            window.sockets = []
            window.received = []
            window.WebSocket = class extends WebSocket {
              constructor(...words) {
                super(...words)
                sockets.push(this)
                this.addEventListener('message', event => received.push(event.data))
              }
            }
            """)
    }

    /// Goes to a view, such as `#/tags`.
    func go(_ view: String) throws { _ = try run("location.hash = arguments[0]", [view]) }
}

extension ServerProcess {
    /// Uploads a message as a script does.
    func curl(_ text: String) throws {
        #expect(try run(["curl", "-sSf", "-d", text, "http://localhost:\(port)/"]).exitCode == 0)
    }
}
