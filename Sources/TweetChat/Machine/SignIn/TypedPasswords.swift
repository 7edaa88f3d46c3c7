import TweetModel

/// The passwords that were typed in this run: a line that contains only one of them is not sent.
struct TypedPasswords: Sendable {
    static let refusal = "not sent: this line was typed as a password before"

    /// The passwords, the newest last.
    private var passwords: [Password] = []

    /// Remembers a line typed at a hidden prompt, without the spaces around it, which a message does not keep either.
    mutating func remember(_ line: String) {
        guard let password = Password(line.withoutSpacesAround) ?? Password(line), !passwords.contains(password) else {
            return
        }
        passwords.append(password)
        if passwords.count > ChatLimits.secrets { passwords.removeFirst() }
    }

    /// Whether a visible line is a password, or a command whose text is only a password (`@NAME TEXT`, `/msg NAME
    /// TEXT`): the person may have expected another password prompt.
    func areIn(_ line: String) -> Bool {
        if contains(line) { return true }
        var rest = line.withoutSpacesAround
        if contains(rest) { return true }
        guard let first = rest.first, "/@!".contains(first) else { return false }
        for _ in 0..<2 {
            guard let space = rest.firstIndex(where: \.isWhitespace) else { return false }
            rest = String(rest[space...]).withoutSpacesAround
            if contains(rest) { return true }
        }
        return false
    }

    private func contains(_ text: String) -> Bool { passwords.contains { $0.string == text } }
}

extension String {
    fileprivate var withoutSpacesAround: String {
        let rest = drop(while: \.isWhitespace)
        return String(rest[..<(rest.lastIndex { !$0.isWhitespace }.map { rest.index(after: $0) } ?? rest.startIndex)])
    }
}
