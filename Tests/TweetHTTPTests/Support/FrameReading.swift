import TestSupport

@testable import TweetHTTP

/// An event that a decoder has read, as a value that can be compared.
enum ReadEvent: Equatable {
    case text([UInt8])
    case binary([UInt8])
    case ping([UInt8])
    case pong([UInt8])
    case close(UInt16?)
    case failed(WebSocketCloseCode)

    static func text(_ text: String) -> ReadEvent { .text(Array(text.utf8)) }

    init?(_ event: WebSocketDecoder.Event) {
        switch event {
        case .partial: return nil
        case .text(let bytes): self = .text(Array(bytes))
        case .binary(let bytes): self = .binary(Array(bytes))
        case .ping(let bytes): self = .ping(Array(bytes))
        case .pong(let bytes): self = .pong(Array(bytes))
        case .close(let code): self = .close(code?.rawValue)
        case .failed(let code): self = .failed(code)
        }
    }
}

/// Feeds a decoder a stream in pieces, as a connection does.
///
/// - Parameter postponing: whether each event is put back once, and read again.
/// - Returns: the events, and the number of bytes that wait for more.
func decode(
    _ stream: [UInt8], sizes: [Int] = [.max], messageLimit: Int = 100_000, postponing: Bool = false
) -> (events: [ReadEvent], unread: Int) {
    var decoder = WebSocketDecoder(messageLimit: messageLimit)
    var events: [ReadEvent] = []
    var unread: [UInt8] = []
    var rest = stream[...]
    var sizes = sizes[...]
    while !rest.isEmpty {
        let size = sizes.count > 1 ? sizes.removeFirst() : sizes.first ?? 1
        unread += rest.prefix(size)
        rest = rest.dropFirst(size)
        var start = 0
        var isPostponed = false
        while true {
            let (event, taken) = unread.withUnsafeBytes { bytes in
                let (event, taken) = decoder.next(UnsafeRawBufferPointer(rebasing: bytes[start...]))
                return (ReadEvent(event), taken)
            }
            start += taken
            guard let event else { break }
            isPostponed = postponing && !isPostponed
            if isPostponed { start -= decoder.putBack() } else { events.append(event) }
        }
        unread.removeFirst(start)
    }
    return (events, unread.count)
}

func decode(_ frames: [ClientFrame], messageLimit: Int = 100_000) -> [ReadEvent] {
    decode(frames.flatMap(\.bytes), messageLimit: messageLimit).events
}
