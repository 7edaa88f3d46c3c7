import COpenSSL
import TestSupport
import Testing
import TweetSystem

@testable import TweetTLS

/// The keys with which a server makes and reads the tickets of sessions.
struct TicketKeyTests {
    private final class Time {
        var now = Instant(milliseconds: 1000)
    }

    /// A client that keeps its session, over a pair of BIOs in memory.
    private final class Client {
        private let context = SSL_CTX_new(TLS_client_method())
        private(set) var session: OpaquePointer?

        init(_ version: CInt) {
            SSL_CTX_ctrl(context, SSL_CTRL_SET_MAX_PROTO_VERSION, Int(version), nil)
        }

        deinit {
            SSL_SESSION_free(session)
            SSL_CTX_free(context)
        }

        /// Connects with the session of an earlier connection, and keeps the new one.
        ///
        /// - Parameter keepsTicket: whether the earlier session is kept instead.
        /// - Returns: whether the server has resumed the session.
        func resumes(at accepting: TLSServerContext, keepsTicket: Bool = false) throws -> Bool {
            let (client, server) = (SSL_new(context), SSL_new(accepting.pointer))
            defer {
                SSL_free(client)
                SSL_free(server)
            }
            var ends: (OpaquePointer?, OpaquePointer?)
            try #require(BIO_new_bio_pair(&ends.0, 0, &ends.1, 0) == 1)
            SSL_set_bio(client, ends.0, ends.0)
            SSL_set_bio(server, ends.1, ends.1)
            SSL_set_connect_state(client)
            SSL_set_accept_state(server)
            if session != nil { try #require(SSL_set_session(client, session) == 1) }
            for _ in 0..<4 {
                SSL_do_handshake(client)
                SSL_do_handshake(server)
            }
            try #require(SSL_is_init_finished(client) == 1 && SSL_is_init_finished(server) == 1)
            // The ticket of TLS 1.3 comes after the handshake.
            var byte: UInt8 = 0
            #expect(SSL_read(client, &byte, 1) < 0)
            // A session that is cut must not be resumed.
            SSL_shutdown(client)
            if !keepsTicket {
                SSL_SESSION_free(session)
                session = SSL_get1_session(client)
            }
            #expect(SSL_session_reused(client) == SSL_session_reused(server))
            return SSL_session_reused(server) == 1
        }
    }

    private let certificates: Certificates
    private let time = Time()

    init() throws {
        certificates = try Certificates.shared.get()
    }

    @Test(arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
    func aSessionIsResumedAfterOneChangeOfKeysAndNotAfterTwo(version: CInt) throws {
        let server = try certificates.server { [time] in time.now }
        let (client, renewing) = (Client(version), Client(version))
        #expect(try !client.resumes(at: server))
        #expect(try !renewing.resumes(at: server))
        time.now += TicketKeys.period + .milliseconds(-1)
        #expect(try client.resumes(at: server, keepsTicket: true))
        time.now += .milliseconds(1)
        #expect(try client.resumes(at: server, keepsTicket: true))
        #expect(try renewing.resumes(at: server))
        time.now += TicketKeys.period + .milliseconds(-1)
        #expect(try client.resumes(at: server, keepsTicket: true))
        time.now += .milliseconds(1)
        #expect(try !client.resumes(at: server))
        #expect(try renewing.resumes(at: server), "its ticket was replaced")
    }

    /// A server without connections for days must not count the old keys as the last ones.
    @Test(arguments: [2, 3, 100]) func keysThatNobodyHasUsedForLongAreForgotten(periods: Int) throws {
        let server = try certificates.server { [time] in time.now }
        let client = Client(TLS1_3_VERSION)
        #expect(try !client.resumes(at: server))
        time.now += TicketKeys.period * periods
        #expect(try !client.resumes(at: server))
        time.now += TicketKeys.period
        #expect(try client.resumes(at: server))
    }

    /// The next context has the keys of the one that it replaces, also those of later.
    @Test(arguments: [TLS1_2_VERSION, TLS1_3_VERSION]) func aRenewedContextTakesOverTheKeys(version: CInt) throws {
        let server = try certificates.server { [time] in time.now }
        let client = Client(version)
        #expect(try !client.resumes(at: server))
        let renewed = try certificates.server("other", after: server)
        #expect(try client.resumes(at: renewed))
        time.now += TicketKeys.period
        #expect(try client.resumes(at: server))
        #expect(try client.resumes(at: renewed))
        #expect(try !client.resumes(at: certificates.server()), "another server has other keys")
    }

    /// A stream outlives the context that was replaced while its handshake was under way.
    @Test func aStreamKeepsTheKeysOfItsContext() throws {
        var server: TLSServerContext? = try certificates.server()
        let pair = try StreamPair(try #require(server), certificates.client())
        weak let context = server
        server = nil
        pair.run()
        #expect(context != nil)
        #expect(pair.server.failure == nil && !pair.server.stream.isInHandshake)
    }
}
