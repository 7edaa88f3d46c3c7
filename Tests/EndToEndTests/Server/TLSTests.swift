import CSystem
import Foundation
import TestSupport
import Testing

/// The programs over TLS: certificates, pins, and refusals of plain connections.
@Suite(.ownThreads) struct TLSTests {
    private let certificates: Certificates

    init() throws {
        certificates = try Certificates.shared.get()
    }

    private func server(_ name: String = "good", _ arguments: String...) throws -> ServerProcess {
        let files = [
            "--tls-cert", certificates.path(name, "cert.pem"), "--tls-key", certificates.path(name, "key.pem"),
        ]
        return try ServerProcess(files + arguments)
    }

    private func upload(_ text: String, _ server: ServerProcess, _ options: [String]) throws -> Completed {
        try run(.client, ["-u", "127.0.0.1", String(server.port)] + options + [text])
    }

    private func download(_ server: ServerProcess, _ options: [String]) throws -> Completed {
        try run(.client, ["-d", "-q", "127.0.0.1", String(server.port)] + options)
    }

    private var authority: [String] { ["--ca", certificates.path("good", "authority.pem")] }

    @Test func theMainJobIsDoneOverTLS() throws {
        let server = try server()
        #expect(try upload("over tls #ops", server, authority).exitCode == 0)
        #expect(try server.download("-q", "--pin", certificates.pin).output == "over tls #ops\n")
        // The same port serves clients without TLS.
        #expect(try server.download("-q").output == "over tls #ops\n")
        #expect(try run(.client, ["-d", "-q", "localhost:\(server.port)"] + authority).output == "over tls #ops\n")
    }

    @Test func manyLinesAndAFollowerGoOverTLS() throws {
        let server = try server()
        let follower = try ClientProcess(["--follow", "-q"] + authority, port: server.port, in: server.directory)
        _ = try follower.knock(at: server)
        let lines = (1...3000).map { "line \($0)" }
        let uploaded = try run(
            .client, ["-u", "--lines", "127.0.0.1", String(server.port)] + authority,
            input: lines.joined(separator: "\n") + "\n")
        #expect(uploaded.exitCode == 0, "\(uploaded.errors)")
        try follower.process.awaitLine("line 3000")
        let stored = try download(server, ["-n", "1000"] + authority).output
        #expect(stored == lines.suffix(1000).joined(separator: "\n") + "\n")
    }

    @Test func theChatAndAnAccountGoOverTLS() throws {
        let server = try server("good", "--tls", "required")
        let signUp = try run(
            .client, ["--signup", "--user", "ana", "127.0.0.1", String(server.port)] + authority,
            environment: ["TTWEET_PASSWORD": ServerProcess.password])
        #expect(signUp.exitCode == 0, "\(signUp.errors)")
        let chat = try run(
            .chat, ["127.0.0.1", String(server.port), "--user", "ana", "--pin", certificates.pin],
            input: "hello\n/list\n", environment: ["TTWEET_PASSWORD": ServerProcess.password])
        #expect(chat.exitCode == 0, "\(chat.errors)")
        #expect(chat.output.contains("ana: hello\n"))
        #expect(try download(server, authority).output == "hello\n")
    }

    @Test func settingsOfTheEnvironmentAndTheFileAskForTLS() throws {
        let server = try server("good", "--tls", "required")
        let directory = try TemporaryDirectory()
        let authority = certificates.path("good", "authority.pem")
        try directory.write("server = 127.0.0.1:\(server.port)\nca = \(authority)\n", to: "ttweet.conf")
        #expect(try run(.client, ["-u", "--config", "ttweet.conf", "hello"], in: directory).exitCode == 0)
        let place = ["127.0.0.1:\(server.port)"]
        for environment in [["TTWEET_CA": authority], ["TTWEET_PIN": certificates.pin, "TTWEET_TLS": "yes"]] {
            #expect(try run(.client, ["-d", "-q"] + place, environment: environment).output == "hello\n")
        }
        // SSL_CERT_FILE is the library's own variable for the machine's authorities.
        let machine = ["TTWEET_TLS": "yes", "SSL_CERT_FILE": authority]
        #expect(try run(.client, ["-d", "-q"] + place, environment: machine).output == "hello\n")
        let wrong = try run(.client, ["-d"] + place, environment: ["TTWEET_PIN": "sha256:00"])
        expectFailure(wrong, 78, "TTWEET_PIN: a pin is sha256: and 64 hexadecimal digits, not sha256:00")
    }

    // MARK: Untrusted servers

