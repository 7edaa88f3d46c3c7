import TestSupport
import TweetTLS

extension Certificates {
    func server(_ name: String = "good", after former: TLSServerContext? = nil) throws -> TLSServerContext {
        try TLSServerContext(certificate: path(name, "cert.pem"), key: path(name, "key.pem"), after: former)
    }

    func client(_ name: String = "good") throws -> TLSClientContext {
        try TLSClientContext(.authorities(file: path(name, "authority.pem")))
    }
}
