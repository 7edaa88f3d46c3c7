/// Puts scalars together from bytes of UTF-8 that come one at a time; what is no UTF-8 is refused, never repaired.
struct ScalarDecoder: Hashable, Sendable {
    enum Result: Hashable {
        case scalar(Unicode.Scalar)
        /// More bytes of it are to come.
        case unfinished
        case invalid
        /// The byte does not go on with what came before: that is dropped, and the byte is still to be taken.
        case torn
        /// A control character of 8 bits (C1), which stands outside UTF-8.
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
