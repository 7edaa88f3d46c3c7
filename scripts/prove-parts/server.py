"""A server process: how it starts, what the kernel says about it, how it ends."""

import json
import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

from processes import free_port
from proof import ProveError

TICKS = os.sysconf("SC_CLK_TCK")


class Server:
    """A ttweetsrv with its own data directory, log and port; a new start uses them again."""

    def __init__(self, run, *options, wrapper=(), folder=None, data=None):
        self.run = run
        self.folder = folder or run.folder()
        self.data = Path(data) if data else self.folder / "data"
        self.log = self.folder / "log"
        self.port = free_port()
        self.options = list(options)
        self.wrapper = list(wrapper)
        self.process = None
        self.started = None

    # Start

    def spawn(self, *options, wrapper=None):
        """Starts the process without waiting for it."""
        words = list(self.wrapper if wrapper is None else wrapper)
        words += [self.run.release / "ttweetsrv", str(self.port), "--data", self.data, "--log", self.log, "--quiet"]
        with open(self.folder / "output", "ab") as output:
            self.started = time.monotonic()
            self.process = self.run.processes.start(
                words + self.options + list(options), stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                cwd=self.folder)
        return self

    def start(self, *options, wrapper=None, timeout=30):
        """Starts the process and returns the seconds until it has answered a download."""
        self.spawn(*options, wrapper=wrapper)
        return self.wait_until_serving(timeout)

    def wait_until_serving(self, timeout=30):
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise ProveError(f"the server ended with {self.process.returncode}: {self.said()}")
            try:
                if self.ask('["d",""]')[0] == "ok":
                    return time.monotonic() - self.started
            except (OSError, ValueError):
                time.sleep(0.002)
        raise ProveError(f"the server does not serve within {timeout} s: {self.said()}")

    def said(self):
        """The last words of a server that does not start."""
        texts = [path.read_text(errors="replace") for path in (self.folder / "output", self.log) if path.exists()]
        return " ".join(line[:160] for line in "".join(texts).strip().splitlines()[-3:])

    def ask(self, line, source="127.0.0.1", timeout=30):
        """Sends a line on a connection of its own and returns the first packet of the answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout, (source, 0)) as connection:
            connection.sendall(line.encode() + b"\n")
            return json.loads(connection.makefile("rb").readline())

    def list(self, line, source="127.0.0.1"):
        """Sends a request for a list and returns its parts."""
        with socket.create_connection(("127.0.0.1", self.port), 30, (source, 0)) as connection:
            connection.sendall(line.encode() + b"\n")
            return read_list(connection.makefile("rb"))

    def tweets(self):
        """All tweets of the store, as the server lists them page by page."""
        found = []
        while True:
            since = found[-1]["seq"] if found else 0
            page = self.list(f'["d",{{"since":{since},"count":1000}}]')
            if not page:
                return found
            found += page

    # Figures of the kernel; see proc(5)

    def memory(self, kind="VmRSS"):
        """Resident memory in bytes."""
        match = re.search(kind + r":\s+(\d+) kB", Path(f"/proc/{self.process.pid}/status").read_text())
        return int(match.group(1)) * 1024

    def processor_seconds(self):
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def is_running(self):
        return self.process.poll() is None

    def reports(self):
        """The lines of the report log, with those that were rotated away, oldest first."""
        logs = sorted(self.folder.glob("log*"), key=lambda path: -int(path.suffix[1:] or 0))
        return [line for log in logs for line in log.read_text(errors="replace").splitlines()]

    # End

    def kill(self):
        """Ends the process with SIGKILL, as a crash would."""
        self.process.kill()
        self.wait()

    def wait(self, timeout=15):
        """Waits for the end and returns the exit code, negative for a signal."""
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise ProveError(f"the server does not end within {timeout} s") from None
        if self.process in self.run.processes.running:
            self.run.processes.stop(self.process)
        return code

    def stop(self):
        """Asks the server to stop and returns its exit code."""
        if self.is_running():
            self.process.send_signal(signal.SIGTERM)
        return self.wait()


def read_list(stream):
    """Reads the parts of a list up to its last line."""
    parts = []
    while True:
        operation, body = json.loads(stream.readline())
        if operation == "ok":
            return parts
        if operation == "error":
            raise ProveError(f"a list ended with {body}")
        if operation == "part":
            parts.append(body)
