"""A process of its own for a load, so that it does not delay what is measured."""

import asyncio
import logging
import multiprocessing
import os
import signal
from contextlib import contextmanager

from proof import ProveError

CONTEXT = multiprocessing.get_context("fork")


def work(function, arguments):
    # The parent's handlers belong to its own children.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    # Connections that break are what these loads are for.
    logging.getLogger("asyncio").setLevel(logging.ERROR)
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


async def hinder(pid, stopped, running):
    """Stops and continues a process again and again."""
    while True:
        os.kill(pid, signal.SIGSTOP)
        await asyncio.sleep(stopped)
        os.kill(pid, signal.SIGCONT)
        await asyncio.sleep(running)


@contextmanager
def hindered(run, server, stopped, running):
    """In a spoiled run, a server that does nothing for a while, which the proof has to notice."""
    if not run.spoils:
        yield
        return
    with Background(hinder, server.process.pid, stopped, running):
        yield
    server.process.send_signal(signal.SIGCONT)


class Partner(Background):
    """A background load that talks with this process; its function takes the end of a pipe first."""

    def __init__(self, function, *arguments):
        self.pipe, other = CONTEXT.Pipe()
        super().__init__(function, other, *arguments)

    def receive(self, seconds):
        """The next object from the load."""
        if not self.pipe.poll(seconds):
            raise ProveError(f"a load says nothing for {seconds} s")
        try:
            return self.pipe.recv()
        except EOFError:
            raise ProveError("a load has ended early") from None

    def send(self, value):
        self.pipe.send(value)


async def told(pipe):
    """What the other process says, without blocking the loop."""
    return await asyncio.get_running_loop().run_in_executor(None, pipe.recv)
