import TweetModel

extension PacketWriter {
    /// The request as a client sends it.
    public static func request(_ request: Request) -> [UInt8] {
        let operation = Array(request.operation.rawValue.utf8)
        var bytes = Array("[\"".utf8)
        bytes += operation
        bytes.append("\",")
        append(bodyOf: request, to: &bytes)
        bytes.append("]\n")
        return bytes
    }

    private static func append(bodyOf request: Request, to bytes: inout [UInt8]) {
        switch request {
        case .lastMessage, .tags(count: nil), .ping, .join, .leave, .setHidden, .setAway, .blocked,
            .tokens, .directory(.everybody), .stats:
            bytes.append("\"\"")
        case .tags(let count?): object(&bytes) { member in member(#""count":"#) { $0.appendJSON(Int64(count)) } }
        case .unfollow(let tag): bytes.appendJSON(tag.map { "#" + $0.written } ?? "")
        case .takeName(let name, resume: nil), .directory(.one(let name)), .setBlocked(let name, _),
            .removeAccount(let name):
            bytes.appendJSON(name.string)
        case .takeName(let name, let secret?):
            object(&bytes) { member in
                member(#""name":"#) { $0.appendJSON(name.string) }
                member(#""resume":"#) { $0.appendJSON(secret.string) }
            }
        case .upload(let upload):
            object(&bytes) { member in
                member(#""text":"#) { $0.appendJSON(upload.text?.string ?? "") }
                if let id = upload.id { member(#""id":"#) { $0.appendJSON(id.string) } }
                if let author = upload.author { member(#""author":"#) { $0.appendJSON(author.string) } }
            }
        case .download(let download):
            object(&bytes) { member in write(download, member) }
        case .search(let search): object(&bytes) { member in write(search, member) }
        case .follow(let follow):
            object(&bytes) { member in
                write(follow.tags, member)
                if let since = follow.since { member(#""since":"#) { $0.appendJSON(since) } }
                if let count = follow.count { member(#""count":"#) { $0.appendJSON(Int64(count)) } }
            }
        case .signUp(let credentials), .logIn(let credentials), .addAccount(let credentials),
            .resetPassword(let credentials):
            object(&bytes) { member in
                member(#""name":"#) { $0.appendJSON(credentials.name.string) }
                member(#""password":"#) { $0.appendJSON(credentials.password.string) }
            }
        case .changePassword(let change):
            object(&bytes) { member in
                member(#""old":"#) { $0.appendJSON(change.old.string) }
                member(#""new":"#) { $0.appendJSON(change.new.string) }
            }
        case .logInByToken(let secret):
            object(&bytes) { member in member(#""token":"#) { $0.appendJSON(secret.string) } }
        case .makeToken(let token): object(&bytes) { member in write(token, member) }
        case .removeToken(let id): object(&bytes) { member in member(#""id":"#) { $0.appendJSON(id) } }
        case .directory(.here): bytes.append(#"{"here":true}"#)
        case .message(let message):
            object(&bytes) { member in write(message, member) }
        case .inbox(let query), .sent(let query):
            object(&bytes) { member in
                if query.isArchive { member(#""archive":"#) { $0.append("true") } }
                write(count: query.count, since: query.since, member)
            }
        case .markRead(let sequences):
            object(&bytes) { member in write(sequences, member) }
        }
    }

    private static func write(_ download: Download, _ member: Member) {
        write(download.tags, member)
        write(count: download.count, since: download.since, member)
        if let age = download.maxAge { member(#""max_age":"#) { $0.appendJSON(age) } }
    }

    private static func write(_ search: Search, _ member: Member) {
        member(#""text":"#) { $0.appendJSON(search.query.written) }
        if let count = search.count { member(#""count":"#) { $0.appendJSON(Int64(count)) } }
        if let before = search.before { member(#""before":"#) { $0.appendJSON(before) } }
    }

    private static func write(_ message: OutgoingMessage, _ member: Member) {
        member(#""to":"#) { $0.appendJSON(message.recipients.map(\.string)) }
        member(#""text":"#) { $0.appendJSON(message.text.string) }
        if let id = message.id { member(#""id":"#) { $0.appendJSON(id.string) } }
    }

    private static func write(_ token: NewToken, _ member: Member) {
        member(#""may":"#) { $0.appendJSON(token.scope.word) }
        if case .read(let tag) = token.scope { member(#""tag":"#) { $0.appendJSON("#" + tag.written) } }
        if let label = token.label { member(#""label":"#) { $0.appendJSON(label.string) } }
        if let lifetime = token.lifetime { member(#""expires":"#) { $0.appendJSON(lifetime) } }
    }

    /// Writes a single hashtag in the form that older servers know, and several as an array.
    private static func write(_ tags: [Hashtag], _ member: Member) {
        if tags.count == 1 {
            member(#""tag":"#) { $0.appendJSON("#" + tags[0].written) }
        } else if !tags.isEmpty {
            member(#""tags":"#) { $0.appendJSON(tags.map { "#" + $0.written }) }
        }
    }

    private static func write(count: Int?, since: SequenceNumber?, _ member: Member) {
        if let count { member(#""count":"#) { $0.appendJSON(Int64(count)) } }
        if let since { member(#""since":"#) { $0.appendJSON(since) } }
    }

    private static func write(_ sequences: [SequenceNumber], _ member: Member) {
        member(#""seqs":["#) { bytes in
            bytes.append(contentsOf: sequences.map { String($0) }.joined(separator: ",").utf8)
            bytes.append("]")
        }
    }

    private typealias Member = (_ key: StaticString, _ value: (inout [UInt8]) -> Void) -> Void

    /// Appends an object whose members the closure writes.
    private static func object(_ bytes: inout [UInt8], _ members: (Member) -> Void) {
        bytes.append("{")
        var separator: StaticString = ""
        var body: [UInt8] = []
        members { key, value in
            body.append(separator)
            body.append(key)
            value(&body)
            separator = ","
        }
        bytes += body
        bytes.append("}")
    }
}
