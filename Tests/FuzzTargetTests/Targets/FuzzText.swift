// Texts and hashtags, compared with a second, slow statement of every rule.

import CUtf8proc
import Foundation
import TweetWire

@testable import TweetModel

func fuzzText(_ input: UnsafeRawBufferPointer) {
    checkReport(String(decoding: input, as: UTF8.self))
    do throws(TextRefusal) {
        let text = try TweetText(validating: input)
        check(text.string.utf8.elementsEqual(input), "a text is changed")
        check(refusal(of: input) == nil, "taken in spite of: \(String(describing: refusal(of: input)))")
        checkHashtags(of: text)
        checkLines(of: text)
    } catch {
        check(refusal(of: input) == error, "refused with: \(error); by: \(String(describing: refusal(of: input)))")
        check(!error.description.isEmpty, "refused without a reason")
    }
}

/// The Unicode version of the folding library, such as `15.1`; that of Swift may be later.
private let foldedVersion = String(cString: utf8proc_unicode_version()).split(separator: ".").compactMap { Int($0) }

/// Whether the folding library knows all characters of a text; it leaves later ones unchanged.
private func isFoldable(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { scalar in
        guard let age = scalar.properties.age else { return true }
        return [age.major, age.minor].lexicographicallyPrecedes(foldedVersion + [1])
    }
}

// MARK: The rules of a text

/// The first rule that a text breaks.
private func refusal(of bytes: UnsafeRawBufferPointer) -> TextRefusal? {
    if bytes.isEmpty { return .empty }
    let isPrintableASCII = bytes.allSatisfy { (32...126).contains($0) }
    if !isPrintableASCII, bytes.count > 4096 { return .tooManyBytes(bytes.count) }
    guard let scalars = scalars(of: Array(bytes)) else { return .notUTF8 }
    if let scalar = scalars.first(where: isForbidden) { return .forbidden(scalar) }
    let text = String(String.UnicodeScalarView(scalars))
    if text.count > 150 { return .tooManyCharacters(text.count) }
    var found: [Hashtag] = []
    for tag in hashtags(in: scalars).compactMap({ Hashtag(longest: $0) }) where !found.contains(tag) {
        found.append(tag)
    }
    let bytesOfTags = found.reduce(0) { $0 + max($1.written.utf8.count, $1.key.utf8.count) }
    return bytesOfTags > 2048 ? .tooManyHashtagBytes(bytesOfTags) : nil
}

/// Decodes by arithmetic and refuses every form but the shortest (RFC 3629, 3).
private func scalars(of bytes: [UInt8]) -> [Unicode.Scalar]? {
    var result: [Unicode.Scalar] = []
    var index = 0
    while index < bytes.count {
        let lead = bytes[index]
        let count = lead < 0x80 ? 1 : lead >> 5 == 0b110 ? 2 : lead >> 4 == 0b1110 ? 3 : lead >> 3 == 0b11110 ? 4 : 0
        guard count > 0, index + count <= bytes.count else { return nil }
        var value = count == 1 ? UInt32(lead) : UInt32(lead) & (0x7F >> UInt32(count))
        for byte in bytes[index + 1..<index + count] {
            guard byte >> 6 == 0b10 else { return nil }
            value = value << 6 | UInt32(byte & 0x3F)
        }
        guard let scalar = Unicode.Scalar(value), UTF8.width(scalar) == count else { return nil }
        result.append(scalar)
        index += count
    }
    return result
}

private func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: true
    default: "\u{202A}\u{202B}\u{202C}\u{202D}\u{202E}\u{2066}\u{2067}\u{2068}\u{2069}".unicodeScalars.contains(scalar)
    }
}

// MARK: The rules of hashtags

private func isSign(_ scalar: Unicode.Scalar) -> Bool { ["#", "\u{FF03}", "\u{FE5F}"].contains(scalar) }

private func isInvisible(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isDefaultIgnorableCodePoint }

private func isMedial(_ scalar: Unicode.Scalar) -> Bool {
    "\u{B7}\u{387}\u{5F3}\u{5F4}\u{F0B}\u{F0C}\u{30FB}\u{FF65}".unicodeScalars.contains(scalar)
}

