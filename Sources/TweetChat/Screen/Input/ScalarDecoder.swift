/// Decodes scalars from a stream of UTF-8 bytes; invalid UTF-8 is refused, never repaired.
struct ScalarDecoder: Hashable, Sendable {
    enum Result: Hashable {
        case scalar(Unicode.Scalar)
        /// More bytes of the scalar are needed.
        case unfinished
        case invalid
        /// The byte does not continue the scalar: the earlier bytes are dropped, and the byte has to be taken again.
        case torn
        /// An 8-bit control character (C1), as a single byte outside UTF-8.
        case control(UInt8)
    }

    private var bytes: [UInt8] = []

    var isUnfinished: Bool { !bytes.isEmpty }

    mutating func take(_ byte: UInt8) -> Result {
        if bytes.isEmpty {
            switch byte {
            case ..<0x80: return .scalar(Unicode.Scalar(byte))
            case 0x80...0x9F: return .control(byte)
            case 0xC2...0xF4: bytes = [byte]
            default: return .invalid
            }
            return .unfinished
        }
        guard byte & 0xC0 == 0x80 else {
            bytes = []
            return .torn
        }
        bytes.append(byte)
        let length = bytes[0] < 0xE0 ? 2 : bytes[0] < 0xF0 ? 3 : 4
        guard bytes.count == length else { return .unfinished }
        defer { bytes = [] }
        return String(validating: bytes, as: UTF8.self)?.unicodeScalars.first.map { .scalar($0) } ?? .invalid
    }
}
