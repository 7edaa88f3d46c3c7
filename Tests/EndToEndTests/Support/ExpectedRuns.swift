import Testing

/// Checks that an operator's command succeeded and printed one line.
func expectDone(_ result: Completed, _ text: String, _ location: SourceLocation = #_sourceLocation) {
    #expect(result.output == text + "\n", sourceLocation: location)
    #expect(result.errors == "", sourceLocation: location)
    #expect(result.exitCode == 0, sourceLocation: location)
}

/// Checks that an operator's command failed with an exit code and one report on standard error.
func expectRefused(
    _ result: Completed, _ exitCode: Int32, _ text: String, _ location: SourceLocation = #_sourceLocation
) {
    #expect(result.exitCode == exitCode, sourceLocation: location)
    #expect(result.output == "", sourceLocation: location)
    let report = result.errors.wholeMatch(of: /SERVER \[ERROR\] \S{24} (.*)\n/)?.1
    #expect(report ?? "" == text, sourceLocation: location)
}

/// Checks that a run of the one-shot client failed with an exit code and one report on standard error.
func expectFailure(
    _ result: Completed, _ exitCode: Int32, _ text: String, _ location: SourceLocation = #_sourceLocation
) {
    #expect(result.exitCode == exitCode, sourceLocation: location)
    #expect(result.output == "", sourceLocation: location)
    let report = result.errors.wholeMatch(of: /CLIENT \[ERROR\] \S{24} (.*)\n/)?.1
    #expect(report?.contains(text) == true, "\(result.errors)", sourceLocation: location)
}
