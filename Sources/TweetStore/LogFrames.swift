import CSystem
import TweetSystem

/// The frames of a write-ahead log that SQLite would replay, read in order; see "WAL-mode File Format" at sqlite.org.
struct LogFrames: ~Copyable {
    static let headerBytes = 32
    static let frameHeaderBytes = 24
    /// The magic number of a log whose checksums use little-endian words; with big-endian words it is 0x377F0683.
    private static let magic: UInt32 = 0x377F_0682

    private let file: Descriptor
    private let pageBytes: Int
    /// The salts of this log: frames of an earlier log, left after the end, have others.
    private let salts: [UInt8]
    private var checksum: Checksum

    /// Starts to read a log.
    ///
    /// - Returns: nil if SQLite would replay nothing: there is no log, or its header is invalid; see
    ///   ``canBeLeft(path:)``.
    static func begin(path: String) throws(Errno) -> LogFrames? {
        let file: Descriptor
        do throws(Errno) {
            file = try Descriptor.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
        } catch {
            if error.code == ENOENT { return nil }
            throw error
        }
        let header = try Descriptor.readAll(from: file.number, atMost: headerBytes)
        guard header.count == headerBytes, word(header, 0) & ~1 == magic else { return nil }
        let pageBytes = Int(word(header, 8))
        guard (512...65_536).contains(pageBytes), pageBytes & (pageBytes - 1) == 0 else { return nil }
        let checksum = Checksum(isBigEndian: word(header, 0) & 1 == 1).adding(header[..<24])
        guard checksum.isStored(in: header, at: 24) else { return nil }
        return LogFrames(file: file, pageBytes: pageBytes, salts: Array(header[16..<24]), checksum: checksum)
    }

    /// Whether a file may be a log of which SQLite would rightly replay nothing: it is missing or empty, its header is
    /// still zeros, or power failed while the header was being written.
    ///
    /// A new header overwrites the previous one, and both have the same magic number, version and page size.
    static func canBeLeft(path: String) throws(Errno) -> Bool {
        do throws(Errno) {
            let file = try Descriptor.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
            let header = try Descriptor.readAll(from: file.number, atMost: headerBytes)
            if header.allSatisfy({ $0 == 0 }) { return true }
            return header.count == headerBytes && word(header, 0) & ~1 == magic
        } catch {
            if error.code == ENOENT { return true }
            throw error
        }
    }

    /// Returns the next page and its number; nil after the last complete frame.
    mutating func next() throws(Errno) -> (number: UInt32, page: [UInt8])? {
        let frame = try Descriptor.readAll(from: file.number, atMost: Self.frameHeaderBytes + pageBytes)
        guard frame.count == Self.frameHeaderBytes + pageBytes, frame[8..<16].elementsEqual(salts) else { return nil }
        checksum = checksum.adding(frame[..<8]).adding(frame[Self.frameHeaderBytes...])
        guard checksum.isStored(in: frame, at: 16) else { return nil }
        return (Self.word(frame, 0), Array(frame[Self.frameHeaderBytes...]))
    }

    fileprivate static func word(_ bytes: [UInt8], _ offset: Int) -> UInt32 {
        StoreHeader.bigEndian(bytes[offset..<offset + 4])
    }
}

/// The checksum of a write-ahead log, which runs from its header over all of its frames; see "WAL-mode File Format",
/// 1.3.
private struct Checksum {
    let isBigEndian: Bool
    private var first: UInt32 = 0
    private var second: UInt32 = 0

    init(isBigEndian: Bool) {
        self.isBigEndian = isBigEndian
    }

    /// - Parameter bytes: a multiple of eight.
    func adding(_ bytes: ArraySlice<UInt8>) -> Checksum {
        var sum = self
        bytes.withUnsafeBytes { bytes in
            for offset in stride(from: 0, to: bytes.count, by: 8) {
                let even = bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
                let odd = bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self)
                sum.first &+= (isBigEndian ? even.bigEndian : even.littleEndian) &+ sum.second
                sum.second &+= (isBigEndian ? odd.bigEndian : odd.littleEndian) &+ sum.first
            }
        }
        return sum
    }

    func isStored(in bytes: [UInt8], at offset: Int) -> Bool {
        first == LogFrames.word(bytes, offset) && second == LogFrames.word(bytes, offset + 4)
    }
}
