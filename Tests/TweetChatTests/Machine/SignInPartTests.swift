import Testing
import TweetClient
import TweetModel
import TweetSystem
import TweetWire

@testable import TweetChat

/// The sign-in by itself; ``SignInTests`` tests it within the machine.
struct SignInPartTests {
    private let ana: Name
    private let login: Credentials

    init() throws {
        ana = try #require(Name("ana"))
        login = Credentials(name: ana, password: try #require(Password("correct horse")))
    }

    private func signIn(canAsk: Bool = true, password: Password? = nil) throws -> SignIn {
        SignIn(
            ChatStart(
                server: "here", name: ana, password: password, canAsk: canAsk, holdsLines: !canAsk, idPrefix: "id",
                resume: try #require(ResumeSecret("0123456789abcdef")), jitter: Jitter { $0.lowerBound },
                secondsFromUTC: { _ in 0 }))
    }

    private func purposes(_ steps: [ChatStep]) -> [PendingRequest] {
        steps.compactMap { if case .request(_, let purpose) = $0 { purpose } else { nil } }
    }

    @Test func aNameIsAskedForAndAPasswordLogsIn() throws {
        var guest = try signIn()
        #expect(guest.firstQuestion == .signingIn(ana))
        #expect(purposes(guest.begin(nil)) == [.name(ana)])
        var account = try signIn(password: login.password)
        #expect(purposes(account.begin(nil)) == [.logIn(login)])
        #expect(account.begin(.name) == [], "somebody is asked")
    }

    @Test func whoHadANameComesBackWithIt() throws {
        var signIn = try signIn()
        let isAnother = signIn.accept(SignIn.Agreement(identity: .account(login), spelled: "Ana", waiting: nil))
        #expect(isAnother && signIn.hasAccount && signIn.name == "Ana")
        let isAnotherAgain = signIn.accept(SignIn.Agreement(identity: .guest(ana), spelled: nil, waiting: nil))
        #expect(!isAnotherAgain && !signIn.hasAccount && signIn.name == "ana")
        signIn.connectionBroke()
        #expect(purposes(signIn.begin(.oldPassword)) == [.name(ana)])
    }

    @Test func aBusyServerIsAskedSoManyTimes() throws {
        for canAsk in [true, false] {
            var signIn = try signIn(canAsk: canAsk)
            var steps: [ChatStep] = []
            for number in 1...ChatLimits.signInRetries {
                steps += signIn.refused(.name(ana), .busy, "busy", at: 1000)
                let isDue = signIn.timePassed(at: 1000 + ChatLimits.signInRetry)
                #expect(isDue, "\(number)")
            }
            #expect(steps == [.trouble("the server says: busy")])
            let last = signIn.refused(.name(ana), .busy, "busy", at: 1000).first
            let reason = "the server cannot give you a name now: busy"
            #expect(last == (canAsk ? .fail(reason) : .quit(.unreachable, reason)))
        }
    }

    @Test func aPasswordThatHoldsNoLongerIsAskedForAndTheNameIsLost() throws {
        var signIn = try signIn(password: login.password)
        _ = signIn.accept(SignIn.Agreement(identity: .account(login), spelled: nil, waiting: nil))
        #expect(
            signIn.refused(.logIn(login), .wrongPassword, "wrong", at: 0)
                == [.dropMessages, .askRefused(.password(ana), "wrong")])
        #expect(signIn.identity == nil && signIn.name == nil)
    }

    @Test func aNameThatIsTakenIsSomebodysOrAnAccounts() throws {
        let guest = WirePerson(name: "ana", status: "online", hasAccount: false)
        for (canAsk, person, expected) in [
            (true, guest, [.fail("the name ana is taken: somebody else has it"), .askUnlessPassword(.name)]),
            (
                false, nil,
                [
                    .countUnsent,
                    .quit(.notPermitted, "the name ana is taken: it belongs to an account, and there is no password"),
                ]
            ),
        ] as [(Bool, WirePerson?, [ChatStep])] {
            var signIn = try signIn(canAsk: canAsk)
            #expect(signIn.ownerAnswered(ana, person, isTypingPassword: false) == expected)
        }
        var signIn = try signIn()
        #expect(signIn.ownerAnswered(ana, nil, isTypingPassword: false).last == .ask(.password(ana)))
    }

    @Test func anAgreementThatALogInOvertakesIsAGuests() throws {
        var signIn = try signIn()
        signIn.grant(SignIn.Agreement(identity: .guest(ana), spelled: "Ana", waiting: 2))
        #expect(signIn.granted?.spelled == "Ana" && signIn.identity == nil)
        signIn.connectionBroke()
        #expect(signIn.granted == nil)
    }
}
