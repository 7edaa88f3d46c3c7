"""Line 4: a disk without room, and a limit on the size of files."""

import asyncio
import os
import resource
import time
from pathlib import Path

from clients import FAILURES, Client, one_shot
from history import History, Operation, check_answers, check_files
from proof import Criteria, Result, proof, shown
from server import Server

FILE_SIZE = resource.RLIMIT_FSIZE
TEXT = "upload {} #full " + 110 * "x"


class SmallDisk:
    """A server whose data is on a small tmpfs in a mount name space of its own."""

    name = "a full disk"

    def __init__(self, run):
        folder = run.folder()
        mount = f"mkdir {folder}/disk && mount -t tmpfs -o size=8m none {folder}/disk && exec \"$@\""
        self.server = Server(run, "--resume", wrapper=["unshare", "-m", "sh", "-c", mount, "-"], folder=folder,
                             data=folder / "disk" / "data")
        self.server.start()
        # The mount is seen through the process that has it.
        self.disk = Path(f"/proc/{self.server.process.pid}/root{folder}/disk")
        self.data = self.disk / "data"

    def fill(self):
        with open(self.disk / "filler", "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(65536))
            except OSError:
                pass

    def free(self):
        (self.disk / "filler").unlink()

    def copied(self, run):
        """A copy of the store's files outside, since the disk may be full."""
        copy = run.folder() / "copy"
        copy.mkdir()
        for path in self.data.glob("store.sqlite*"):
            (copy / path.name).write_bytes(path.read_bytes())
        return copy


class FileLimit(SmallDisk):
    """A server whose files may not grow; the limit lies within a page, so that the kernel writes a part of it."""

    name = "RLIMIT_FSIZE"

    def __init__(self, run):
        self.server = Server(run, "--resume")
        self.server.start()
        self.data = self.server.data
        self.random = run.random

    def fill(self):
        # The lower limit also concerns the report log.
        limit = self.random.choice([100, self.written() + self.random.randrange(20000)])
        resource.prlimit(self.server.process.pid, FILE_SIZE, (limit, resource.RLIM_INFINITY))

    def written(self):
        """The bytes of the write-ahead log up to its last frame; the rest of the file is zero in advance."""
        return len((self.data / "store.sqlite-wal").read_bytes().rstrip(b"\0"))

    def free(self):
        unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(self.server.process.pid, FILE_SIZE, unlimited)


class Uploads:
    """One client that uploads one text after another."""

    def __init__(self, disk, history):
        self.disk, self.history, self.made = disk, history, 0

    async def connect(self):
        self.client = await Client.open(self.disk.server.port)

    async def one(self):
        """Uploads a text; returns whether it was stored, and the seconds until the answer."""
        self.made += 1
        operation = Operation("u", {"text": TEXT.format(self.made)}, ("full", 0))
        self.history.sent(operation)
        start = time.monotonic()
        self.client.send(operation.line())
        self.history.answered(operation, await asyncio.wait_for(self.client.answer(), 30))
        return operation.answer == "ok", time.monotonic() - start

    async def until(self, stored, seconds):
        """Uploads until one is stored, or is not; returns the seconds that the last one took, and all of them."""
        start = time.monotonic()
        while time.monotonic() < start + seconds:
            is_stored, took = await self.one()
            if is_stored == stored:
                return took, time.monotonic() - start
            if not is_stored:
                await asyncio.sleep(0.02)
        return float("inf"), float("inf")


async def fill_and_free(disk, uploads, downloads, criteria, figures):
    await uploads.connect()
    for _ in range(20):
        await uploads.one()
    disk.fill()
    took, _ = await uploads.until(False, 30)
    criteria.require(took < float("inf"), f"{disk.name}: uploads never fail")
    criteria.require_figure(took <= 1, f"{disk.name}: an error takes {shown(took)}")
    served = [await one_shot(disk.server.port, "127.0.0.2") for _ in range(downloads)]
    failed = sum(not is_ok for is_ok, _ in served)
    criteria.require(failed == 0, f"{disk.name}: {failed} of {downloads} downloads are not served")
    disk.free()
    _, again = await uploads.until(True, 30)
    criteria.require(again < float("inf"), f"{disk.name}: uploads never succeed again")
    criteria.require_figure(again <= 5, f"{disk.name}: uploads succeed only after {again:.1f} s")
    uploads.client.close()
    figures["errors"].append(took)
    figures["recoveries"].append(again)
    figures["downloads"] += downloads


def prove_disk(run, kind, criteria, figures):
    disk, history = kind(run), History()
    uploads = Uploads(disk, history)
    try:
        for _ in range(run.pick(20, 3, 1)):
            asyncio.run(fill_and_free(disk, uploads, run.pick(500, 100, 20), criteria, figures))
    except (*FAILURES, TimeoutError) as error:
        code = disk.server.process.poll()
        criteria.add([f"{disk.name}: the connection broke ({error or type(error).__name__}); exit code {code}: "
                      + disk.server.said()])
        if code is not None:
            return
    criteria.add(check_files(run, history, disk.copied(run)))
    criteria.add(check_answers(history, disk.server))
    figures["acknowledged"] += history.count("acknowledged")
    criteria.require(disk.server.stop() == 0, f"{disk.name}: the server does not stop with 0")


@proof(4, "a full disk, and files that may not grow")
def full_disk(run):
    criteria = Criteria(run)
    figures = {"errors": [], "recoveries": [], "downloads": 0, "acknowledged": 0}
    kinds = [FileLimit]
    if os.geteuid() == 0:
        kinds.insert(0, SmallDisk)
    for kind in kinds:
        prove_disk(run, kind, criteria, figures)
    worst = {"error_s": max(figures["errors"], default=None), "recovery_s": max(figures["recoveries"], default=None)}
    texts = {name: "–" if value is None else shown(value) for name, value in worst.items()}
    return Result(
        f"{' and '.join(kind.name for kind in kinds)}, {len(figures['errors'])} times: an error within "
        f"{texts['error_s']}, {figures['downloads']:,} downloads served, uploads again within {texts['recovery_s']}; "
        f"{figures['acknowledged']:,} acknowledged", {**worst, **figures}, criteria.problems)
