"""The description of the machine and the peers, without which a figure means nothing."""

import os
import platform
import re
import subprocess
from pathlib import Path
from statistics import median
from time import perf_counter

from processes import BenchError, find


def file_system(folder):
    """The type of the file system that holds a folder; one in memory is refused, since an fsync there costs nothing."""
    mounts = [line.split()[1:3] for line in Path("/proc/self/mounts").read_text().splitlines()]
    holding = [mount for mount in mounts if folder.is_relative_to(mount[0])]
    kind = max(holding, key=lambda mount: len(mount[0]))[1]
    if kind in ("tmpfs", "ramfs"):
        raise BenchError(f"{folder} is in memory ({kind}): a durable upload needs a disk")
    return kind


def sync_seconds(folder):
    """The median time of appending 4 KiB and waiting until they are on the disk."""
    path, times = folder / "sync", []
    with open(path, "wb", buffering=0) as file:
        for _ in range(200):
            start = perf_counter()
            file.write(bytes(4096))
            os.fdatasync(file.fileno())
            times.append(perf_counter() - start)
    path.unlink()
    return median(times)


def describe(folder):
    """One line: processors, memory, kernel, system, disk, and other facts that affect the figures."""
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    try:
        system = platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        system = platform.system()
    return (f"{os.cpu_count()} cores ({cpu.group(1).strip() if cpu else platform.machine()}), {memory:.0f} GiB, "
            f"Linux {platform.release()}, {system}; data on {file_system(folder)}, "
            f"4 KiB append + fdatasync {sync_seconds(folder) * 1e3:.2f} ms; "
            f"TCP congestion control {Path('/proc/sys/net/ipv4/tcp_congestion_control').read_text().strip()}; "
            "loopback, the loader on the last core and the servers on any")


def versions(release):
    """The version of each program in the comparison, or a note that it is not installed."""
    asked = {"ttweet": ([release / "ttweetsrv", "--version"], "(.+)"),
             "Redis": ([find("redis-server"), "--version"], r"v=(\S+)"),
             "mosquitto": ([find("mosquitto"), "-h"], r"version (\S+)"),
             "NATS": ([find("nats-server"), "--version"], r"v([0-9]\S*)"),
             "nginx": ([find("nginx"), "-v"], r"nginx/(\S+)"),
             "OpenSSL": (["openssl", "version"], r"OpenSSL (\S+)"),
             "C compiler": (["cc", "--version"], "(.+)")}
    found = {}
    for name, (command, pattern) in asked.items():
        if command[0] is None:
            found[name] = "not installed"
            continue
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=10)
        match = re.search(pattern, done.stdout + done.stderr)
        found[name] = match.group(1) if match else "unknown"
    return found