private func isMark(_ scalar: Unicode.Scalar) -> Bool {
    [.nonspacingMark, .spacingMark].contains(scalar.properties.generalCategory) && !isInvisible(scalar)
}

private func isLetterOrDigit(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isXIDContinue && !isMark(scalar) && !isInvisible(scalar) && !isMedial(scalar)
}

/// The hashtags of each word; white space and characters that no URL contains separate words.
private func hashtags(in scalars: [Unicode.Scalar]) -> [String] {
    withoutKeycaps(scalars).split(whereSeparator: isDelimiter)
        .flatMap { hashtags(inWord: Array($0)) }
}

private func isDelimiter(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.properties.isWhitespace || "\"<>“”".unicodeScalars.contains(scalar) { return true }
    let isEastAsian = [0x3001...0x3003, 0x3008...0x301F, 0xFE10...0xFE19, 0xFE30...0xFE6B, 0xFF01...0xFF64]
        .contains { $0.contains(scalar.value) }
    return isEastAsian && !isLetterOrDigit(scalar) && !isSign(scalar)
}

/// The text with each keycap emoji's digit replaced by a character that no hashtag contains.
private func withoutKeycaps(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
    scalars.indices.map { index in
        guard ("0"..."9").contains(scalars[index]) else { return scalars[index] }
        let rest = scalars[(index + 1)...]
        let selected = rest.first == "\u{FE0F}" ? rest.dropFirst() : rest
        return selected.first == "\u{20E3}" ? "\u{E000}" : scalars[index]
    }
}

/// The hashtags of a word, except within URLs.
private func hashtags(inWord word: [Unicode.Scalar]) -> [String] {
    var found: [String] = []
    var rest = word
    while let url = takeHashtags(of: rest, into: &found) { rest = textBehindURL(rest[url...]) }
    return found
}

/// The hashtags of a word, up to the start of its first URL; returns the start, or nil if it has none.
private func takeHashtags(of word: [Unicode.Scalar], into found: inout [String]) -> Int? {
    var floor = 0
    var index = 0
    var isBehindTag = false
    while index < word.count {
        let before = Array(word[floor..<index])
        guard !beginsURL(word, at: index, behind: before) else { return index }
        let visible = before.filter { !isMark($0) && !isInvisible($0) }
        if isSign(word[index]), endsPath(visible, isBehindTag: isBehindTag) { return index }
        index += 1
        guard isSign(word[index - 1]) else { continue }
        floor = index
        isBehindTag = false
        if let neighbour = visible.last, isLetterOrDigit(neighbour) || neighbour == "&" { continue }
        let invisible = word[index...].prefix(while: isInvisible).count
        let tag = hashtag(Array(word[(index + invisible)...]))
        guard !tag.isEmpty, !word[(index + invisible + tag.count)...].starts(with: "://".unicodeScalars) else {
            continue
        }
        found.append(String(String.UnicodeScalarView(tag)))
        index += invisible + tag.count
        floor = index
        isBehindTag = true
    }
    return nil
}

/// Whether a text ends with `/`, or with `\` after a word or `/`; a `/` directly after a hashtag does not count.
private func endsPath(_ visible: [Unicode.Scalar], isBehindTag: Bool) -> Bool {
    let backslashes = visible.reversed().prefix { $0 == "\\" }.count
    let rest = visible.dropLast(backslashes)
    guard let last = rest.last else { return false }
    if last == "/" { return !isBehindTag || rest.count > 1 }
    return backslashes > 0 && (isLetterOrDigit(last) || last == "&")
}

/// The text behind the first closing bracket of a URL that closes none of its own.
private func textBehindURL(_ url: ArraySlice<Unicode.Scalar>) -> [Unicode.Scalar] {
    var open = 0
    for (index, scalar) in zip(url.indices, url) {
        if "([{".unicodeScalars.contains(scalar) { open += 1 }
        guard ")]}".unicodeScalars.contains(scalar) else { continue }
        if open == 0 { return Array(url[(index + 1)...]) }
        open -= 1
    }
    return []
}

