import TweetJournal
import TweetModel
import TweetStore
import TweetWire

/// An upload that the journal has, and whom its outcome goes to.
struct UploadUnderWay {
    let connection: ServerConnection
    let upload: Upload
    let time: Timestamp
    let author: Name?
    let isOriginal: Bool
}

/// From an upload's request to its answer, which leaves only after the commit.
extension Server {
    func append(_ upload: Upload, from connection: ServerConnection, isOriginal: Bool) {
        let time = clock()
        let author = connection.conversation.identity.name
        waiters.append(
            .upload(
                UploadUnderWay(
                    connection: connection, upload: upload, time: time, author: author, isOriginal: isOriginal)))
        if let text = upload.text {
            journal.append(.tweetUploaded(time: time, author: author, text: text, id: upload.id))
        } else {
            journal.append(.lastMessageReset(time: time, id: upload.id))
        }
    }

    /// Answers what has become of an upload.
    func finish(_ entry: UploadUnderWay, _ outcome: Outcome) {
        do throws(WireError) {
            let line = try answer(entry, outcome)
            entry.connection.answered(entry.upload, isOriginal: entry.isOriginal, line, isStored: true)
        } catch {
            let peer = entry.connection.peerText
            log.report(.error, "message from \(peer) was refused: \(error.code.rawValue), \(error.message)")
            let line = PacketWriter.error(error)
            entry.connection.answered(entry.upload, isOriginal: entry.isOriginal, line, isStored: false)
        }
    }

    /// The line that tells a client that its upload is stored.
    ///
    /// - Throws: why it is not, or may not be.
    private func answer(_ entry: UploadUnderWay, _ outcome: Outcome) throws(WireError) -> [UInt8] {
        switch outcome {
        case .stored(let sequence):
            guard let text = entry.upload.text else {
                let line = PacketWriter.okEmpty()
                session.reset(at: sequence, line: line)
                reportReceived(sequence, entry)
                return line
            }
            let tweet = Tweet(sequence: sequence, time: entry.time, author: entry.author, text: text)
            let line = PacketWriter.ok(tweet)
            session.stored(tweet, line: line)
            newestSequence = sequence
            feeds.publish(tweet)
            hashtags.note(tweet)
            reportReceived(sequence, entry)
            return line
        case .duplicate(let tweet):
            guard tweet.text == entry.upload.text, tweet.author == entry.author else { throw .idReused }
            return PacketWriter.ok(tweet)
        case .duplicateReset:
            guard entry.upload.text == nil else { throw .idReused }
            return PacketWriter.okEmpty()
        case .duplicateMessage: throw .idReused
        case .unavailable, .unknown, .read, .nameTaken, .noAccount, .passwordReplaced:
            throw outcome.failure ?? WireError(.unavailable, "the store has answered something else")
        }
    }

    private func reportReceived(_ sequence: SequenceNumber, _ entry: UploadUnderWay) {
        log.report(.general) { line in
            line.append(entry.upload.text == nil ? "reset " : "message ")
            line.append(contentsOf: String(sequence).utf8)
            line.append(" received from ")
            if let author = entry.author {
                line.append(contentsOf: author.string.utf8)
                line.append(" at ")
            }
            line.append(contentsOf: entry.connection.peerText.utf8)
            guard let text = entry.upload.text else { return }
            line.append(": ")
            line.appendEscaped(text.string)
        }
    }
}