    @Test func aServerThatIsNotTrustedGetsNothing() throws {
        let server = try server()
        let place = ["127.0.0.1", String(server.port)]
        let reason = "no TLS connection to 127.0.0.1:\(server.port): "
        func refused(_ options: [String], _ text: String) throws {
            for words in [["-u"] + options + place + ["secret"], ["-d"] + options + place] {
                expectFailure(try run(.client, words), 76, reason + text)
            }
            expectFailure(try run(.client, ["-u", "--lines"] + options + place, input: "secret\n"), 76, reason + text)
            expectFailure(try run(.client, ["-d", "--follow"] + options + place), 76, reason + text)
            // The chat also names the line that it did not send.
            let chat = try run(.chat, place + ["--user", "ana"] + options, input: "secret\n")
            #expect(chat.exitCode == 76 && chat.errors.contains(reason + text), "\(chat.errors)")
        }
        try refused(["--ca", certificates.path("other", "authority.pem")], "the server's certificate is not trusted: ")
        let pin = "sha256:" + String(repeating: "0", count: 64)
        try refused(["--pin", pin], "the server's key is not the pinned one; it is \(certificates.pin)")
        try refused(["--tls"], "the server's certificate is not trusted: ")
        #expect(try server.download("-q").output == "Empty Message\n")
        #expect(!server.reports.contains { $0.contains("secret") })
    }

    @Test func aCertificateOfAnotherTimeOrHostIsNotTrusted() throws {
        let expired = try server("expired")
        try expired.awaitReports("cert.pem is out of date")
        let authority = certificates.path("expired", "authority.pem")
        expectFailure(
            try download(expired, ["--ca", authority]), 76,
            "the server's certificate is not trusted: certificate has expired")
        let good = try server()
        let words = ["-d", "127.0.0.2:\(good.port)"] + self.authority
        let other = try ServerProcess(
            [
                "--host", "127.0.0.2", "--tls-cert", certificates.path("good", "cert.pem"), "--tls-key",
                certificates.path("good", "key.pem"),
            ], port: good.port)
        try withExtendedLifetime(other) { expectFailure(try run(.client, words), 76, "IP address mismatch") }
    }

    /// A client never falls back silently to a plain connection.
    @Test func aServerWithoutTLSIsRefused() throws {
        let server = try ServerProcess()
        let result = try upload("secret", server, authority)
        expectFailure(result, 76, "no TLS connection to 127.0.0.1:\(server.port): it does not speak TLS")
        #expect(try server.download("-q").output == "Empty Message\n")
        expectFailure(
            try download(server, ["--ca", "/missing"]), 74, "the authorities /missing: No such file or directory")
    }

    // MARK: Without TLS

