"""The measurements of the page in a browser, one function for each group of rows, as in rows.py."""

import queue
import subprocess
import sys
import threading
import time

from browser import Browser, BrowserError, start_driver
from processes import BenchError, find
from rows import MESSAGE
from table import Row

SHOWN = 1_000
WIDTH, HEIGHT = 1200, 800

# Notes when a row with a text is in the page's document: at the frame that shows it, and at once. The page's policy
# does not apply to it.
NOTICE_ROWS = """
window.rowTimes = {}
window.painted = {}
new MutationObserver(records => {
  const now = Date.now()
  for (const record of records) for (const row of record.addedNodes) {
    if (row.nodeType !== 1) continue
    for (const text of [row, ...row.querySelectorAll('.text')]) {
      if (!text.matches('.text')) continue
      const words = text.innerText
      rowTimes[words] ??= now
      requestAnimationFrame(() => setTimeout(() => painted[words] ??= performance.now()))
    }
  }
}).observe(document, { childList: true, subtree: true })
"""


def page(bench):
    """The page in a headless Chromium: its first paint, and a tweet's way from curl to its document."""
    if not (find("chromium") and find("chromedriver") and find("curl")):
        print("bench: no chromium, chromedriver or curl: no rows of the page", file=sys.stderr)
        return []
    driver, port = start_driver(bench.new_folder("browser"))
    bench.processes.adopt(driver)
    try:
        return first_paint(bench, port) + to_the_document(bench, port)
    except BrowserError as error:
        raise BenchError(f"the browser: {error}") from None
    finally:
        bench.stop(driver)


def new_window(driver):
    window = Browser(driver, WIDTH, HEIGHT)
    window.tools("Page.addScriptToEvaluateOnNewDocument", source=NOTICE_ROWS)
    return window


def first_paint(bench, driver):
    """From the navigation to the frame that shows the newest of 1,000 tweets, each time in a new browser."""
    ttweet, process = bench.ttweet()
    bench.load(ttweet, "upload", warm_up=0, seconds=0, count=SHOWN, connections=1, tags=7)
    newest = "the newest one"
    bench.processes.run([bench.release / "ttweetcl", "-u", "127.0.0.1", ttweet, newest], timeout=10)
    first, complete = [], []
    for _ in range(min(bench.rounds, 9)):
        window = new_window(driver)
        window.open(f"http://127.0.0.1:{ttweet}/")
        window.wait(f"window.painted['{newest}']")
        first.append(window.run("return performance.getEntriesByName('first-contentful-paint')[0].startTime") / 1000)
        complete.append(window.run(f"return window.painted['{newest}']") / 1000)
        window.close()
    bench.stop(process)
    what = f"the page, a store of {SHOWN:,} tweets, in headless Chromium: "
    return [Row(what + "first paint", "s", first, None, None, at_most=1.0),
            Row(what + "until its newest rows are painted", "s", complete, None, None, at_most=1.0)]


class Followed:
    """A `ttweetcl --follow`, and the time at which each of its lines comes."""

    def __init__(self, bench, port):
        self.process = bench.processes.start(
            [bench.release / "ttweetcl", "-d", "127.0.0.1", port, "--follow", "-q"], stdout=subprocess.PIPE)
        self.times = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.times.put((line.decode().rstrip(), time.time()))

    def time_of(self, text):
        while True:
            try:
                line, at = self.times.get(timeout=10)
            except queue.Empty:
                raise BenchError(f"the follower does not print {text!r}") from None
            if text in line:
                return at


def to_the_document(bench, driver):
    """From the start of curl to the row in the page's document, and to the line of a follower on a terminal."""
    ttweet, process = bench.ttweet()
    window = new_window(driver)
    window.open(f"http://127.0.0.1:{ttweet}/")
    follow = Followed(bench, ttweet)
    ours, theirs = [], []
    for number in range(min(bench.spawns, 100) + 3):
        text = f"{MESSAGE} {number}"
        began = time.time()
        bench.processes.run(["curl", "-s", "-d", text, f"http://127.0.0.1:{ttweet}/"], timeout=10)
        line = follow.time_of(text)
        window.wait(f"window.rowTimes['{text}']")
        # The first ones find caches cold.
        if number >= 3:
            ours.append(window.run(f"return window.rowTimes['{text}']") / 1000 - began)
            theirs.append(line - began)
    bench.stop(follow.process)
    window.close()
    bench.stop(process)
    return [Row("a tweet, from the start of curl to its row in the page", "s", ours, "to its line of `--follow`", theirs,
                at_most=2.0)]


PAGE_GROUPS = {"page": page}