/// The longest prefix of a text that is a hashtag's body.
private func hashtag(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    guard let first = text.first, isLetterOrDigit(first) else { return [] }
    let body = text.prefix { isLetterOrDigit($0) || isMark($0) || isMedial($0) || isInvisible($0) }
    // A hashtag ends with a letter or a mark, and has no two medials in a row.
    let ends = body.indices.filter { isLetterOrDigit(body[$0]) || isMark(body[$0]) }
    let last = ends.last { end in
        let medials = ends.prefix { $0 <= end }.reduce((most: 0, from: 0)) { result, next in
            (max(result.most, body[result.from..<next].count(where: isMedial)), next)
        }
        return medials.most < 2
    }
    return Array(body[...(last ?? 0)])
}

/// Whether a scalar turns the text before it into a URL.
private func beginsURL(_ word: [Unicode.Scalar], at index: Int, behind before: [Unicode.Scalar]) -> Bool {
    switch word[index] {
    case ":":
        guard index > 0, word[index - 1].isASCII, isLetterOrDigit(word[index - 1]), word[index - 1] != "_" else {
            return false
        }
        return word[index...].starts(with: "://".unicodeScalars)
    case "/": return isHost(before) || isDataURL(before)
    case "?": return isHost(before)
    case "=":
        let name = before.suffix(addressCount(before))
        return !name.isEmpty && before.dropLast(name.count).last == "?"
    default: return isSign(word[index]) && isHost(before) && endsWithLetter(before)
    }
}

private func endsWithLetter(_ text: [Unicode.Scalar]) -> Bool {
    text.last { !isMark($0) && !isInvisible($0) }.map(isLetterOrDigit) ?? false
}

/// The number of scalars at the end of a text that may belong to a host, its port and the user name before it.
private func addressCount(_ text: [Unicode.Scalar]) -> Int {
    text.reversed().prefix {
        isLetterOrDigit($0) || isMark($0) || isInvisible($0) || ".-:@".unicodeScalars.contains($0)
    }.count
}

private func isDataURL(_ text: [Unicode.Scalar]) -> Bool {
    let media = String(String.UnicodeScalarView(text.suffix(addressCount(text)))).lowercased().unicodeScalars
    return media.starts(with: "data:".unicodeScalars) && media.count > 5
}

/// Whether a text ends with a host and perhaps a port.
private func isHost(_ text: [Unicode.Scalar]) -> Bool {
    func parts(_ text: some Collection<Unicode.Scalar>, _ separator: Unicode.Scalar) -> [[Unicode.Scalar]] {
        text.split(separator: separator, omittingEmptySubsequences: false).map { Array($0) }
    }
    func isNumber(_ text: [Unicode.Scalar]) -> Bool { !text.isEmpty && text.allSatisfy { ("0"..."9").contains($0) } }
    guard let address = parts(text.suffix(addressCount(text)), "@").last else { return false }
    let pieces = parts(address, ":")
    let hasPort = pieces.count > 1 && isNumber(pieces[pieces.count - 1])
    let host = hasPort ? Array(pieces.dropLast().joined(separator: [":"])) : pieces[pieces.count - 1]
    let labels = parts(host, ".")
    if labels.contains([]) { return false }
    if isNumber(labels[labels.count - 1]) { return labels.count == 4 && labels.allSatisfy(isNumber) }
    return hasPort || labels.count > 1
}

extension Hashtag {
    /// Reads a hashtag of any length, as the only hashtag of a text.
    fileprivate init?(longest written: String) {
        guard let tag = Hashtag.all(in: "#" + written).first else { return nil }
        self = tag
    }
}

private func checkHashtags(of text: TweetText) {
    let tags = text.hashtags
    var expected: [String] = []
    var keys: Set<[UInt8]> = []
    for written in hashtags(in: Array(text.string.unicodeScalars)) {
        guard let tag = Hashtag(written) else { fatalError("\(written.debugDescription) is found and not read") }
        if keys.insert(Array(tag.key.utf8)).inserted { expected.append(written) }
    }
    check(tags.map { Array($0.written.utf8) } == expected.map { Array($0.utf8) }, "\(tags) are \(expected)")
    for tag in tags {
        check(Hashtag("#" + tag.written) == tag, "\(tag) is not read with its sign")
        check(HashtagKey.of(tag.key).utf8.elementsEqual(tag.key.utf8), "\(tag) folds to another key")
        check(!tag.key.unicodeScalars.contains(where: isInvisible), "\(tag) has a key with invisible characters")
        check(tag.key.utf8.count <= HashtagKey.longestGrowth * tag.written.utf8.count, "\(tag) has too long a key")
        checkForms(of: tag)
    }
}

