import TweetClient
import TweetModel

/// What `--help` and `--version` print.
enum Help {
    static var version: [UInt8] { Array("ttweetcl \(Version.text)\n".utf8) }

    static var text: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(usage)
        for code in ExitCode.allCases {
            let number = String(code.rawValue)
            bytes.append(contentsOf: (String(repeating: " ", count: 4 - number.utf8.count) + number + "  ").utf8)
            bytes.append(code.meaning)
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }

    private static let usage: StaticString = """
        Uploads one short message to a ttweet server, or downloads the last one, and exits.

          ttweetcl -u HOST PORT MESSAGE           upload MESSAGE; "" resets the last one, - reads it from standard input
          ttweetcl -u HOST PORT --lines           upload each line of standard input as a message
          ttweetcl -d HOST PORT [TAG]             download the last message, or the last one with the hashtag TAG
          ttweetcl -d HOST PORT [TAG] --follow    print messages as they come, until it is interrupted
          ttweetcl -d HOST PORT [TAG] --wait      wait for the next message and print it

          ttweetcl -u HOST PORT MESSAGE --to NAME[,NAME...] --user ME    send a private message
          ttweetcl -d HOST PORT --inbox --user ME    print the pending private messages, which are read then
          ttweetcl -d HOST PORT --sent --user ME     list the private messages that ME has sent
          ttweetcl --signup HOST PORT --user ME      make the account ME
          ttweetcl --passwd HOST PORT --user ME      change its password
          ttweetcl --who HOST PORT [NAME]            print who there is, or how it is with NAME

        HOST is a name, an IPv4 or an IPv6 address. The # of TAG may be left out. Options stand anywhere; -- ends them.

          -u                      upload
          -d                      download
          -n COUNT                download the newest COUNT, oldest first (1 to 1000); with --follow, those first
              --since SEQ         what came after the message with the sequence SEQ; with --follow or --wait first that
              --clean             of what is uploaded: tabs and line ends become spaces, colour sequences and control
                                  characters go
              --truncate          cut what is too long to upload, with … as the last character
              --as NAME           upload as a guest of that name
              --exec COMMAND      with --follow or --wait: run the program COMMAND for each message, see below
          -q                      print the bare text alone, for an upload nothing
              --long              print one message a line with its time and its author
              --json              print one JSON object a line: seq, time, author, text, tags, epoch_ms
              --user ME           log in to the account ME; an upload bears the name
              --password-file FILE        the password is the first line of FILE
              --new-password-file FILE    with --passwd: so is the new one
              --keep              with --inbox: the messages stay pending
              --count             with --inbox: print how many are pending; 66 when none is
              --archive           with --inbox: print the ones that were read; -n is the newest so many
              --max-age DURATION  fail when there is nothing that fresh
              --timeout DURATION  give up after that time, for the whole run (10 s); --follow and --wait go on
                                  without end where it is not given
              --retry DURATION    with -u: begin new tries for that time while the server cannot be reached, is
                                  stopping or busy; --timeout is the time of each then
              --log FILE          append this client's own reports to FILE
          -h, --help              print this
              --version           print the version

        A DURATION is a number of seconds or has its unit: 5, 0.5, 90s, 15m, 25h, 2d, 500ms.

        A message has at most 150 characters, on one line. Where a connection breaks before the answer, an upload is
        sent again with the same id until the time is over; the server stores it once. --follow and --wait connect again
        by themselves, say so, and go on where they were; SIGINT and SIGTERM end --follow with the exit code 0.

        --lines sends every line, names the refused ones by number, and ends with the code of the first of them; empty
        lines are passed over. While standard input is open it waits for a server that has gone; SIGINT and SIGTERM end
        the reading, and what was read is sent.

        The password is in --password-file, else in TTWEET_PASSWORD, else it is asked for at the terminal; the new one of
        --passwd in --new-password-file, else in TTWEET_NEW_PASSWORD, else it is asked for as well. It is never an
        argument: others could see it.

        COMMAND is looked up in PATH and gets no arguments; one runs after the other. Its standard input is empty, and
        its environment has TTWEET_TEXT, TTWEET_SEQ, TTWEET_TIME, TTWEET_AUTHOR (where there is one), TTWEET_TAGS,
        TTWEET_HOST and TTWEET_PORT. When it fails that is said on standard error, and following goes on; one
        that cannot be started any more is tried again for two seconds first.

        Exit codes:

        """
}
