// Compares the packet codec with Foundation's JSON: which lines each accepts, and what they mean.
//
// A difference is a finding, except these, which are intended:
// - Foundation accepts a comma before a closing bracket; RFC 8259 does not.
// - Foundation reads UTF-8 with a byte order mark, UTF-16 and UTF-32; the wire is UTF-8 without a mark.
// - Foundation drops a byte order mark from the start of a string; the codec changes no string.
// - Foundation refuses a number that is too large for it; the codec checks a number's form and reads only integers.
// - The codec accepts nesting only down to `WireLimits.packetDepth`.

import Foundation
import TweetModel

@testable import TweetWire

func fuzzPacket(_ line: UnsafeRawBufferPointer) {
    comparePacket(line)
    checkRequest(line)
    checkAnswer(line)
}

// MARK: Against Foundation

private func comparePacket(_ line: UnsafeRawBufferPointer) {
    let outline = Outline(line)
    if outline.mayBeAnotherEncoding { return }
    do throws(WireError) {
        let packet = try Packet(line: line)
        let value = foundation(line, outline, isJSON: true)
        if !outline.hasMarkedString { compare(packet, value, outline) }
    } catch {
        switch error.code {
        case .notPacket:
            let isPair = (foundation(line, outline, isJSON: true) as? [Any]).map { isPacket($0) } ?? false
            check(!isPair, "a packet is taken for none")
        case .notJSON, .notUTF8: _ = foundation(line, outline, isJSON: false)
        default: fatalError("\(error)")
        }
    }
}

/// Returns what Foundation reads, after checking that it and the codec agree on whether the line is JSON.
private func foundation(_ line: UnsafeRawBufferPointer, _ outline: Outline, isJSON: Bool) -> Any? {
    let value = try? JSONSerialization.jsonObject(with: Data(line), options: .fragmentsAllowed)
    if value != nil {
        let isMeant = outline.hasTrailingComma || outline.depth > WireLimits.packetDepth
        check(isJSON || isMeant, "Foundation takes it, the codec does not")
        check(!isJSON || !isMeant, "Foundation takes it with a trailing comma or too deep, and so does the codec")
    } else if isJSON {
        let value = try? JSONSerialization.jsonObject(with: outline.withSmallNumbers, options: .fragmentsAllowed)
        check(value != nil, "the codec takes it, Foundation does not")
        return value
    }
    return value
}

private func isPacket(_ array: [Any]) -> Bool {
    array.count == 2 && array[0] is String && (array[1] is String || array[1] is [String: Any])
}

private func compare(_ packet: Packet, _ value: Any?, _ outline: Outline) {
    guard let array = value as? [Any], isPacket(array) else { fatalError("no packet is taken for one") }
    checkSame(packet.operation, in: packet, array[0])
    switch packet.body {
    case .string(let token): checkSame(token, in: packet, array[1])
    case .object(let range):
        guard let object = array[1] as? [String: Any] else { fatalError("no object is taken for one") }
        guard let members = try? packet.members(of: range) else {
            let isDouble = object.count != outline.bodyMembers
            let isTooLong =
                outline.bodyMembers > WireLimits.packetMembers || outline.longestKey > WireLimits.keyBytes
            return check(isDouble || isTooLong, "an object's members are refused")
        }
        let count = outline.bodyMembers
        check(members.count == count, "the object has \(count) members, the packet \(members.count)")
        check(outline.longestKey <= WireLimits.keyBytes, "a key of \(outline.longestKey) bytes is taken")
        // Foundation's keys are equal in all normal forms, those of a packet only if their bytes are.
        if object.count == count { for (key, value) in members { checkSame(value, object[key]) } }
    }
}

private func checkSame(_ token: JSONScanner.StringToken, in packet: Packet, _ other: Any) {
    let text = try? packet.scanner.text(token)
    guard let text, let other = other as? String else { fatalError("a string is none") }
    check(text.utf8.elementsEqual(other.utf8), "\(text.debugDescription) is \(other.debugDescription)")
}

private func checkSame(_ value: Packet.Value, _ other: Any?) {
    switch (value, other) {
    case (.string(let text), let other as String):
        check(text.utf8.elementsEqual(other.utf8), "\(text.debugDescription) is \(other.debugDescription)")
    case (.integer(let number), let other as NSNumber):
        // On the second attempt, 0 stands for a number that Foundation could not read.
        check(number == other.int64Value || other == 0, "\(number) is \(other)")
    case (.strings(let texts), let other as [Any]):
        check(texts.map { Array($0.utf8) } == other.map { Array(($0 as? String ?? "\0").utf8) }, "an array differs")
    case (.integers(let numbers), let other as [Any]):
        check(numbers.count == other.count, "an array differs")
        for (number, other) in zip(numbers, other) { checkSame(.integer(number), other) }
    case (.bool(let isTrue), let other as Bool): check(isTrue == other, "\(isTrue) is \(other)")
    case (.null, is NSNull): break
    case (.other, is NSNumber): break
    case (.other, is [String: Any]): break
    case (.other, let other as [Any]): check(!other.allSatisfy { $0 is String }, "an array of strings is none")
    default: fatalError("\(value) is \(String(describing: other))")
    }
}

/// The brackets, commas and numbers of a line outside its strings, found without reading the line as JSON.
private struct Outline {
    var depth = 0
    var hasTrailingComma = false
    /// The number of colons at depth two, where the members of a packet's body are.
    var bodyMembers = 0
    /// The bytes of the longest of their keys, as written.
    var longestKey = 0
    /// The line with each number replaced by 0.
    var withSmallNumbers = Data()
    let mayBeAnotherEncoding: Bool
    let hasMarkedString: Bool

