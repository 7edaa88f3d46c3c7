import TestSupport
import Testing

@testable import TweetReactor

/// The lines that a ring keeps and drops, and the place of a line that goes around the end of the block.
struct LineRingTests {
    @Test func linesAreNumberedFromZeroAndKept() {
        let ring = LineRing(bytes: 100, lines: 10)
        #expect(ring.start == 0)
        #expect(ring.end == 0)
        for (number, text) in ["a\n", "bb\n", "ccc\n"].enumerated() {
            #expect(ring.append(Array(text.utf8)) == number)
        }
        #expect(ring.start == 0)
        #expect(ring.end == 3)
        #expect((0..<3).map(ring.text(of:)) == ["a\n", "bb\n", "ccc\n"])
    }

    @Test func aRingTakesNoMemoryBeforeTheFirstLine() {
        let ring = LineRing(bytes: 100, lines: 10)
        #expect(ring.bytes(from: 0, to: 0).0.baseAddress == nil)
        ring.append([1])
        #expect(ring.bytes(from: 0, to: 0).0.baseAddress != nil)
    }

    @Test func aLineMayGoAroundTheEndAtEveryOffset() {
        let size = 24
        for offset in 0..<size {
            for length in 1...size {
                let ring = LineRing(bytes: size, lines: 40)
                for _ in 0..<offset { ring.append([0]) }
                let line = (1...length).map { UInt8($0) }
                let number = ring.append(line)
                guard ring.bytes(of: number) == line else {
                    Issue.record("a line of \(length) bytes at \(offset) is \(ring.bytes(of: number))")
                    return
                }
                // The ring keeps as many of the old lines as it has room for.
                let dropped = max(0, offset + length - size)
                guard ring.start == dropped, (ring.start..<number).allSatisfy({ ring.bytes(of: $0) == [0] }) else {
                    Issue.record("\(ring.start) lines were dropped for \(length) bytes at \(offset)")
                    return
                }
            }
        }
    }

    @Test func theOldestLinesGoWhenThereAreTooMany() {
        let ring = LineRing(bytes: 100, lines: 3)
        for number in 0..<8 { ring.append([UInt8(number)]) }
        #expect(ring.start == 5)
        #expect(ring.end == 8)
        #expect((5..<8).map(ring.bytes(of:)) == [[5], [6], [7]])
    }

    @Test func aRingOfOneLineKeepsTheLastOne() {
        let ring = LineRing(bytes: 5, lines: 1)
        for number in 0..<20 {
            let line = [UInt8](repeating: UInt8(number), count: number % 5 + 1)
            ring.append(line)
            #expect(ring.start == number)
            #expect(ring.bytes(of: ring.start) == line)
        }
    }

    @Test(arguments: [(64, 8), (64, 100), (61, 7), (1000, 5), (37, 37)])
    func aRingKeepsTheNewestLinesThatFit(bytes: Int, lines: Int) {
        let ring = LineRing(bytes: bytes, lines: lines)
        var model: [[UInt8]] = []
        var random = LinearCongruentialGenerator(seed: UInt64(bytes))
        for number in 0..<1000 {
            let length = Int.random(in: 1...(Bool.random(using: &random) ? bytes : 8), using: &random)
            let line = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            model.append(line)
            while model.count > lines || model.reduce(0, { $0 + $1.count }) > bytes { model.removeFirst() }
            ring.append(line)
            guard ring.end == number + 1, ring.end - ring.start == model.count,
                (ring.start..<ring.end).map(ring.bytes(of:)) == model
            else {
                Issue.record("the ring differs from the model at line \(number)")
                return
            }
        }
    }

    @Test func theLineOfEachByteIsFound() {
        let ring = LineRing(bytes: 60, lines: 20)
        for number in 0..<100 { ring.append([UInt8](repeating: 0, count: number * 7 % 11 + 1)) }
        for number in ring.start..<ring.end {
            for position in ring.position(of: number)..<ring.position(of: number + 1) {
                #expect(ring.line(at: position, among: ring.start..<ring.end) == number)
                #expect(ring.line(at: position, among: number..<number + 1) == number)
            }
        }
    }

    @Test(arguments: [1, 5, 11, 12, 30, 60, 1000])
    func theLinesThatFitAreFound(bytes: Int) {
        let ring = LineRing(bytes: 60, lines: 20)
        for number in 0..<100 { ring.append([UInt8](repeating: 0, count: number * 7 % 11 + 1)) }
        for first in ring.start..<ring.end {
            for limit in first + 1...ring.end {
                var end = first + 1
                while end < limit, (first...end).reduce(0, { $0 + ring.bytes(of: $1).count }) <= bytes { end += 1 }
                #expect(ring.lineAfterFit(from: first, to: limit, within: bytes) == end)
            }
        }
    }

    @Test func whatLiesBetweenTwoLinesIsOneStretchOrTwo() {
        let ring = LineRing(bytes: 10, lines: 10)
        for line: [UInt8] in [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 10, 11]] { ring.append(line) }
        let (first, wrapped) = ring.bytes(from: ring.position(of: 1), to: ring.position(of: 4))
        #expect(Array(first) == [3, 4, 5, 6, 7, 8, 9])
        #expect(Array(wrapped) == [10, 11])
        let (all, none) = ring.bytes(from: ring.position(of: 1), to: ring.position(of: 3))
        #expect(Array(all) == [3, 4, 5, 6, 7, 8])
        #expect(none.isEmpty)
    }

    @Test func aLineLargerThanTheRingIsAnError() async {
        await #expect(processExitsWith: .failure) {
            LineRing(bytes: 10, lines: 10).append([UInt8](repeating: 0, count: 11))
        }
    }
}
