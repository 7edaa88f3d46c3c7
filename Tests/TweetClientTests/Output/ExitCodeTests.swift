import Testing
import TweetClient
import TweetWire

/// The table of exit codes, and the exit code for each error of the wire.
struct ExitCodeTests {
    @Test(
        arguments: [
            (.tooLong, .refused, .refused), (.forbiddenCharacter, .refused, .refused), (.idReused, .refused, .refused),
            (.badBody, .refused, .notUnderstood), (.notFresh, .notFresh, .notFresh),
            (.busy, .unreachable, .unreachable),
            (.stopping, .unreachable, .unreachable), (.unavailable, .unreachable, .unreachable),
            (.timedOut, .timedOut, .timedOut), (.unknown, .timedOut, .timedOut),
            (.lineTooLong, .notUnderstood, .notUnderstood), (.notJSON, .notUnderstood, .notUnderstood),
            (.notUTF8, .notUnderstood, .notUnderstood), (.incomplete, .notUnderstood, .notUnderstood),
            (.notPacket, .notUnderstood, .notUnderstood), (.unknownOperation, .notUnderstood, .notUnderstood),
            (.badName, .refused, .refused), (.badPassword, .refused, .refused), (.toOneself, .refused, .refused),
            (.tooMany, .refused, .refused), (.noSuchName, .unknownName, .unknownName),
            (.nameNeeded, .notPermitted, .notPermitted), (.accountNeeded, .notPermitted, .notPermitted),
            (.alreadyNamed, .notPermitted, .notPermitted), (.nameTaken, .notPermitted, .notPermitted),
            (.wrongPassword, .notPermitted, .notPermitted), (.notPermitted, .notPermitted, .notPermitted),
            (.tlsNeeded, .notPermitted, .notPermitted), (.blocked, .notPermitted, .notPermitted),
            (.inboxFull, .refused, .refused), (.noSuchToken, .refused, .refused),
        ] as [(WireError.Code, ExitCode, ExitCode)])
    func anErrorOfTheWireHasItsExitCode(code: WireError.Code, ofUpload: ExitCode, ofDownload: ExitCode) {
        #expect(ExitCode(wireCode: code.rawValue, isUpload: true) == ofUpload)
        #expect(ExitCode(wireCode: code.rawValue, isUpload: false) == ofDownload)
    }

    @Test(arguments: ["teapot", ""])
    func aCodeThatThisVersionDoesNotKnowIsNotUnderstood(code: String) {
        #expect(ExitCode(wireCode: code, isUpload: true) == .notUnderstood)
        #expect(ExitCode(wireCode: code, isUpload: false) == .notUnderstood)
    }

    @Test func theNumbersAreTheDocumentedOnes() {
        #expect(ExitCode.allCases.map(\.rawValue) == [0, 64, 65, 66, 67, 68, 69, 74, 75, 76, 77, 78])
    }
}
