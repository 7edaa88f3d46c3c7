/// The highlighting of a piece of text.
public enum Style: Hashable, Sendable {
    case plain
    case time
    /// One of a few colours, always the same for a name.
    case author(Int)
    case ownName
    case hashtag
    /// A followed hashtag.
    case followedTag
    case message
    /// The mark of a line that is for this person.
    case forYou
    /// The list of people beside the messages.
    case people
    case server
    case note
    case failure
    case status
    case statusAlert
    case prompt
    case counter
    case counterAlert

    /// The number of colours for authors.
    static let authorColours = 6

    static func author(named name: String) -> Style {
        .author(name.lowercased().utf8.reduce(7) { ($0 &* 31 &+ Int($1)) & 0xFFFF } % authorColours)
    }
}

/// One row of the screen: pieces from left to right.
public struct StyledRow: Hashable, Sendable {
    public struct Piece: Hashable, Sendable {
        public var text: String
        public let style: Style
    }

    public private(set) var pieces: [Piece] = []

    init() {}

    init(_ text: String, _ style: Style) {
        append(text, style)
    }

    var columns: Int { pieces.reduce(0) { $0 + $1.text.columns } }
    public var text: String { pieces.map(\.text).joined() }

    mutating func append(_ text: String, _ style: Style) {
        guard !text.isEmpty else { return }
        if let last = pieces.indices.last, pieces[last].style == style {
            pieces[last].text += text
        } else {
            pieces.append(Piece(text: text, style: style))
        }
    }

    mutating func append(_ character: Character, _ style: Style) {
        append(String(character), style)
    }
}
