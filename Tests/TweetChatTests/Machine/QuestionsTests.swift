import Testing
import TweetModel
import TweetWire

@testable import TweetChat

struct QuestionsTests {
    private static func situation(
        canAsk: Bool = true, name: String? = "ana", hasAccount: Bool = false, isConnected: Bool = true
    ) -> Questions.Situation {
        Questions.Situation(
            canAsk: canAsk, hasPassword: false, name: name, hasAccount: hasAccount, isConnected: isConnected,
            isHere: isConnected && name != nil)
    }

    private func asking(_ question: Question?) -> Questions {
        var questions = Questions()
        questions.ask(question)
        return questions
    }

    @Test func aPasswordThatIsAskedForIsNotReplacedByItself() throws {
        let bob = try #require(Name("bob"))
        for question in [Question.password(bob), .newPassword(bob), .oldPassword, .noPassword] {
            var questions = asking(question)
            questions.askUnlessPassword(.name)
            questions.endWaiting()
            #expect(questions.current == question)
            #expect(questions.askRefused(.oldPassword, "no", Self.situation()) == [.fail("no")])
            #expect(questions.current == question)
        }
        for question in [nil, Question.name, .signingIn(bob), .changingPassword] {
            var questions = asking(question)
            questions.askUnlessPassword(.oldPassword)
            #expect(questions.current == .oldPassword)
        }
    }

    @Test func aWaitEndsAndAQuestionDoesNot() throws {
        for (question, next) in [
            (Question.changingPassword, nil), (.signingIn(try #require(Name("bob"))), nil), (.name, Question.name),
        ] {
            var questions = asking(question)
            questions.endWaiting()
            #expect(questions.current == next)
        }
    }

    @Test(
        arguments: [
            (Question.oldPassword, situation(canAsk: false), "there is no password: TTWEET_PASSWORD is not set"),
            (.oldPassword, situation(hasAccount: true, isConnected: false), "there is no connection now"),
            (.oldPassword, situation(), "there is no password to change: you have no account"),
            (.oldPassword, situation(hasAccount: true), nil),
            (.changingPassword, situation(hasAccount: true), "you are logged in as ana"),
            (.changingPassword, situation(name: nil, isConnected: false), nil),
        ] as [(Question, Questions.Situation, String?)])
    func aPasswordIsAskedForOnlyWhereItIsOfUse(
        question: Question, situation: Questions.Situation, refusal: String?
    ) {
        var questions = Questions()
        #expect(questions.askPassword(question, situation)?.reason == refusal)
        #expect(questions.current == (refusal == nil ? question : nil))
    }

    @Test func anAccountIsMadeWithAPasswordTypedTwice() throws {
        let bob = try #require(Name("bob"))
        let password = try #require(Password("correct horse"))
        var questions = asking(.newPassword(bob))
        #expect(questions.answer("correct horse", Self.situation()) == [])
        #expect(questions.current == .newPasswordAgain(bob, password))
        #expect(
            questions.answer("correct horse", Self.situation())
                == [.signUp(Credentials(name: bob, password: password))])
    }

    @Test func nothingIsTakenWhileTheServerIsAsked() {
        var questions = asking(.changingPassword)
        #expect(questions.answer("/quit", Self.situation()) == [.leave])
        #expect(questions.answer("", Self.situation()) == [])
        #expect(questions.answer("hello", Self.situation()).count == 1)
        #expect(questions.current == .changingPassword)
    }
}
