import Testing
import TweetModel
import TweetWire

/// The codes of the protocol.
struct WireErrorTests {
    @Test(
        arguments: [
            (.lineTooLong, "line_too_long", true), (.notJSON, "not_json", true), (.notUTF8, "not_utf8", true),
            (.timedOut, "timed_out", true), (.incomplete, "incomplete", true), (.busy, "busy", false),
            (.notPacket, "not_packet", false), (.unknownOperation, "unknown_operation", false),
            (.badBody, "bad_body", false), (.tooLong, "too_long", false),
            (.forbiddenCharacter, "forbidden_character", false), (.idReused, "id_reused", false),
            (.notFresh, "not_fresh", false),
            (.noSuchSequence, "no_such_sequence", false), (.stopping, "stopping", false),
            (.unavailable, "unavailable", false),
            (.unknown, "unknown", false), (.badName, "bad_name", false), (.badPassword, "bad_password", false),
            (.nameNeeded, "name_needed", false), (.accountNeeded, "account_needed", false),
            (.alreadyNamed, "already_named", false), (.nameTaken, "name_taken", false),
            (.wrongPassword, "wrong_password", false), (.noSuchName, "no_such_name", false),
            (.noSuchToken, "no_such_token", false),
            (.toOneself, "to_oneself", false), (.tooMany, "too_many", false), (.notPermitted, "not_permitted", false),
            (.tlsNeeded, "tls_needed", false), (.blocked, "blocked", false), (.inboxFull, "inbox_full", false),
        ] as [(WireError.Code, String, Bool)])
    func aCodeHasItsNameAndItsConsequence(code: WireError.Code, name: String, endsConnection: Bool) {
        #expect(code.rawValue == name)
        #expect(WireError(code, "").endsConnection == endsConnection)
    }

    @Test func thereAreNoOtherCodes() {
        #expect(WireError.Code.allCases.count == 32)
    }

    @Test(
        arguments: [
            (.empty, .badBody), (.notUTF8, .badBody), (.tooManyCharacters(151), .tooLong),
            (.tooManyBytes(5000), .tooLong),
            (.tooManyHashtagBytes(3000), .tooLong), (.forbidden("\n"), .forbiddenCharacter),
        ] as [(TextRefusal, WireError.Code)])
    func aRefusedTextHasACodeAndTheReason(refusal: TextRefusal, code: WireError.Code) {
        #expect(WireError(refusal) == WireError(code, refusal.description))
    }

    @Test(arguments: WireError.Code.allCases)
    func anErrorIsReadBack(code: WireError.Code) {
        let message = "wrong: \"a\\b\" \n\u{1B}[31m é 😀"
        let line = PacketWriter.error(WireError(code, message))
        #expect(line.last == UInt8(ascii: "\n"))
        #expect(answer(line.withoutLineFeed) == .success(.error(code: code.rawValue, message: message)))
    }
}
