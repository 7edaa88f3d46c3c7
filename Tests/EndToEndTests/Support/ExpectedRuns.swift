import Testing

/// Checks that one of the operator's commands did what it says.
func expectDone(_ result: Completed, _ text: String, _ location: SourceLocation = #_sourceLocation) {
    #expect(result.output == text + "\n", sourceLocation: location)
    #expect(result.errors == "", sourceLocation: location)
    #expect(result.exitCode == 0, sourceLocation: location)
}

/// Checks that one of them ended with an exit code and one report on standard error.
func expectRefused(
    _ result: Completed, _ exitCode: Int32, _ text: String, _ location: SourceLocation = #_sourceLocation
) {
    #expect(result.exitCode == exitCode, sourceLocation: location)
    #expect(result.output == "", sourceLocation: location)
    let report = result.errors.wholeMatch(of: /SERVER \[ERROR\] \S{24} (.*)\n/)?.1
    #expect(report ?? "" == text, sourceLocation: location)
}

/// Checks that a run of the one-shot client ended with an exit code and one report on standard error.
func expectFailure(
    _ result: Completed, _ exitCode: Int32, _ text: String, _ location: SourceLocation = #_sourceLocation
) {
    #expect(result.exitCode == exitCode, sourceLocation: location)
    #expect(result.output == "", sourceLocation: location)
    let report = result.errors.wholeMatch(of: /CLIENT \[ERROR\] \S{24} (.*)\n/)?.1
    #expect(report?.contains(text) == true, "\(result.errors)", sourceLocation: location)
}
