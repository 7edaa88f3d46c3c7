import Testing
import TweetModel

@testable import TweetChat

/// Every case of the rule that ``TypeAheadGuard`` states.
struct TypeAheadGuardTests {
    private static let questions: [Question?] =
        [nil, .name, .changingPassword, .oldPassword]
        + [Name("ana")].compactMap { $0 }.flatMap { [.signingIn($0), .password($0), .newPassword($0)] }

    @Test(arguments: questions, questions)
    func onlyAResetDropsAndThenOnlyWhatIsTypedOrAPassword(former: Question?, next: Question?) {
        for hasInput in [false, true] {
            var guarding = TypeAheadGuard()
            #expect(guarding.decide(at: 0, from: former, to: next, hasInput: hasInput) == .keep)
            let isDropped = hasInput || (former?.asksPassword == true && former != next)
            let decision = guarding.decide(at: 1, from: former, to: next, hasInput: hasInput)
            #expect(decision == (isDropped ? .dropToEnter : .keep))
            #expect(guarding.decide(at: 1, from: former, to: next, hasInput: hasInput) == .keep, "once for each reset")
        }
    }

    @Test func severalResetsAreDecidedAboutAtOnce() {
        var guarding = TypeAheadGuard()
        #expect(!guarding.isReset(at: 0))
        #expect(guarding.isReset(at: 3))
        #expect(guarding.decide(at: 3, from: nil, to: .name, hasInput: true) == .dropToEnter)
        #expect(!guarding.isReset(at: 3))
        #expect(guarding.isReset(at: 4))
    }
}
