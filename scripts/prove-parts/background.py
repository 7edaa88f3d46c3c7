"""A process of its own for a load, so that it does not delay what is measured."""

import asyncio
import multiprocessing
import signal

CONTEXT = multiprocessing.get_context("fork")


def work(function, arguments):
    # The parent's handlers belong to its own children.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    asyncio.run(function(*arguments))


class Background:
    """Runs a coroutine in a process of its own, until the context ends."""

    def __init__(self, function, *arguments):
        self.process = CONTEXT.Process(target=work, args=(function, arguments), daemon=True)

    def __enter__(self):
        self.process.start()
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.join()
