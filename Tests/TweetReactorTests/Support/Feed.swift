@testable import TweetReactor

/// A ring, and the connections that want all of its lines.
final class Feed {
    let ring: LineRing
    private var followers: [RecordingConnection] = []

    init(bytes: Int = 65_536, lines: Int = 4096, takesPrefix: Bool = false) {
        ring = LineRing(bytes: bytes, lines: lines, takesPrefix: takesPrefix)
    }

    func add(_ connection: RecordingConnection) {
        connection.attach(ring)
        followers.append(connection)
    }

    /// Adds a line, and notifies the followers.
    @discardableResult
    func push(_ text: String) -> UInt64 {
        let number = ring.append(Array("\(text)\n".utf8))
        for follower in followers { follower.noteLine(number) }
        return number
    }
}

extension LineRing {
    /// A line of the ring, as it was added.
    func bytes(of number: UInt64) -> [UInt8] {
        let (first, wrapped) = bytes(from: position(of: number), to: position(of: number + 1))
        return Array(first) + Array(wrapped)
    }

    func text(of number: UInt64) -> String {
        String(decoding: bytes(of: number), as: UTF8.self)
    }
}
