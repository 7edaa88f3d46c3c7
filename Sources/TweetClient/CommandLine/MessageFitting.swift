public import TweetModel

/// The changes made to a message before it is checked: `--clean` and `--truncate`.
public struct MessageFitting: Hashable, Sendable {
    public let cleans: Bool
    public let truncates: Bool

    public init(cleans: Bool = false, truncates: Bool = false) {
        self.cleans = cleans
        self.truncates = truncates
    }

    /// A valid message, and the changes that made it valid.
    public struct Fitted: Hashable, Sendable {
        public let text: TweetText
        public let wasCleaned: Bool
        public let wasTruncated: Bool
    }

    /// Makes a message from bytes.
    ///
    /// - Parameter isWhole: whether the bytes are complete; otherwise the rest was too long to keep.
    /// - Returns: nil if nothing is left after `--clean`.
    /// - Throws: `refused` with the reason, and the option that would have helped.
    public func message(of bytes: [UInt8], isWhole: Bool = true) throws(ClientError) -> Fitted? {
        let cleaned = cleans ? TextCleaning.cleaned(bytes) : bytes
        let fitted = truncates ? TextTruncation.truncated(cleaned) : cleaned
        let wasTruncated = fitted.count != cleaned.count || fitted != cleaned
        guard isWhole || wasTruncated else {
            // The message would have contained some of the dropped bytes.
            let advice = truncates ? "" : Self.truncateAdvice
            throw ClientError(.refused, "the message is longer than \(ClientLimits.inputBytes) bytes" + advice)
        }
        if cleaned.isEmpty, !bytes.isEmpty { return nil }
        if fitted.elementsEqual(String(TextTruncation.mark).utf8), wasTruncated {
            throw ClientError(.refused, "--truncate leaves nothing of the message: it begins with too long a hashtag")
        }
        do throws(TextRefusal) {
            let text = try fitted.withUnsafeBufferPointer { bytes throws(TextRefusal) in
                try TweetText(validating: UnsafeRawBufferPointer(bytes))
            }
            return Fitted(text: text, wasCleaned: cleaned != bytes, wasTruncated: wasTruncated)
        } catch {
            throw ClientError(.refused, error.description + advice(for: error))
        }
    }

    private static let truncateAdvice = "; --truncate cuts it"

    /// Names the option that would have made the message valid.
    private func advice(for refusal: TextRefusal) -> String {
        switch refusal {
        case .tooManyCharacters, .tooManyBytes, .tooManyHashtagBytes: truncates ? "" : Self.truncateAdvice
        case .notUTF8: cleans ? "" : "; --clean replaces the invalid bytes"
        case .forbidden("\n"): "; --clean makes it one line, --lines sends each line of standard input as a message"
        case .forbidden(let scalar):
            TextCleaning.cleaned(Array("a\(scalar)b".utf8)).count == 3
                ? "; --clean makes it a space" : "; --clean removes it"
        case .empty: ""
        }
    }
}
