import Testing

@testable import TweetChat

struct CompletionTests {
    private static let names = ["Ana", "anton", "bob"]
    private static let tags = ["swift", "Server"]

    /// The line after a number of presses of Tab.
    private func completed(_ text: String, tabs: Int = 1) -> String {
        var line = InputLine()
        for scalar in text.unicodeScalars { line.insert(scalar) }
        var completion: Completion?
        for _ in 0..<tabs {
            _ = Completion.complete(&line, &completion, names: Self.names, tags: Self.tags)
        }
        return line.text
    }

    @Test(arguments: [
        ("/li", "/list "), ("/LI", "/list "), ("/zzz", "/zzz"), ("!", "!exit"), ("@b", "@bob "), ("@A", "@Ana "),
        ("@Ana,b", "@Ana,bob"), ("/msg b", "/msg bob "), ("/who ", "/who Ana "), ("/login bo", "/login bob "),
        ("hello b", "hello bob"), ("hello", "hello"), ("hello #s", "hello #Server "), ("/tag #sw", "/tag #swift "),
        ("", ""), ("hello ", "hello "),
    ])
    func tabCompletes(text: String, expected: String) {
        #expect(completed(text) == expected)
    }

    @Test func furtherTabsGiveTheNextOnes() {
        #expect((1...4).map { completed("@a", tabs: $0) } == ["@Ana ", "@anton ", "@Ana ", "@anton "])
        let commands = (1...2).map { completed("/l", tabs: $0) }
        #expect(commands == ["/list ", "/login "])
    }

    @Test func typingBeginsAnew() {
        var line = InputLine()
        var completion: Completion?
        for scalar in "@a".unicodeScalars { line.insert(scalar) }
        _ = Completion.complete(&line, &completion, names: Self.names, tags: [])
        for scalar in "hi b".unicodeScalars { line.insert(scalar) }
        _ = Completion.complete(&line, &completion, names: Self.names, tags: [])
        #expect(line.text == "@Ana hi bob")
    }

    @Test func aWordIsCompletedInTheMiddleOfALine() {
        var line = InputLine()
        var completion: Completion?
        for scalar in "b rest".unicodeScalars { line.insert(scalar) }
        for _ in 0..<5 { _ = line.edit(.left) }
        _ = Completion.complete(&line, &completion, names: Self.names, tags: [])
        #expect(line.text == "bob rest")
        #expect(String(line.after) == " rest")
    }
}
