// Bytes of a terminal: they give the same keys, text and pastes wherever the reads cut them.
//
// The first byte of an input chooses the cuts: pieces of two sizes in turn, 1 to 16 bytes each.

import TweetSystem

@testable import TweetChat

func fuzzKeys(_ input: UnsafeRawBufferPointer) {
    let input = Array(input)
    guard let sizes = input.first else { return }
    let typed = input.dropFirst()
    let whole = parse([typed])
    check(whole == parse(typed.indices.map { typed[$0...$0] }), "byte by byte it is something else")
    check(whole == parse(pieces(of: typed, sizes: sizes)), "cut into pieces it is something else")
    checkInputs(whole.inputs)
}

private func pieces(of typed: ArraySlice<UInt8>, sizes: UInt8) -> [ArraySlice<UInt8>] {
    var pieces: [ArraySlice<UInt8>] = []
    var rest = typed
    while !rest.isEmpty {
        let size = Int(pieces.count.isMultiple(of: 2) ? sizes & 0xF : sizes >> 4) + 1
        pieces.append(rest.prefix(size))
        rest = rest.dropFirst(size)
    }
    return pieces
}

/// The keys and pastes of an input, and the time at which the parser stops waiting for more.
private struct Parsed: Equatable {
    var inputs: [KeyParser.Input] = []
    var deadline = Instant.never
}

private func parse(_ pieces: [ArraySlice<UInt8>]) -> Parsed {
    let now = Instant(milliseconds: 1_000_000)
    var parser = KeyParser()
    var parsed = Parsed()
    for piece in pieces {
        parsed.inputs += parser.take(piece, at: now)
        check(parser.deadline > now, "what has just come is given up at once")
        check(parser.timePassed(at: parser.deadline + .milliseconds(-1)).isEmpty, "something is given up too early")
    }
    parsed.deadline = parser.deadline
    parsed.inputs += parser.timePassed(at: parser.deadline)
    check(parser.deadline == .never, "something is waited for without end")
    let later = now + .seconds(60)
    if case .pasted(let paste)? = parsed.inputs.last, !paste.hasEnd {
        check(parser.take([0x0D], at: later) == [], "an Enter among what is dropped does something")
        parsed.inputs += parser.timePassed(at: parser.deadline)
        check(parsed.inputs.last == .lostPasteEnded(byEnter: true), "an Enter alone does not end what is dropped")
    }
    check(
        parser.take([0x61], at: later + .seconds(1)) == [.key(.scalar("a"))], "what was given up swallows what follows")
    return parsed
}

/// Checks that no text contains a control character, and that a paste ends before any other input comes.
private func checkInputs(_ inputs: [KeyParser.Input]) {
    var isPasting = false
    var isLost = false
    for input in inputs {
        switch input {
        case .key(.scalar(let scalar)):
            check(!isPasting, "a key within a paste")
            check(scalar != "\u{FEFF}", "a byte order mark is text")
            check(scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value), "\(scalar.value) is text")
        case .key: check(!isPasting, "a key within a paste")
        case .pasteBegan:
            check(!isPasting, "a paste within a paste")
            isPasting = true
        case .pasted(let paste):
            check(isPasting, "a paste that has not begun")
            isPasting = false
            isLost = !paste.hasEnd
            checkLines(of: paste)
        case .lostPasteEnded:
            check(isLost, "nothing is lost")
            isLost = false
        }
    }
    check(!isPasting, "a paste without an end")
}

private func checkLines(of paste: Paste) {
    guard let lines = try? paste.lines() else { return }
    check(paste.hasEnd, "lines of a paste that is not whole")
    for line in lines {
        check(!line.isEmpty && line.last != " ", "a line is blank, or has blanks at its end")
        check(!line.contains { ["\t", "\r", "\n", "\r\n"].contains($0) }, "a line is no line")
    }
    let secret = try? paste.secretLine()
    check(lines.count <= 1 || secret == nil, "several lines are a secret")
}
