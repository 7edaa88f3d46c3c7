import TweetWire

// The values that tests read from a line, in a form that can be compared.

func request(_ line: [UInt8]) -> Result<Request, WireError> {
    line.withUnsafeBytes { bytes in Result { () throws(WireError) in try Request(line: bytes) } }
}

func request(_ line: String) -> Result<Request, WireError> { request(Array(line.utf8)) }

func answer(_ line: [UInt8]) -> Result<Answer, AnswerError> {
    line.withUnsafeBytes { bytes in Result { () throws(AnswerError) in try Answer(line: bytes) } }
}

func answer(_ line: String) -> Result<Answer, AnswerError> { answer(Array(line.utf8)) }

extension Result {
    /// The failure; nil for a success.
    var failure: Failure? {
        if case .failure(let error) = self { error } else { nil }
    }
}

extension [UInt8] {
    /// A line without its line feed.
    var withoutLineFeed: [UInt8] { last == UInt8(ascii: "\n") ? dropLast() : self }
}