    init(_ line: UnsafeRawBufferPointer) {
        let marks: [[UInt8]] = [[0xEF, 0xBB, 0xBF], [0xFE, 0xFF], [0xFF, 0xFE]]
        mayBeAnotherEncoding = line.prefix(4).contains(0) || marks.contains { line.starts(with: $0) }
        hasMarkedString = Data(line).range(of: Data("\"\u{FEFF}".utf8)) != nil
        var nesting = 0
        var isInString = false
        var stringBytes = 0
        var previous: UInt8 = 0
        var index = 0
        while index < line.count {
            let byte = line[index]
            if isInString {
                stringBytes += 1
                if byte == UInt8(ascii: "\\"), index + 1 < line.count {
                    withSmallNumbers.append(byte)
                    index += 1
                    stringBytes += 1
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                    stringBytes -= 1
                }
                withSmallNumbers.append(line[index])
                index += 1
                continue
            }
            let number = Self.numberLength(line[index...])
            if number > 0, !Self.isNumeric(previous) {
                withSmallNumbers.append(UInt8(ascii: "0"))
                previous = UInt8(ascii: "0")
                index += number
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): (isInString, stringBytes) = (true, 0)
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                nesting += 1
                depth = max(depth, nesting)
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                nesting -= 1
                if previous == UInt8(ascii: ",") { hasTrailingComma = true }
            case UInt8(ascii: ":"):
                if nesting == 2 {
                    bodyMembers += 1
                    longestKey = max(longestKey, stringBytes)
                }
            default: break
            }
            if ![0x20, 0x09, 0x0A, 0x0D].contains(byte) { previous = byte }
            withSmallNumbers.append(byte)
            index += 1
        }
    }

    private static func isNumeric(_ byte: UInt8) -> Bool { "0123456789+-.eE".utf8.contains(byte) }

    /// The length of the number at the start of a slice, by the grammar of RFC 8259, 6; 0 if there is no number.
    private static func numberLength(_ bytes: Slice<UnsafeRawBufferPointer>) -> Int {
        var rest = bytes
        func digits() -> Int {
            let count = rest.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }.count
            rest = rest.dropFirst(count)
            return count
        }
        if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
        let isZero = rest.first == UInt8(ascii: "0")
        let whole = digits()
        guard whole > 0, !isZero || whole == 1 else { return 0 }
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            guard digits() > 0 else { return 0 }
        }
        if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
            rest = rest.dropFirst()
            if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
            guard digits() > 0 else { return 0 }
        }
        if let next = rest.first, isNumeric(next) { return 0 }
        return bytes.count - rest.count
    }
}

// MARK: Requests and answers

/// Checks that an accepted request is written and read back unchanged, and that the error for a refused one fits a
/// line.
private func checkRequest(_ line: UnsafeRawBufferPointer) {
    do throws(WireError) {
        let request = try Request(line: line)
        let written = PacketWriter.request(request)
        check(written.count <= WireLimits.lineBytes, "a request is longer than a line")
        let again = written.dropLast().withUnsafeBytes { bytes in try? Request(line: bytes) }
        check(again == request, "a request is read back as another")
    } catch {
        let written = PacketWriter.error(error)
        check(written.count <= 512, "an error repeats too much")
        let answer = written.dropLast().withUnsafeBytes { bytes in try? Answer(line: bytes) }
        check(answer == .error(code: error.code.rawValue, message: error.message), "an error is read back as another")
    }
}

/// Checks that an accepted answer is written and read back unchanged.
private func checkAnswer(_ line: UnsafeRawBufferPointer) {
    guard let answer = try? Answer(line: line) else { return }
    var written: [UInt8] = []
    switch answer {
    case .one(let item): written.appendPacket("ok", item)
    case .part(let item): written.appendPacket("part", item)
    case .end(let count): written = PacketWriter.okCount(count).dropLast()
    case .done(let sequence, let name, let pending):
        written = Array(#"["ok",{"seq":"#.utf8)
        written.appendJSON(sequence)
        written += Array(#","pending":"#.utf8)
        written.appendJSON(pending.map { Int64($0) })
        if let name {
            written += Array(#","name":"#.utf8)
            written.appendJSON(name)
        }
        written += Array("}]".utf8)
    case .push(.tweet(let tweet)): written.appendPacket("tweet", .tweet(tweet))
    case .push(.message(let message)): written.appendPacket("message", .message(message))
    case .push(.joined(let name, let time)): written.appendNotice("joined", name, time)
    case .push(.left(let name, let time)): written.appendNotice("left", name, time)
    case .push(.lagged(let sequence)): written = PacketWriter.lagged(sequence).dropLast()
    case .error, .push(.unknown): return
    }
    let again = written.withUnsafeBytes { bytes in try? Answer(line: bytes) }
    check(again == answer, "\(answer) is read back as \(String(describing: again))")
}

extension [UInt8] {
    fileprivate mutating func appendPacket(_ operation: String, _ item: Answer.Item) {
        self += Array("[\"\(operation)\",".utf8)
        switch item {
        case .tweet(let tweet): appendJSON(tweet)
        case .message(let message): appendJSON(message)
        case .person(let person): appendJSON(person)
        case .tag(let tag): appendJSON(tag)
        case .block(let block): appendJSON(block)
        case .token(let token): appendJSON(token)
        }
        append(UInt8(ascii: "]"))
    }

    fileprivate mutating func appendNotice(_ operation: String, _ name: String, _ time: Timestamp?) {
        self += Array("[\"\(operation)\",{\"name\":".utf8)
        appendJSON(name)
        self += Array(",\"time\":".utf8)
        appendJSON(time)
        self += Array("}]".utf8)
    }
}