/// Checks that other normal forms and the other case give the same key.
private func checkForms(of tag: Hashtag) {
    let decomposed = tag.written.decomposedStringWithCanonicalMapping
    guard isFoldable(decomposed) else { return }
    let composed = tag.written.precomposedStringWithCanonicalMapping
    // Foundation loses a mark in some long runs; the standard library's comparison shows whether it did.
    guard decomposed == tag.written, composed == tag.written else { return }
    check(Hashtag(longest: decomposed) == tag, "\(tag) has another key when decomposed")
    check(Hashtag(longest: composed) == tag, "\(tag) has another key when composed")
    check(composed.unicodeScalars.count <= decomposed.unicodeScalars.count, "\(tag) is longer when composed")
    // The dotless i is a letter of its own (Unicode Standard, CaseFolding.txt), but its capital is not. The capital of
    // a subscript iota is a letter, so the marks behind the iota move to that letter.
    guard !decomposed.unicodeScalars.contains(where: { $0 == "\u{131}" || $0 == "\u{345}" }) else { return }
    for other in [tag.written.uppercased(), tag.written.lowercased()] where isFoldable(tag.written + other) {
        check(Hashtag(longest: other) == tag, "\(tag) has another key as \(other)")
    }
}

// MARK: Lines

/// Checks that the longest answer and the longest request with a text fit a line and are read back unchanged.
private func checkLines(of text: TweetText) {
    let tweet = Tweet(
        sequence: .max, time: Timestamp(milliseconds: 0), author: Name(String(repeating: "W", count: 20)), text: text)
    let part = PacketWriter.part(tweet)
    check(part.count <= WireLimits.lineBytes, "a tweet of \(part.count) bytes is longer than a line")
    let answer = part.dropLast().withUnsafeBytes { bytes in try? Answer(line: bytes) }
    check(answer == .part(.tweet(WireTweet(tweet))), "a tweet is read back as another")

    let upload = Request.upload(Upload(text: text, id: UploadID(String(repeating: "x", count: 64))))
    let line = PacketWriter.request(upload)
    check(line.count <= WireLimits.lineBytes, "an upload of \(line.count) bytes is longer than a line")
    let request = line.dropLast().withUnsafeBytes { bytes in try? Request(line: bytes) }
    check(request == upload, "an upload is read back as another")
}

/// Checks that a report is one line from which the text can be restored.
private func checkReport(_ text: String) {
    let line = Report(.client, .error, Timestamp(milliseconds: 0), text).line
    let whole = String(decoding: line, as: UTF8.self)
    check(whole.unicodeScalars.filter(isForbidden) == ["\n"], "a report has more than its line feed")
    let escaped = whole.unicodeScalars.dropFirst("CLIENT [ERROR] 1970-01-01T00:00:00.000Z ".count).dropLast()
    var rest = Substring(escaped)
    var original = String.UnicodeScalarView()
    while let scalar = rest.unicodeScalars.popFirst() {
        guard scalar == "\\" else {
            original.append(scalar)
            continue
        }
        if rest.unicodeScalars.first == "\\" {
            rest.unicodeScalars.removeFirst()
            original.append("\\")
            continue
        }
        rest.unicodeScalars.removeFirst(2)
        let digits = rest.unicodeScalars.prefix { $0 != "}" }
        rest.unicodeScalars.removeFirst(digits.count + 1)
        guard let value = UInt32(String(digits), radix: 16), let scalar = Unicode.Scalar(value) else {
            fatalError("an escape is none")
        }
        original.append(scalar)
    }
    check(original.elementsEqual(text.unicodeScalars), "a report's text is another")
}
