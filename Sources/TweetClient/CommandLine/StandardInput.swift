import CSystem
import TweetModel
public import TweetSystem

extension StandardStream {
    /// Reads a message to the end of standard input, without its last line end.
    ///
    /// Of one that is too long in any case the rest is read and dropped, so that the program that writes it ends well.
    ///
    /// - Parameter deadline: when to give up, in milliseconds of the monotonic clock; a message that is known to be too
    ///   long by then is one.
    /// - Returns: at most ``Limits/inputBytes`` bytes, and whether they are all.
    public static func readMessage(until deadline: UInt64) throws(ClientError) -> (bytes: [UInt8], isWhole: Bool) {
        var message: [UInt8] = []
        var isWhole = true
        var hasEnded = false
        do throws(Errno) {
            while !hasEnded {
                let now = Clock.monotonicMilliseconds
                guard now < deadline else { break }
                let left = deadline - now
                guard try Poll.wait(number: input.rawValue, toWrite: false, milliseconds: left) else { break }
                guard let chunk = try input.readChunk() else { continue }
                hasEnded = chunk.isEmpty
                let room = Limits.inputBytes - message.count
                message += chunk.prefix(room)
                if chunk.count > room { isWhole = false }
            }
        } catch {
            throw ClientError(.streamFailed, "cannot read standard input: \(error)")
        }
        if !hasEnded, isWhole {
            throw ClientError(.timedOut, "timed out: standard input has not ended; nothing was sent")
        }
        if isWhole { message.removeLineEnd() }
        return (message, isWhole)
    }

    /// Takes bytes that are there.
    ///
    /// - Returns: empty at the end; nil where there are none now, which only a stream that does not block tells.
    func readChunk() throws(Errno) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: Limits.readBytes)
        do throws(Errno) {
            let count = try bytes.withUnsafeMutableBufferPointer { buffer throws(Errno) in
                try valueOrErrno { CSystem.read(rawValue, buffer.baseAddress, buffer.count) }
            }
            bytes.removeLast(bytes.count - count)
            return bytes
        } catch {
            guard error.wouldBlock else { throw error }
            return nil
        }
    }
}

extension [UInt8] {
    /// Removes LF or CR LF at the end.
    mutating func removeLineEnd() {
        guard last == UInt8(ascii: "\n") else { return }
        removeLast()
        if last == UInt8(ascii: "\r") { removeLast() }
    }
}
