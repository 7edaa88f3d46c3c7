import Testing
import TweetModel

@testable import TweetClient

/// Messages made to fit by the options, and the option that an error suggests.
struct MessageFittingTests {
    private let long = String(repeating: "x", count: 151)

    private func refusal(
        _ text: String, _ fitting: MessageFitting = MessageFitting(), isWhole: Bool = true
    ) -> String? {
        do throws(ClientError) {
            _ = try fitting.message(of: Array(text.utf8), isWhole: isWhole)
            return nil
        } catch {
            #expect(error.exitCode == .refused)
            return error.text
        }
    }

    @Test func anErrorNamesTheOptionThatHelps() {
        #expect(refusal(long)?.hasSuffix("; --truncate cuts it") == true)
        #expect(refusal("a\tb")?.hasSuffix("; --clean makes it a space") == true)
        #expect(refusal("a\u{1B}b")?.hasSuffix("; --clean removes it") == true)
        #expect(refusal("a\nb")?.contains("; --clean makes it one line") == true)
        #expect(refusal("", MessageFitting(cleans: true)) == "the message is empty")
    }

    @Test func anOptionThatIsGivenIsNotAdvised() {
        #expect(refusal("a\tb", MessageFitting(truncates: true))?.contains("--clean") == true)
        #expect(refusal(long, MessageFitting(cleans: true))?.contains("--truncate") == true)
        #expect(refusal("a\tb" + long, MessageFitting(cleans: true, truncates: true)) == nil)
    }

    @Test func whatWasDoneIsTold() throws {
        let both = MessageFitting(cleans: true, truncates: true)
        let plain = try #require(try both.message(of: Array("plain é".utf8)))
        #expect(!plain.wasCleaned && !plain.wasTruncated)
        let changed = try #require(try both.message(of: Array("\t\(long)".utf8)))
        #expect(changed.wasCleaned && changed.wasTruncated)
        #expect(try both.message(of: Array("\u{1B}[0m\n".utf8)) == nil)
    }

    /// The client keeps standard input only up to a limit.
    @Test func aMessageThatIsNotWholeIsCutOrRefused() throws {
        let most = [UInt8](repeating: 0x78, count: ClientLimits.inputBytes)
        #expect(try MessageFitting(truncates: true).message(of: most, isWhole: false)?.wasTruncated == true)
        #expect(throws: ClientError.self) { try MessageFitting(cleans: true).message(of: most, isWhole: false) }
        // The kept bytes do not show that more followed.
        let colours = String(repeating: "\u{1B}[0m", count: ClientLimits.inputBytes / 4)
        let both = MessageFitting(cleans: true, truncates: true)
        #expect(refusal(colours + "x", both, isWhole: false)?.contains("longer than 65536 bytes") == true)
    }

    /// The bytes dropped beyond the limit would have been part of the message.
    @Test(arguments: ["\0", "\u{1B}[31m"]) func ofTooMuchThatIsCleanedAwayNothingIsMade(noise: String) {
        let both = MessageFitting(cleans: true, truncates: true)
        let noise = String(repeating: noise, count: ClientLimits.inputBytes / noise.utf8.count)
        for text in [noise, noise + "abc"] {
            #expect(refusal(text, both, isWhole: false) == "the message is longer than 65536 bytes")
        }
        #expect(refusal(noise + String(repeating: "x", count: 200), both, isWhole: false) == nil)
    }

    @Test func aLineEndBecomesASpaceInTheAdviceToo() {
        for text in ["a\rb", "a\u{2028}b", "a\u{85}b"] {
            #expect(refusal(text)?.hasSuffix("; --clean makes it a space") == true, "\(text)")
        }
        #expect(refusal("a\u{202E}b")?.hasSuffix("; --clean removes it") == true)
    }

    @Test func aMessageThatIsOneLongHashtagIsNotCutToNothing() {
        let text = "#" + String(repeating: "重", count: 160)
        #expect(refusal(text, MessageFitting(truncates: true))?.contains("leaves nothing of the message") == true)
    }

    @Test func cutAndWholeTextsAreToldApartByMoreThanTheirLength() throws {
        // The mark has three bytes, as many as the text that it replaces.
        let text = String(repeating: "x", count: 149) + "a\u{300}" + "b"
        let fitted = try #require(try MessageFitting(truncates: true).message(of: Array(text.utf8)))
        #expect(fitted.wasTruncated)
        #expect(fitted.text.string == String(repeating: "x", count: 149) + "…")
    }
}