    @Test func aPlainClientIsRefusedInOneLineWhereTLSIsRequired() throws {
        let server = try server("good", "--tls", "required")
        expectFailure(
            try server.upload("hello"), 77,
            "this server takes only connections with TLS (tls_needed); --tls, --ca and --pin ask for TLS")
        let chat = try run(.chat, ["127.0.0.1", String(server.port), "--user", "ana"], input: "hello\n")
        #expect(chat.exitCode == 77)
        #expect(
            chat.errors.contains(
                "this server takes only connections with TLS (tls_needed); --tls, --ca and --pin ask for TLS"))
        #expect(!chat.errors.contains("trying again"), "\(chat.errors)")
        let client = try TestConnection(port: server.port)
        try client.send("[\"d\",\"\"]\n[\"d\",\"\"]\n")
        #expect(
            try client.readToEnd()
                == #"["error",{"code":"tls_needed","message":"this server takes only connections with TLS"}]"# + "\n")
        // The original client takes any answer for success.
        let original = try TestConnection(port: server.port)
        try original.send("u\nhello")
        original.finishSending()
        #expect(try original.readsOnlyReset())
        #expect(try download(server, authority).output == "Empty Message\n")
        // The operator's commands use the socket of the data directory.
        let made = try run(
            .server, ["--add-account", "ana", "--data", server.directory.file("data")],
            input: ServerProcess.password + "\n")
        #expect(made.exitCode == 0, "\(made.errors)")
    }

    @Test func anOriginalPacketOverTLSEndsWithANotifiedEndOnly() throws {
        let server = try server()
        let client = try ["-verify_return_error", "-quiet", "-connect", "127.0.0.1:\(server.port)"].openssl(
            authority: certificates.path("good", "authority.pem"), input: "d\n")
        #expect(client.output == "Empty Message", "\(client.errors)")
    }

    @Test(arguments: ["-tls1", "-tls1_1"])
    func anOldVersionIsRefused(option: String) throws {
        let server = try server()
        let client = try [option, "-cipher", "ALL:@SECLEVEL=0", "-connect", "127.0.0.1:\(server.port)"].openssl(
            authority: certificates.path("good", "authority.pem"), input: "")
        #expect(client.exitCode != 0)
        try server.awaitReports("disconnected: there is no common version of TLS: 1.2 or 1.3 is needed")
    }

    @Test func version12IsServed() throws {
        let server = try server()
        let client = try ["-tls1_2", "-quiet", "-connect", "127.0.0.1:\(server.port)"].openssl(
            authority: certificates.path("good", "authority.pem"), input: "d\n")
        #expect(client.output == "Empty Message", "\(client.errors)")
    }

    // MARK: Certificates

    /// The reload disconnects no client.
    @Test func sighupLoadsARenewedCertificate() throws {
        let directory = try TemporaryDirectory()
        let folder = directory.file("tls")
        let pin = try Certificates.make(in: folder, hosts: ["127.0.0.1"])
        let server = try ServerProcess(["--tls-cert", folder + "/cert.pem", "--tls-key", folder + "/key.pem"])
        let follower = try ClientProcess(["--follow", "-q", "--pin", pin], port: server.port, in: server.directory)
        _ = try follower.knock(at: server)
        try FileManager.default.removeItem(atPath: folder + "/key.pem")
        let renewed = try Certificates.make(in: folder, hosts: ["127.0.0.1"])
        #expect(renewed != pin)
        server.signal(SIGHUP)
        try server.awaitReports("certificate \(folder)/cert.pem loaded again")
        #expect(try upload("after", server, ["--pin", renewed]).exitCode == 0)
        expectFailure(try download(server, ["--pin", pin]), 76, "it is \(renewed)")
        try follower.process.awaitLine("after")
        try directory.write("no certificate", to: "tls/cert.pem")
        server.signal(SIGHUP)
        try server.awaitReports("; the old certificate is kept")
        #expect(try upload("kept", server, ["--pin", renewed]).exitCode == 0)
        try follower.process.awaitLine("kept")
    }

    /// A client with the ticket of an earlier session does a shorter handshake, unless the ticket is another server's.
    @Test(arguments: ["-tls1_2", "-tls1_3"])
    func aSessionIsResumedOverAReloadAndNotAtAnotherServer(version: String) throws {
        let directory = try TemporaryDirectory()
        let folder = directory.file("tls")
        _ = try Certificates.make(in: folder, hosts: ["127.0.0.1"])
        let files = ["--tls-cert", folder + "/cert.pem", "--tls-key", folder + "/key.pem"]
        let server = try ServerProcess(files)
        let other = try ServerProcess(files)
        /// Downloads with openssl, which says whether the session is resumed: see SSL_session_reused(3).
        func resumes(_ server: ServerProcess, _ session: String) throws -> Bool {
            let client = try [
                version, "-ign_eof", "-connect", "127.0.0.1:\(server.port)", session, directory.file("ticket"),
            ]
            .openssl(authority: folder + "/authority.pem", input: "d\n")
            try #require(client.exitCode == 0 && client.output.contains("Empty Message"), "\(client.errors)")
            let isResumed = client.output.contains("Reused, TLSv1.")
            #expect(isResumed != client.output.contains("New, TLSv1."), "\(client.output)")
            return isResumed
        }
        #expect(try !resumes(server, "-sess_out"))
        #expect(try resumes(server, "-sess_in"))
        try FileManager.default.removeItem(atPath: folder + "/key.pem")
        _ = try Certificates.make(in: folder, hosts: ["127.0.0.1"])
        server.signal(SIGHUP)
        try server.awaitReports("certificate \(folder)/cert.pem loaded again")
        #expect(try resumes(server, "-sess_in"))
        #expect(try !resumes(other, "-sess_in"))
    }

    @Test func filesThatCannotBeUsedEndTheStart() throws {
        let certificate = certificates.path("good", "cert.pem")
        let key = certificates.path("good", "key.pem")
        for (arguments, text) in [
            (["--tls-cert", certificate], "--tls-cert needs --tls-key as well"),
            (["--tls-key", key], "--tls-key needs --tls-cert as well"),
            (["--tls", "required"], "--tls required needs --tls-cert and --tls-key"),
            (["--tls-cert", "/missing", "--tls-key", key], "the certificate /missing: No such file or directory"),
            (
                ["--tls-cert", certificate, "--tls-key", certificates.path("other", "key.pem")],
                "does not belong to the certificate"
            ),
        ] {
            let place = ["--port", "0", "--data", "data"]
            let result = try run(.server, place + arguments)
            #expect(result.exitCode == 64)
            #expect((result.output + result.errors).contains(text), "\(result.output)\(result.errors)")
            let directory = try TemporaryDirectory()
            let lines = stride(from: 0, to: arguments.count, by: 2).map {
                "\(arguments[$0].dropFirst(2)) = \(arguments[$0 + 1])\n"
            }
            try directory.write(lines.joined(), to: "ttweet.conf")
            let file = try run(.server, place + ["--config", "ttweet.conf"], in: directory)
            #expect(file.exitCode == 78)
        }
    }

    @Test(arguments: [(["--host", "*"], true), (["--host", "127.0.0.1"], false), (["--host", "::1"], false)])
    func aServerForOtherMachinesWarnsWithoutTLS(arguments: [String], warns: Bool) throws {
        let server = try ServerProcess(arguments)
        #expect(try server.stop() == .exit(0))
        #expect(server.reports.contains { $0.contains("no TLS at ") } == warns)
    }
}

extension [String] {
    /// Runs `openssl s_client` with these arguments until the server ends the connection.
    fileprivate func openssl(authority: String, input: String) throws -> Completed {
        try run(["timeout", "60", "openssl", "s_client", "-CAfile", authority] + self, input: Array<UInt8>(input.utf8))
    }
}
