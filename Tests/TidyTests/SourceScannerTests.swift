import Testing

/// The scanner that the rules about code rely on.
struct SourceScannerTests {
    @Test(arguments: [
        ("let a = 1 // one\n", "let a = 1 ", "// one"),
        ("a /* b /* c */ d */ e", "a  e", "/* b /* c */ d */"),
        (#"f("{ // \" }")"#, #"f("")"#, ""),
        (#"f("a\(g("}", (1)))b") }"#, #"f("") }"#, ""),
        (##"f(#"" \( }"#) }"##, ##"f(#""#) }"##, ""),
        (##"f(#"\#(g("}"))"#) }"##, ##"f(#""#) }"##, ""),
        ("f(\"\"\"\n  \"{\" // x\n  \"\"\")", "f(\"\"\"\n\n\"\"\")", "\n\n"),
        (#"x.firstMatch(of: /a"\/{2}/) // b"#, "x.firstMatch(of: //) ", "// b"),
        (#"x.replacing(#/ /{/#, with: "")"#, #"x.replacing(#//#, with: "")"#, ""),
        (##"[#"""#, "{", #""""#, "}"]"##, ##"[#""#, "", #""#, ""]"##, ""),
        ("a / b / c", "a / b / c", ""),
        ("#if DEBUG\n#expect(a)", "#if DEBUG\n#expect(a)", "\n"),
    ])
    func codeAndCommentsAreToldApart(source: String, code: String, comments: String) {
        let parts = SourceScanner.parts(of: source)
        #expect(parts.code == SourceScanner.lines(code.utf8))
        #expect(parts.comments == SourceScanner.lines(comments.utf8))
    }

    @Test func eachTextHasTheLinesOfTheFile() {
        for file in Repository.sources + Repository.tests {
            #expect(file.code.count == file.lines.count, "\(file.path)")
            #expect(file.comments.count == file.lines.count, "\(file.path)")
        }
    }
}
