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
        help.paragraph("Options stand anywhere; -- ends them, before a message that begins with a dash.")
        for option in Invocation.Option.allCases {
            let left = option.value.map { "\(option.spelling) \($0)" } ?? option.spelling
            if let right = option.help { help.row(left, right, column: 24) }
        }
        help.row("-h, --help", "print this; works only alone", column: 24)
        help.row("--version", "print the version; works only alone", column: 24)
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
        ("-d SERVER [TAG]... --follow", "print messages as they come, until it is interrupted"),
        ("-d SERVER [TAG]... --wait", "wait for the next message and print it"),
        ("-d SERVER --inbox --user ME", "print the pending private messages, which are read then"),
        ("-d SERVER --sent --user ME", "list the private messages that ME has sent to accounts; guests are left out"),
        ("--signup SERVER --user ME", "make the account ME"),
        ("--passwd SERVER --user ME", "change its password"),
        ("--who SERVER [NAME]", "list all names with their status, or show the status of NAME"),
    ]

    private static let servers = [
        ("HOST PORT", "two words: a name, an IPv4 or an IPv6 address, and a number"),
        ("HOST:PORT", "one word: example.org:13001, [::1]:13001"),
        (
            "nothing",
            """
            then it is --server, else TTWEET_HOST and TTWEET_PORT, else in the configuration file: server = HOST:PORT, or \
            host and port as the server's own file has them
            """
        ),
    ]

    private static let operands = [
        """
        The # of TAG may be left out, but not of a second one that is a number: two words of which the second is a number \
        are HOST PORT. A single MESSAGE that reads as HOST:PORT needs its server as --server or HOST PORT.
        """
    ]

    private static let explanations = [
        "A DURATION is a number of seconds or has its unit: 5, 0.5, 90s, 15m, 25h, 2d, 500ms.",
        """
        A message has at most 150 characters, on one line. Where a connection breaks before the answer, an upload is sent \
        again with the same id until the time is over; the server stores it once. --follow and --wait connect again by \
        themselves, say so, and go on where they were; SIGINT and SIGTERM end --follow with the exit code 0.
        """,
        """
        --lines sends every line, names the refused ones by number, and ends with the code of the first of them; empty \
        lines are ignored. While standard input is open it waits for a server that has gone; SIGINT and SIGTERM end \
        the reading, and what was read is sent.
        """,
        """
        The password is in --password-file, else in TTWEET_PASSWORD, else it is asked for at the terminal; the new one of \
        --passwd in --new-password-file, else in TTWEET_NEW_PASSWORD, else it is asked for as well. It is never an \
        argument: others could see it.
        """,
        """
        COMMAND is looked up in PATH at the start and gets the ARGs, all words to the end of the line; one run follows the \
        other. Its standard input is empty, and its environment has TTWEET_TEXT, TTWEET_SEQ, TTWEET_TIME, TTWEET_AUTHOR \
        (where there is one), TTWEET_TAGS, TTWEET_HOST and TTWEET_PORT. A failure is reported on standard error, and \
        following goes on; --wait ends with its exit code, 128 and the number for a signal. One that cannot be started any \
        more is tried again for two seconds first.
        """,
    ]
}
