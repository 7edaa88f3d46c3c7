import CSystem
import TweetModel
public import TweetSystem

extension StandardStream {
    /// Reads a message to the end of standard input, without its final line end.
    ///
    /// The rest of a message that is too long is read and dropped, so that the program that writes it ends normally.
    ///
    /// - Parameter deadline: when to give up; a message already known to be too long is returned then.
    /// - Returns: at most ``ClientLimits/inputBytes`` bytes, and whether they are complete.
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

    /// Reads and drops the rest of standard input, so that the program that writes it does not die of SIGPIPE; a file
    /// and a terminal have no such program.
    ///
    /// - Parameters:
    ///   - deadline: when to give up: a program may write forever.
    ///   - interruption: a descriptor that is readable once a signal has arrived, which ends the reading as well;
    ///     negative if there is none.
    ///   - silence: how long to wait for more, at most.
    public static func dropInput(
        until deadline: Instant, orReadable interruption: CInt, silence: Duration = .seconds(3600)
    ) {
        guard !input.isFile, !input.isTerminal else { return }
        let watched = [input.rawValue, interruption]
        while !Interruption.isPending {
            guard Instant.now < deadline else { return }
            var entries = watched.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            do throws(Errno) {
                let end = min(deadline, .now + silence)
                try Poll.wait(forAnyOf: &entries, until: end)
                if entries[1].revents != 0 { return }
                if entries[0].revents != 0 {
                    if try input.readChunk()?.isEmpty == true { return }
                } else if Instant.now >= end {
                    return
                }
            } catch {
                return
            }
        }
    }

    /// Reads the available bytes.
    ///
    /// - Returns: empty at the end; nil if there are none now, which happens only with a non-blocking stream.
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
