import TweetJournal
import TweetModel
import TweetStore
import TweetWire

/// An upload that waits for the journal.
struct UploadUnderWay {
    let reply: Reply
    let upload: Upload
    let author: Name?
}

/// Handling of uploads; the answer is sent only after the commit.
extension Server {
    func append(_ upload: Upload, reply: Reply) {
        reply.client.spendStorage(on: upload.text)
        let time = clock()
        let identity = reply.client.conversation.identity
        let author = identity.name
        let entry: Entry =
            if let text = upload.text {
                .tweetUploaded(
                    time: time, author: author, text: text, id: upload.id, isByAccount: identity.isAccount)
            } else {
                .lastMessageReset(time: time, id: upload.id)
            }
        propose(entry, .upload(UploadUnderWay(reply: reply, upload: upload, author: author)))
    }

    /// Answers an upload whose outcome is known, and applied to the live state.
    func answer(_ underWay: UploadUnderWay, _ outcome: Outcome) {
        if case .stored(let sequence) = outcome {
            counts.uploads += 1
            reportReceived(sequence, underWay)
        }
        underWay.reply.answer { () throws(WireError) in try line(for: underWay, outcome) }
    }

    /// The line that acknowledges an upload.
    ///
    /// - Throws: the reason why the upload was not stored, or may not have been.
    private func line(for underWay: UploadUnderWay, _ outcome: Outcome) throws(WireError) -> [UInt8] {
        switch outcome {
        case .stored(let sequence):
            // The live state has just made this line: the tweet is the last message, or a reset has cleared it.
            precondition(live.session.sequence == sequence, "something came between the change and its answer")
            return live.session.lastMessageLine
        case .duplicate(let tweet):
            guard tweet.text == underWay.upload.text, tweet.author == underWay.author else { throw .idReused }
            return PacketWriter.ok(tweet)
        case .duplicateReset:
            guard underWay.upload.text == nil else { throw .idReused }
            return PacketWriter.okEmpty()
        case .duplicateMessage: throw .idReused
        case .unavailable, .storeFull, .unknown, .read, .pruned, .nameTaken, .noAccount, .passwordReplaced, .notTaken,
            .tooManyBlocked, .tooManyTokens, .noToken:
            throw outcome.failure ?? WireError(.unavailable, "the store has answered something else")
        }
    }

    private func reportReceived(_ sequence: SequenceNumber, _ underWay: UploadUnderWay) {
        log.report(.general) { line in
            line.append(underWay.upload.text == nil ? "reset " : "message ")
            line.append(utf8: String(sequence))
            line.append(" received from ")
            if let author = underWay.author {
                line.append(utf8: author.string)
                line.append(" at ")
            }
            line.append(utf8: underWay.reply.client.peerText)
            guard let text = underWay.upload.text else { return }
            line.append(": ")
            line.appendEscaped(text.string)
        }
    }
}
