import TestSupport
import TweetSystem
import TweetTLS

extension Certificates {
    func server(
        _ name: String = "good", after former: TLSServerContext? = nil,
        clock: @escaping () -> Instant = { Instant.now }
    ) throws -> TLSServerContext {
        try TLSServerContext(
            certificate: path(name, "cert.pem"), key: path(name, "key.pem"), after: former, clock: clock)
    }

    func client(_ name: String = "good") throws -> TLSClientContext {
        try TLSClientContext(.authorities(file: path(name, "authority.pem")))
    }
}
