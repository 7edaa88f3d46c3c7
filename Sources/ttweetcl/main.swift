import CSystem
import TweetClient
import TweetSystem

// If the server is gone or the output has no reader, writing fails instead of killing the process.
csystem_ignore_signal(SIGPIPE)
StandardStream.occupyClosed()
exit(OneShot.run())
