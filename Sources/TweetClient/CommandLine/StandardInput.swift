import CSystem
import TweetModel
public import TweetSystem

extension StandardStream {
    /// Reads a message to the end of standard input, without its last line end.
    ///
    /// Of one that is too long in any case the rest is read and dropped, so that the program that writes it ends well.
    ///
    /// - Parameter deadline: when to give up; a message that is known to be too long by then is one.
    /// - Returns: at most ``ClientLimits/inputBytes`` bytes, and whether they are all.
    public static func readMessage(until deadline: Instant) throws(ClientError) -> (bytes: [UInt8], isWhole: Bool) {
        var message: [UInt8] = []
        var isWhole = true
        var hasEnded = false
        do throws(Errno) {
            while !hasEnded {
                guard Instant.now < deadline else { break }
                guard try Poll.wait(number: input.rawValue, toWrite: false, until: deadline)
                else { break }
                guard let chunk = try input.readChunk() else { continue }
                hasEnded = chunk.isEmpty
                let room = ClientLimits.inputBytes - message.count
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

    /// Reads what a program still writes to standard input and drops it, so that the program does not end for want of a
    /// reader; a file and a terminal have none.
    ///
    /// - Parameters:
    ///   - deadline: when to give up: a program may write without end.
    ///   - interruption: ends it as well.
    public static func dropInput(until deadline: Instant, or interruption: WakeUp) {
        guard !input.isFile, !input.isTerminal else { return }
        let watched = [input.rawValue, interruption.descriptorNumber]
        while !Interruption.isPending {
            guard Instant.now < deadline else { return }
            var entries = watched.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            do throws(Errno) {
                try Poll.wait(forAnyOf: &entries, until: deadline)
                if entries[0].revents != 0, try input.readChunk()?.isEmpty == true { return }
            } catch {
                return
            }
        }
    }

    /// Takes bytes that are there.
    ///
    /// - Returns: empty at the end; nil where there are none now, which only a stream that does not block tells.
    func readChunk() throws(Errno) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: SocketLimits.readBytes)
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
