import CSystem
import TweetSystem

/// A file whose first line is a password or a token.
struct SecretFile: Sendable {
    let path: String
    /// The kind of secret in it, for errors and warnings.
    let content: StaticString

    /// Reads the first line of the file, which may be a pipe; warns if others can read it.
    ///
    /// - Parameter most: the bytes to read, one more than the longest secret has.
    func read(atMost most: Int, _ reporter: Reporter) throws(ClientError) -> [UInt8] {
        try RunTimer.limit("the \(content) file \(path)") { () throws(ClientError) in
            do throws(Errno) {
                let file = try Descriptor.open(path, O_RDONLY | O_NOCTTY)
                if try file.isReadableByOthers() { reporter.warn("others can read the \(content) file \(path)") }
                let bytes = try Descriptor.readAll(from: file.number, atMost: most)
                return Array(bytes.prefix { $0 != UInt8(ascii: "\n") })
            } catch {
                throw ClientError(.streamFailed, "cannot read the \(content) file \(path): \(error)")
            }
        }
    }
}
