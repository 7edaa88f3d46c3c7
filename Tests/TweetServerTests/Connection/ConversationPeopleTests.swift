import Testing
import TweetModel
import TweetWire

@testable import TweetServer

/// The requests that each identity may make, and the requests that wait for an answer.
struct ConversationPeopleTests {
    private static let ana = Name(stored: "ana")
    private static let identities: [Identity] = [.nobody, .guest(ana), .account(ana), .theOperator]

    /// The actions that a line from an identity causes.
    private func actions(_ line: String, _ identity: Identity, requiresAccount: Bool = false) -> [String] {
        var driver = ConversationDriver(identity, requiresAccount: requiresAccount)
        driver.receive(line + "\n" + #"["d",""]"# + "\n")
        while !driver.uploads.isEmpty { driver.answerUploads(1) }
        return driver.actions
    }

    // MARK: The identity that an operation needs

    /// A second statement of the table, so that a slip in the first one fails.
    private static func refusal(of operation: Operation, to identity: Identity) -> String? {
        switch (operation, identity) {
        case (.upload, _), (.download, _), (.follow, _), (.unfollow, _), (.ping, _), (.takeName, _), (.signUp, _),
            (.logIn, _), (.directory, _), (.tags, _), (.search, _):
            nil
        case (.join, .guest), (.leave, .guest), (.hide, .guest), (.show, .guest), (.away, .guest), (.back, .guest),
            (.message, .guest):
            nil
        case (.join, .account), (.leave, .account), (.hide, .account), (.show, .account), (.away, .account),
            (.back, .account), (.message, .account), (.changePassword, .account), (.inbox, .account),
            (.markRead, .account), (.sent, .account), (.block, .account), (.unblock, .account), (.blocked, .account):
            nil
        case (.token, .account), (.tokens, .account), (.removeToken, .account): nil
        case (.token, _), (.tokens, _), (.removeToken, _): "account_needed"
        case (.addAccount, .theOperator), (.resetPassword, .theOperator), (.removeAccount, .theOperator),
            (.stats, .theOperator), (.stats, .account):
            nil
        case (.join, _), (.leave, _), (.hide, _), (.show, _), (.away, _), (.back, _), (.message, _): "name_needed"
        case (.changePassword, _), (.inbox, _), (.markRead, _), (.sent, _), (.block, _), (.unblock, _), (.blocked, _):
            "account_needed"
        case (.addAccount, _), (.resetPassword, _), (.removeAccount, _), (.stats, _): "not_permitted"
        }
    }

    @Test(arguments: Operation.allCases, identities)
    func anOperationIsForThoseWhoHaveWhatItNeeds(operation: Operation, identity: Identity) {
        let actions = actions(operation.sample, identity)
        let expected: String =
            switch operation {
            case .upload: "upload \"hello #swift\""
            case .download: "download count=5"
            default: Self.refusal(of: operation, to: identity).map { "refuse \($0)" } ?? "perform \(operation.rawValue)"
            }
        #expect(actions == [expected, "last message"], "and the connection goes on")
    }

    @Test func whatIsWrongIsToldBeforeWhatIsNeeded() {
        #expect(actions(#"["inbox",{"count":0}]"#, .nobody).first == "refuse bad_body")
        #expect(actions(#"["join","x"]"#, .nobody).first == "refuse bad_body")
        #expect(actions(#"["remove_account","no way"]"#, .nobody).first == "refuse bad_name")
    }

    // MARK: Order

    @Test(arguments: Operation.allCases.filter { $0 != .upload })
    func aRequestWaitsForTheUploadsBeforeIt(operation: Operation) {
        for identity in Self.identities {
            var driver = ConversationDriver(identity)
            driver.receive("[\"u\",\"a\"]\n\(operation.sample)\n")
            #expect(driver.actions == ["upload \"a\""])
            #expect(driver.isWaiting)
            driver.answerUploads(1)
            #expect(driver.actions.count == 2)
        }
    }

    @Test(arguments: Operation.allCases)
    func whateverFollowsWaitsForAnAnswerThatTakesItsTime(operation: Operation) {
        var driver = ConversationDriver()
        driver.receive(#"["login",{"name":"ana","password":"correct horse"}]"# + "\n")
        driver.answerBegan()
        driver.receive(operation.sample + "\n")
        #expect(driver.actions == ["perform login"])
        #expect(driver.isWaiting)
        driver.answerEnded()
        #expect(driver.actions.count == 2)
    }

    @Test func aRequestBehindALogInIsMadeByWhoHasLoggedIn() {
        var driver = ConversationDriver(requiresAccount: true)
        driver.receive(#"["login",{"name":"ana","password":"correct horse"}]"# + "\n")
        driver.answerBegan()
        driver.receive(#"["u",{"text":"hello","author":"Ana"}]"# + "\n" + #"["inbox",""]"# + "\n")
        driver.become(.account(Self.ana))
        driver.answerEnded()
        driver.answerUploads(1)
        #expect(driver.actions == ["perform login", "upload \"hello\"", "perform inbox"])
    }

    @Test func aRequestBehindALogInThatFailsIsMadeByNobody() {
        var driver = ConversationDriver()
        driver.receive(#"["login",{"name":"ana","password":"correct horse"}]"# + "\n")
        driver.answerBegan()
        driver.receive(#"["u",{"text":"hello","author":"ana"}]"# + "\n" + #"["inbox",""]"# + "\n")
        driver.answerEnded()
        #expect(driver.actions == ["perform login", "refuse not_permitted", "refuse account_needed"])
    }

    @Test func theEndOfTheStreamWaitsForAnAnswerThatTakesItsTime() {
        var driver = ConversationDriver()
        driver.receive(#"["signup",{"name":"ana","password":"correct horse"}]"# + "\n")
        driver.answerBegan()
        driver.end()
        #expect(driver.actions == ["perform signup"])
        driver.answerEnded()
        #expect(driver.actions == ["perform signup", "finish"])
    }

    // MARK: Authors

    @Test(arguments: [
        ("ana", Identity.nobody, false), ("ana", .guest(ana), true), ("ANA", .guest(ana), true),
        ("Ana", .account(ana), true), ("bob", .guest(ana), false), ("bob", .account(ana), false),
        ("ana", .theOperator, false),
    ])
    func anAuthorIsWhoTheConnectionSpeaksFor(author: String, identity: Identity, isPermitted: Bool) {
        let actions = actions(#"["u",{"text":"hello","author":"\#(author)"}]"#, identity)
        #expect(actions == [isPermitted ? "upload \"hello\"" : "refuse not_permitted", "last message"])
    }

    @Test func aRefusedAuthorWaitsForTheUploadsBeforeIt() {
        var driver = ConversationDriver()
        driver.receive("[\"u\",\"a\"]\n" + #"["u",{"text":"hello","author":"ana"}]"# + "\n")
        #expect(driver.actions == ["upload \"a\""])
        driver.answerUploads(1)
        #expect(driver.actions == ["upload \"a\"", "refuse not_permitted"])
    }

    @Test func aResetHasAnAuthorToo() {
        #expect(actions(#"["u",{"text":"","author":"ana"}]"#, .nobody).first == "refuse not_permitted")
        #expect(actions(#"["u",{"text":"","author":"ana"}]"#, .guest(Self.ana)).first == "upload reset")
    }

    // MARK: Uploads from accounts only

    @Test(arguments: identities, ["\"hello\"", "\"\"", #"{"text":"hello","id":"7"}"#])
    func whereAccountsAreRequiredNobodyElseUploads(identity: Identity, body: String) {
        let isPermitted = identity == .account(Self.ana)
        let action = actions("[\"u\",\(body)]", identity, requiresAccount: true).first
        #expect(action?.hasPrefix("upload ") == isPermitted)
        #expect((action == "refuse not_permitted") == !isPermitted)
    }

    @Test(arguments: Operation.allCases.filter { $0 != .upload }, identities)
    func whereAccountsAreRequiredAllElseIsAsEver(operation: Operation, identity: Identity) {
        #expect(
            actions(operation.sample, identity, requiresAccount: true) == actions(operation.sample, identity))
    }

    @Test(arguments: ["u\nhello", "u\n", "u\n\n"])
    func whereAccountsAreRequiredTheOriginalsUploadIsRefused(stream: String) {
        var driver = ConversationDriver(requiresAccount: true)
        driver.receive(stream)
        #expect(driver.actions == [])
        driver.end()
        #expect(driver.actions == ["reset not_permitted"])
        #expect(driver.uploads.isEmpty)
    }

    @Test func whereAccountsAreRequiredTheOriginalsDownloadIsAnswered() {
        var driver = ConversationDriver(requiresAccount: true)
        driver.receive("d\n")
        #expect(driver.actions == ["original download"])
    }

    // MARK: A server that stops

    @Test(arguments: Operation.allCases)
    func whatIsAskedOfAServerThatStopsIsRefused(operation: Operation) {
        var driver = ConversationDriver(.account(Self.ana))
        driver.stop()
        driver.receive(operation.sample + "\n")
        #expect(driver.actions == ["end stopping"])
    }
}
