"""Builds the C programs, starts servers on free ports, and ends everything that the bench has started."""

import os
import random
import select
import shutil
import signal
import socket
import ssl
import subprocess
import time
from pathlib import Path

SOURCES = Path(__file__).resolve().parent
PROGRAMS = {
    "epoll-server": ["epoll-server.c"],
    "bare-client": ["bare-client.c"],
    "bare-tls-client": ["bare-tls-client.c"],
    "loader": ["loader.c", "closed-loop.c", "requests.c", "stream.c", "connect.c"],
    "fanout": ["fanout.c", "stream.c", "connect.c"],
    "handshakes": ["handshakes.c", "connect.c"],
    "crowd": ["crowd.c", "connect.c"],
    "private": ["private.c", "connect.c"],
    "spawn": ["spawn.c", "children.c"],
    "ready": ["ready.c", "children.c", "connect.c"],
}


class BenchError(Exception):
    """The message to the user when the bench cannot go on."""


def build(folder):
    """Compiles the C programs into `folder`."""
    for name, files in PROGRAMS.items():
        command = ["cc", "-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-o", str(folder / name)]
        try:
            # Only programs that call OpenSSL are linked with it: loading it takes as long as the bare client's run.
            subprocess.run(command + [str(SOURCES / file) for file in files] + ["-Wl,--as-needed", "-lssl", "-lcrypto"],
                           check=True)
        except FileNotFoundError:
            raise BenchError("there is no C compiler `cc` (Debian: apt-get install gcc libc6-dev libssl-dev)") from None
        except subprocess.CalledProcessError:
            raise BenchError(f"{name} does not compile") from None


def find(program):
    """The path of an installed program, or None; servers are in sbin, which not every PATH includes."""
    return shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin")


def free_port():
    """A free port below the ephemeral range, so that none of the loader's own connections can take it."""
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        port = random.randrange(10000, max(lowest, 11000))
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def ask(port, line, authority=None):
    """Sends one line to 127.0.0.1 and returns the first line of the answer; with an authority's file, through TLS."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        if authority:
            connection = ssl.create_default_context(cafile=authority).wrap_socket(connection, server_hostname="127.0.0.1")
        with connection:
            connection.sendall(line.encode() + b"\n")
            return connection.makefile("rb").readline().decode().rstrip()


class Processes:
    """All started processes, each the leader of its own session; ends them all on leaving the context."""

    def __init__(self):
        self.running = []
        # TTWEET_... and the authorities in the caller's environment would change the measurement.
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith(("TTWEET_", "SSL_CERT_"))}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        for process in list(self.running):
            self.stop(process)

    def start(self, command, environment=None, **options):
        process = subprocess.Popen([str(part) for part in command], env=self.environment | (environment or {}),
                                   start_new_session=True, **options)
        self.running.append(process)
        return process

    def adopt(self, process):
        """Ends a process that something else has started, with the others."""
        self.running.append(process)

    def stop(self, process):
        """Sends SIGTERM to the process and its children, and SIGKILL if that does not end them all within 15 s."""
        self.running.remove(process)
        for number in (signal.SIGTERM, signal.SIGKILL):
            deadline = time.monotonic() + 15
            if not self.signal_group(process, number):
                return
            while time.monotonic() < deadline:
                process.poll()
                if not self.signal_group(process, 0):
                    return
                time.sleep(0.002)

    def signal_group(self, process, number):
        """Sends a signal to the process and its children; False when all of them are gone."""
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            return False
        return True

    def run(self, command, timeout, environment=None, input=os.devnull):
        """Runs a command to its end and returns its standard output; a failure raises an error with its output."""
        with open(input) as file:
            process = self.start(command, environment, stdin=file, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                 text=True)
        shown = " ".join(str(part) for part in command)
        try:
            out, said = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            raise BenchError(f"not done after {timeout:.0f} s: {shown}") from None
        finally:
            self.stop(process)
        if process.returncode != 0:
            dead = "".join(f"\nbefore that ended with exit code {other.returncode}: {' '.join(other.args)}"
                           for other in self.running if other.poll() is not None)
            raise BenchError(f"exit code {process.returncode} from: {shown}\n{said.strip()}{dead}")
        return out

    def serve(self, command, port, log):
        """Starts a server and returns its process once it takes connections."""
        with open(log, "wb") as file:
            process = self.start(command, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if process.poll() is not None:
                said = Path(log).read_text(errors="replace").strip()[-2000:]
                raise BenchError(f"{command[0]} ended with exit code {process.returncode}\n{said}")
            try:
                socket.create_connection(("127.0.0.1", port), timeout=10).close()
                return process
            except OSError:
                time.sleep(0.002)
        raise BenchError(f"{command[0]} does not take connections on port {port}")

    def hold(self, command):
        """Starts a program that prints `ready` and holds until its standard input ends."""
        process = self.start(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if not select.select([process.stdout], [], [], 60)[0] or process.stdout.readline() != b"ready\n":
            raise BenchError(f"not ready: {' '.join(str(part) for part in command)}")
        return process

    def release(self, process):
        process.stdin.close()
        process.wait(15)
        process.stdout.close()
        self.stop(process)


def resident_bytes(pid):
    """The VmRSS of a process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise BenchError(f"/proc/{pid}/status names no VmRSS")
