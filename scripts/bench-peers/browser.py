"""A headless Chromium, driven by WebDriver (https://www.w3.org/TR/webdriver2/)."""

import json
import re
import subprocess
import time
import urllib.error
import urllib.request

PATIENCE = 60
KEY_ENTER = "\ue007"


class BrowserError(Exception):
    """The message to the user when the browser does not do what it should."""


def start(words, pattern, folder):
    """Starts a program, and returns it with the port that its output names."""
    process = subprocess.Popen([str(word) for word in words], cwd=folder, stdout=subprocess.PIPE, text=True,
                               start_new_session=True)
    for line in process.stdout:
        if match := re.search(pattern, line):
            return process, int(match.group(1))
    raise BrowserError(f"{words[0]} does not start")


def start_driver(folder):
    """Starts a chromedriver, and returns its process and its port."""
    return start(["chromedriver", "--port=0"], r"successfully on port (\d+)", folder)


class Browser:
    """A window; `driver` is the port of a chromedriver."""

    def __init__(self, driver, width, height, scale=1, dark=False):
        self.driver = driver
        flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        options = {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": {"args": flags}}}
        self.path = ""
        self.path = "/session/" + self.send("POST", "/session", {"capabilities": options})["sessionId"]
        self.tools("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=False)
        self.tools("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def send(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.driver}{self.path}{path}", data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise BrowserError(error.read().decode()[:400]) from None

    def tools(self, command, **parameters):
        """Sends a command of the DevTools protocol."""
        return self.send("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def open(self, address):
        """Opens the page of a server, and waits until it is connected."""
        self.send("POST", "/url", {"url": address})
        self.wait("document.getElementById('status').innerText === 'live'")

    def run(self, script):
        """Runs a script in the page, as the body of a function, and returns its value."""
        return self.send("POST", "/execute/sync", {"script": script, "args": []})

    def wait(self, condition):
        """Waits until an expression is true."""
        end = time.monotonic() + PATIENCE
        while not self.run(f"return !!({condition})"):
            if time.monotonic() > end:
                raise BrowserError(f"it never is: {condition}")

    def close(self):
        self.send("DELETE", "")
