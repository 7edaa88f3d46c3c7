import TweetClient
import TweetModel
import TweetSystem
import TweetCommandLine

/// The output of `--help` and `--version`.
enum Help {
    static var version: [UInt8] { Array("ttweetcl \(Version.text)\n".utf8) }

    static var text: [UInt8] {
        var help = HelpText(usage: usage)
        for (left, right) in runs { help.row(left, right, column: 6) }
        help.paragraph("SERVER is")
        for (left, right) in servers { help.row(left, right, column: 21) }
        for text in operands { help.paragraph(text) }
        help.paragraph("Options may stand anywhere before --; put that in front of a message that begins with a dash.")
        for option in Invocation.Option.allCases {
            let left = option.value.map { "\(option.spelling) \($0)" } ?? option.spelling
            if let right = option.help { help.row(left, right, column: 24) }
        }
        help.row("-h, --help", "print this help; must be the only argument", column: 24)
        help.row("--version", "print the version; must be the only argument", column: 24)
        for text in explanations { help.paragraph(text) }
        help.paragraph("Exit codes:")
        for code in ExitCode.allCases { help.row(String(code.rawValue), "\(code.meaning)", column: 6) }
        return Array(help.text.utf8)
    }

    private static let usage = """
        Usage: ttweetcl -u [SERVER] MESSAGE [OPTION]...
           or: ttweetcl -d [SERVER] [TAG]... [OPTION]...
        Uploads one short message to a ttweet server, or downloads the last one, and
        exits.

        """

    private static let runs = [
        ("-u SERVER MESSAGE", "upload MESSAGE; \"\" resets the last one, - reads it from standard input"),
        ("-u SERVER --lines", "upload each line of standard input"),
        ("-u SERVER MESSAGE --to NAME[,NAME...] --user ME", "send a private message"),
        ("-d SERVER [TAG]...", "download the last message, or the last one with one of the hashtags"),
        ("-d SERVER [TAG]... --follow", "print messages as they come, until interrupted"),
        ("-d SERVER [TAG]... --wait", "wait for the next message and print it"),
        ("-d SERVER --inbox --user ME", "print the pending private messages, which are read then"),
        ("-d SERVER --sent --user ME", "list the private messages that ME has sent to accounts; guests are left out"),
        ("--signup SERVER --user ME", "make the account ME"),
        ("--passwd SERVER --user ME", "change the password of ME"),
        ("--block NAME SERVER --user ME", "take no more private messages from NAME; --unblock NAME undoes it"),
        ("--blocked SERVER --user ME", "list the names that ME has blocked"),
        ("-d SERVER --search WORDS", "print the messages that have all WORDS, the newest first"),
        ("-d SERVER --tags", "list the hashtags in use with their numbers of messages, the latest first"),
        (
            "--new-token MAY SERVER --user ME",
            "print a new token of ME, which may send, read:TAG or do everything; --tokens lists them, --remove-token ID ends one"
        ),
        ("--who SERVER [NAME]", "list all names with their status, or show the status of NAME"),
    ]

    private static let servers = [
        ("HOST PORT", "two words: a name, an IPv4 or an IPv6 address, and a number"),
        ("HOST:PORT", "one word: example.org:13001, [::1]:13001"),
        (
            "nothing",
            """
            then --server gives it, else TTWEET_HOST and TTWEET_PORT, else the configuration file: server = HOST:PORT, or \
            host and port as in the server's own file
            """
        ),
    ]

    private static let operands = [
        """
        A TAG needs no #, unless it is the second word and a number: two words of which the second is a number are \
        HOST PORT. If a single MESSAGE looks like HOST:PORT, give the server as --server or HOST PORT.
        """
    ]

    private static let explanations = [
        "A DURATION is a number of seconds, or a number with a unit: 5, 0.5, 90s, 15m, 25h, 2d, 500ms.",
        """
        A message is one line of at most 150 characters. If the connection breaks before the answer, an upload is sent \
        again with the same id until the time is up; the server stores it once. --follow and --wait reconnect by \
        themselves, say so, and continue where they were; SIGINT and SIGTERM end --follow with the exit code 0.
        """,
        """
        --lines sends every line, reports refused ones by number, and exits with the code of the first of them; empty \
        lines are ignored. While standard input is open, it waits for a server that is gone. On SIGINT or SIGTERM it \
        stops reading and sends what it has read.
        """,
        """
        The password comes from --password-file, else from TTWEET_PASSWORD, else the terminal asks for it; the new \
        password of --passwd comes from --new-password-file, else from TTWEET_NEW_PASSWORD, else the terminal asks for \
        it too. A password is never an argument: others could see it. \
        Where --user ME is needed, a token does as well: --token-file, else TTWEET_TOKEN.
        """,
        """
        COMMAND is looked up in PATH at the start and gets the ARGs, which are all words up to the end of the line; it is \
        run for one message after the other. Its standard input is empty, and its environment has TTWEET_TEXT, \
        TTWEET_SEQ, TTWEET_TIME, TTWEET_AUTHOR (if there is one), TTWEET_ACCOUNT=1 (if the author was logged in to an \
        account), TTWEET_TAGS, TTWEET_HOST and TTWEET_PORT. A failed run \
        is reported on standard error, and following continues; --wait exits with the code of COMMAND, or with 128 plus \
        the number of the signal that ended it. If COMMAND can no longer be started, it is retried for two seconds. \
        It runs in a process group of its own: a signal that ends ttweetcl ends the whole group first, and what is left \
        of it after five seconds is killed.
        """,
    ]
}
