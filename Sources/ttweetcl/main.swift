import CSystem
import TweetClient
import TweetSystem

// Neither a server that has gone nor an output that nobody reads kills the process: the write fails instead.
csystem_ignore_signal(SIGPIPE)
StandardStream.occupyClosed()
exit(OneShot().run())
