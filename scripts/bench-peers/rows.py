"""The measurements, one function for each group of rows; each returns the rows of the table that it fills."""

import json
import os
import shutil
import sys
import time
import urllib.request
from functools import cached_property
from pathlib import Path

from processes import BenchError, ask, find, free_port, resident_bytes
from table import Row

MAKE_CERTIFICATE = Path(__file__).resolve().parents[1] / "make-cert"
MESSAGE = "backup done #ops"
STORED = 1_000_000
TAGS = 1_000
IDLE = 10_000


class Bench:
    """The state that all measurements share: programs, processes, the temporary folder and the times to measure."""

    def __init__(self, processes, programs, release, folder, quick):
        self.processes, self.programs, self.release, self.folder = processes, programs, release, folder
        # Many short turns: a disturbance on a shared machine lasts seconds, and should affect both sides alike.
        self.rounds, self.seconds, self.warm_up, self.spawns = (3, 0.5, 0.1, 60) if quick else (41, 0.2, 0.05, 300)
        cores = sorted(os.sched_getaffinity(0))
        self.placed = {"core": cores[-1]} if len(cores) > 1 else {}
        self.started = 0

    def new_folder(self, name):
        self.started += 1
        folder = self.folder / f"{name}-{self.started}"
        folder.mkdir(mode=0o700)
        return folder

    # Servers. Each returns its port and process once it answers.

    def ttweet_command(self, port, data):
        return [self.release / "ttweetsrv", port, "--data", data, "--log", data / "log", "--quiet"]

    def ttweet(self, data=None, options=()):
        port, data = free_port(), data or self.new_folder("ttweet")
        process = self.processes.serve([*self.ttweet_command(port, data), *options], port, data / "output")
        for line in (f'["u","{MESSAGE}"]', '["d",""]'):
            answer = ask(port, line)
            if not answer.startswith('["ok"') or MESSAGE not in answer:
                raise BenchError(f"ttweetsrv answered {line} with {answer}")
        return port, process

    def bare(self, *journal):
        port = free_port()
        command = [self.programs / "epoll-server", port, *journal]
        return port, self.processes.serve(command, port, self.folder / "epoll-server.log")

    def redis(self, *options, certificate=None):
        """Starts Redis as its documentation recommends for this use, without background work that would disturb it.

        With the folder of a certificate, its port is one for TLS, and clients need no certificate.
        """
        program = find("redis-server")
        if not program:
            return None, None
        port, folder = free_port(), self.new_folder("redis")
        ports, authority = ["--port", port], None
        if certificate:
            authority = certificate / "authority.pem"
            ports = ["--port", 0, "--tls-port", port, "--tls-cert-file", certificate / "cert.pem", "--tls-key-file",
                     certificate / "key.pem", "--tls-ca-cert-file", authority, "--tls-auth-clients", "no"]
        command = [program, *ports, "--bind", "127.0.0.1", "--dir", folder, "--save", "", *options]
        process = self.processes.serve(command, port, folder / "output")
        # A value as long as ttweet's answer, set with the inline form of the protocol.
        if ask(port, f"SET key {'x' * 100}", authority) != "+OK":
            raise BenchError("redis-server does not take SET")
        return port, process

    def nginx(self, page=None):
        """Starts nginx with one process that answers each request with a text as long as ttweet's, or with a file.

        The file is opened once and sent by the kernel, as nginx's documentation recommends.
        """
        program = find("nginx")
        if not program:
            return None, None
        port, folder = free_port(), self.new_folder("nginx")
        config = folder / "config"
        answer = f"return 200 '{MESSAGE}\n';"
        if page:
            (folder / "page.html").write_bytes(page)
            answer = f"root {folder}; try_files /page.html =404; sendfile on; tcp_nopush on; open_file_cache max=8;"
        config.write_text(
            f"daemon off; master_process off; worker_processes 1; pid {folder}/pid; error_log {folder}/errors;\n"
            "events { worker_connections 4096; }\n"
            "http { access_log off; keepalive_requests 1000000000; default_type text/plain;\n"
            f"  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};\n"
            f"  uwsgi_temp_path {folder}; scgi_temp_path {folder};\n"
            f"  server {{ listen 127.0.0.1:{port} backlog=4096; location / {{ {answer} }} }} }}\n")
        return port, self.processes.serve([program, "-c", config], port, folder / "output")

    def nchan(self):
        """Starts nginx with nchan, which keeps nothing on the disk, with one worker process."""
        program, module = find("nginx"), Path("/usr/lib/nginx/modules/ngx_nchan_module.so")
        if not program or not module.exists():
            return None, None
        port, folder = free_port(), self.new_folder("nchan")
        config = folder / "config"
        config.write_text(
            f"load_module {module}; daemon off; worker_processes 1; worker_rlimit_nofile 20000;\n"
            f"pid {folder}/pid; error_log {folder}/errors;\n"
            "events { worker_connections 16384; }\n"
            "http { access_log off; keepalive_requests 1000000000; default_type text/plain;\n"
            f"  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};\n"
            f"  uwsgi_temp_path {folder}; scgi_temp_path {folder}; nchan_shared_memory_size 256M;\n"
            f"  server {{ listen 127.0.0.1:{port} backlog=4096;\n"
            "    location = / { nchan_publisher http; nchan_channel_id t; nchan_message_buffer_length 2048; }\n"
            "    location = /sub { nchan_subscriber websocket eventsource; nchan_channel_id t;\n"
            "      nchan_subscriber_first_message newest; } } }\n")
        return port, self.processes.serve([program, "-c", config], port, folder / "output")

    def nats(self):
        program = find("nats-server")
        if not program:
            return None, None
        port, folder = free_port(), self.new_folder("nats")
        return port, self.processes.serve([program, "-a", "127.0.0.1", "-p", port], port, folder / "output")

    def mosquitto(self):
        if not (find("mosquitto") and find("mosquitto_pub")):
            return None, None
        port, folder = free_port(), self.new_folder("mosquitto")
        config = folder / "config"
        config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\nlog_dest none\n")
        return port, self.processes.serve([find("mosquitto"), "-c", config], port, folder / "output")

    @cached_property
    def certificate(self):
        """The folder of a certificate for this machine, its key and its authority, as scripts/make-cert makes them."""
        folder = self.new_folder("tls")
        self.processes.run([MAKE_CERTIFICATE, folder], timeout=60)
        return folder

    def ttweet_with_tls(self):
        folder = self.certificate
        return self.ttweet(options=("--tls-cert", folder / "cert.pem", "--tls-key", folder / "key.pem"))

    def stop(self, *processes):
        for process in processes:
            if process:
                self.processes.stop(process)

    # The loader.

    def load(self, port, request, *, warm_up=None, seconds=None, **options):
        """Runs the loader once; keywords are its options."""
        options = {"warm_up": self.warm_up if warm_up is None else warm_up,
                   "seconds": self.seconds if seconds is None else seconds, "connections": 64, **self.placed, **options}
        command = [self.programs / "loader", "--port", port, "--request", request, *spelled(options)]
        return json.loads(self.processes.run(command, timeout=600))

    def deliveries(self, server, port, followers, **options):
        """Measures deliveries per second from one sender to a number of followers."""
        options = {"warm_up": self.warm_up * 2, "seconds": self.seconds * 2, "sources": 4, **self.placed, **options}
        command = [self.programs / "fanout", "--server", server, "--port", port, "--followers", followers,
                   *spelled(options)]
        return json.loads(self.processes.run(command, timeout=600))["per_second"]

    def rate(self, port, request, **options):
        return self.load(port, request, **options)["per_second"]

    def take_turns(self, rounds=None, **contenders):
        """Runs the contenders A B A B ...; None stands for one that is not installed. Returns the samples by name."""
        samples = {name: [] if contender else None for name, contender in contenders.items()}
        for _ in range(rounds or self.rounds):
            for name, contender in contenders.items():
                if contender:
                    samples[name].append(contender())
        return samples


def spelled(options):
    """The words of a program's options; True stands for an option without a value."""
    words = []
    for name, value in options.items():
        words += ["--" + name.replace("_", "-")] + ([] if value is True else [value])
    return words


def process_rows(bench, commands, goals, input=None, environment=None):
    """Times whole processes in turn, and returns a row for each pair that has an upper limit in `goals`, or None.

    `commands` is by name, `goals` by our name and the peer's. All get the same input file and environment.
    """
    line = [bench.programs / "spawn", bench.spawns, *([input] if input else [])]
    for command in commands.values():
        line += ["--", *command]
    times = json.loads(bench.processes.run(line, timeout=600, environment=environment))
    names = list(commands)
    rows = []
    for ours, peers in goals.items():
        for peer, goal in peers.items():
            i, j = names.index(ours), names.index(peer) if peer in names else None
            medians = {"ours": times["median_us"][i] / 1e6, "our_least": times["min_us"][i] / 1e6}
            if j is not None:
                medians |= {"theirs": times["median_us"][j] / 1e6, "their_least": times["min_us"][j] / 1e6,
                            "ratio": times["ratios"][i][j]}
            rows.append(Row(f"process of `{ours}`", "s", None, peer, None, at_most=goal, medians=medians))
    return rows


def process(bench):
    """Whole one-shot processes, from spawn to exit."""
    ttweet, ttweet_process = bench.ttweet()
    bare, bare_process = bench.bare()
    durable, durable_process = bench.bare(bench.new_folder("bare") / "journal")
    mosquitto, mosquitto_process = bench.mosquitto()
    redis, redis_process = bench.redis("--appendonly", "no")
    client = bench.release / "ttweetcl"
    commands = {
        "ttweetcl -d": [client, "-d", "127.0.0.1", ttweet, "-q"],
        "ttweetcl -u": [client, "-u", "127.0.0.1", ttweet, MESSAGE],
        "bare C client": [bench.programs / "bare-client", bare],
        "bare C client and server with fdatasync": [bench.programs / "bare-client", durable, MESSAGE],
    }
    if mosquitto:
        commands["mosquitto_pub -r -q 1"] = [find("mosquitto_pub"), "-h", "127.0.0.1", "-p", mosquitto, "-r", "-q", 1,
                                             "-t", "t", "-m", MESSAGE]
    if redis and find("redis-cli"):
        commands["redis-cli get"] = [find("redis-cli"), "-p", redis, "get", "key"]
    said = bench.processes.run(commands["ttweetcl -d"], timeout=10)
    if said != MESSAGE + "\n":
        raise BenchError(f"ttweetcl -d -q printed {said!r}")
    # The peers of a download store nothing, so next to an upload their rows are for information only.
    goals = {
        "ttweetcl -d": {"mosquitto_pub -r -q 1": 0.6, "redis-cli get": 0.35, "bare C client": 1.6},
        "ttweetcl -u": {"bare C client and server with fdatasync": 1.3, "mosquitto_pub -r -q 1": None,
                        "redis-cli get": None, "bare C client": None},
    }
    rows = process_rows(bench, commands, goals)
    bench.stop(ttweet_process, bare_process, durable_process, mosquitto_process, redis_process)
    return rows


def oneshot(bench):
    """One connection a request. Four source addresses: the ports of one would all be in TIME_WAIT within 2 s."""
    ttweet, ttweet_process = bench.ttweet()
    bare, bare_process = bench.bare()
    how = {"one_shot": True, "sources": 4}
    samples = bench.take_turns(
        downloads=lambda: bench.rate(ttweet, "download", **how),
        bare=lambda: bench.rate(bare, "download", **how),
        uploads=lambda: bench.rate(ttweet, "upload", **how))
    bench.stop(ttweet_process, bare_process)
    what, peer = "one connection a request, 64 at once: ", "bare C epoll server"
    return [Row(what + "downloads", "/s", samples["downloads"], peer, samples["bare"], at_least=0.95),
            Row(what + "durable uploads", "/s", samples["uploads"], peer, samples["bare"], at_least=0.7)]


def kept(bench):
    """Connections that are kept, one request at a time and pipelined."""
    ttweet, ttweet_process = bench.ttweet()
    redis, redis_process = bench.redis("--appendonly", "no")
    rows = []
    for what, pipeline, goal in (("one at a time", 1, 1.0), ("pipelined by 32", 32, 1.5)):
        samples = bench.take_turns(
            ours=lambda: bench.rate(ttweet, "download", pipeline=pipeline),
            theirs=redis and (lambda: bench.rate(redis, "redis-get", pipeline=pipeline)))
        rows.append(Row(f"64 kept connections: downloads {what}", "/s", samples["ours"], "Redis GET", samples["theirs"],
                        at_least=goal))
    bench.stop(ttweet_process, redis_process)
    return rows


def http(bench):
    """HTTP: the last message on kept connections and on one connection each, durable uploads, and followers."""
    ttweet, ttweet_process = bench.ttweet()
    nginx, nginx_process = bench.nginx()
    rows = []
    for what, options, goal in (("64 kept connections: `GET /` one at a time", {}, 1.0),
                                ("64 kept connections: `GET /` pipelined by 32", {"pipeline": 32}, None),
                                ("`GET /`, one connection each, 64 at once", {"one_shot": True, "sources": 4}, 0.95)):
        samples = bench.take_turns(
            ours=lambda: bench.rate(ttweet, "http-get", **options),
            theirs=nginx and (lambda: bench.rate(nginx, "http-get", **options)))
        rows.append(Row(what, "/s", samples["ours"], "nginx `return 200`", samples["theirs"], at_least=goal))
    samples = bench.take_turns(
        ours=lambda: bench.rate(ttweet, "http-post"), theirs=lambda: bench.rate(ttweet, "upload"))
    rows.append(Row("64 kept connections: durable `POST /` one at a time", "/s", samples["ours"], "our own lines",
                    samples["theirs"]))
    bench.stop(nginx_process)
    request = urllib.request.Request(f"http://localhost:{ttweet}/", headers={"Accept": "text/html"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        page = answer.read()
    nginx, nginx_process = bench.nginx(page)
    samples = bench.take_turns(
        ours=lambda: bench.rate(ttweet, "http-page"), theirs=nginx and (lambda: bench.rate(nginx, "http-page")))
    rows.append(Row("64 kept connections: the page", "/s", samples["ours"], "nginx, the same file", samples["theirs"],
                    at_least=1.0))
    bench.stop(nginx_process)
    # A fresh server: both pairs of uploads together store more than one address may.
    bench.stop(ttweet_process)
    ttweet, ttweet_process = bench.ttweet()
    nchan, nchan_process = bench.nchan()
    samples = bench.take_turns(
        ours=lambda: bench.rate(ttweet, "http-post"), theirs=nchan and (lambda: bench.rate(nchan, "http-post")))
    rows.append(Row("64 kept connections: durable `POST /` one at a time", "/s", samples["ours"],
                    "nchan publish, not durable", samples["theirs"], at_least=0.6))
    bench.stop(ttweet_process, nchan_process)
    return rows + http_followers(bench) + http_memory(bench)


def http_followers(bench, followers=1_000):
    """Live feeds by HTTP, beside the same feed by lines and beside nchan, which keeps nothing on the disk."""
    ttweet, ttweet_process = bench.ttweet()
    rows = []
    for name, kind in (("server-sent events", "sse"), ("WebSocket", "ws")):
        # A fresh one for each kind: followers of the other kind that went away leave it waiting at times.
        nchan, nchan_process = bench.nchan()
        samples = bench.take_turns(
            ours=lambda: bench.deliveries(f"ttweet-{kind}", ttweet, followers),
            lines=lambda: bench.deliveries("ttweet", ttweet, followers),
            theirs=nchan and (lambda: bench.deliveries(f"nchan-{kind}", nchan, followers)))
        what = f"{followers:,} followers by {name}: deliveries"
        rows.append(Row(what, "/s", samples["ours"], "our own lines", samples["lines"], at_least=0.9))
        rows.append(Row(what, "/s", samples["ours"], "nchan", samples["theirs"], at_least=10.0))
        bench.stop(nchan_process)
    bench.stop(ttweet_process)
    return rows


def http_memory(bench, followers=1_000):
    """The servers' memory for each follower by HTTP."""
    rows = []
    for name, kind in (("server-sent events", "sse"), ("WebSocket", "ws")):
        samples = {}
        for server, start in (("ttweet", bench.ttweet), ("nchan", bench.nchan)):
            samples[server] = []
            for _ in range(3):
                port, process = start()
                if not port:
                    samples[server] = None
                    break
                samples[server].append(memory_of_followers(bench, f"{server}-{kind}", port, process, followers))
                bench.stop(process)
        rows.append(Row(f"{followers:,} followers by {name}: resident memory of the server for each", "bytes",
                        samples["ttweet"], "nchan", samples["nchan"], at_most=0.15))
    return rows


def memory_of_followers(bench, server, port, process, followers):
    # What all followers share comes with the first one that gets a message.
    command = [bench.programs / "fanout", "--server", server, "--port", port, "--sources", 4, "--idle"]
    first = bench.processes.hold(command + ["--followers", 1])
    before = resident_bytes_of_family(process.pid)
    holder = bench.processes.hold(command + ["--followers", followers])
    found = (resident_bytes_of_family(process.pid) - before) / followers
    bench.processes.release(holder)
    bench.processes.release(first)
    return found


def resident_bytes_of_family(pid):
    """The resident memory of a process and of its children, such as nginx's workers."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return sum(resident_bytes(member) for member in (pid, *children))


def durable(bench):
    """Uploads whose answer comes after the fsync. Redis does not rewrite its file meanwhile."""
    ttweet, ttweet_process = bench.ttweet()
    redis, redis_process = bench.redis("--appendonly", "yes", "--appendfsync", "always",
                                       "--auto-aof-rewrite-percentage", 0)
    samples = bench.take_turns(
        ours=lambda: bench.rate(ttweet, "upload"),
        theirs=redis and (lambda: bench.rate(redis, "redis-set")))
    bench.stop(ttweet_process, redis_process)
    return [Row("64 kept connections: durable uploads one at a time", "/s", samples["ours"],
                "Redis SET, `appendfsync always`", samples["theirs"], at_least=1.0)]


def million(bench):
    """A store of a million tweets, filled through the wire."""
    data = bench.new_folder("million")
    full, full_process = bench.ttweet(data)
    began = time.monotonic()
    filled = bench.load(full, "upload", warm_up=0, seconds=0, count=STORED, pipeline=32, tags=TAGS)
    if filled["answers"] != STORED:
        raise BenchError(f"only {filled['answers']} of {STORED} uploads were answered")
    print(f"bench: {STORED:,} tweets uploaded in {time.monotonic() - began:.1f} s, "
          f"{filled['per_second']:,.0f}/s", file=sys.stderr)

    def last_twenty():
        result = bench.load(full, "hashtag", connections=1, tags=TAGS)
        if result["parts"] != 20 * result["answers"]:
            raise BenchError(f"{result['answers']} answers held {result['parts']} tweets, not 20 each")
        return result["p99_us"] / 1e6

    def into_an_empty_store():
        folder = bench.new_folder("empty")
        empty, empty_process = bench.ttweet(folder)
        rate = bench.rate(empty, "upload", tags=TAGS)
        bench.stop(empty_process)
        shutil.rmtree(folder)
        return rate

    found = bench.take_turns(p99=last_twenty)
    uploads = bench.take_turns(full=lambda: bench.rate(full, "upload", tags=TAGS), empty=into_an_empty_store)
    bench.stop(full_process)
    port = free_port()
    ready = json.loads(bench.processes.run(
        [bench.programs / "ready", min(bench.rounds, 9), port, *bench.ttweet_command(port, data)], timeout=600))
    shutil.rmtree(data)
    what = "a store of 1,000,000 tweets: "
    return [Row(what + "last 20 of a hashtag, one connection, p99", "s", found["p99"], None, None, at_most=0.001),
            Row(what + "durable uploads into it", "/s", uploads["full"], "into an empty store", uploads["empty"],
                at_least=0.9),
            Row(what + "from exec to the first answer", "s", [t / 1e6 for t in ready["times_us"]], None, None,
                at_most=0.1)]


def idle(bench):
    """The server's memory for connections that have asked once and stay."""
    samples = []
    for _ in range(3):
        ttweet, ttweet_process = bench.ttweet()
        before = resident_bytes(ttweet_process.pid)
        holder = bench.processes.hold([bench.programs / "loader", "--port", ttweet, "--request", "download", "--idle",
                                       "--connections", IDLE, "--sources", 4])
        samples.append((resident_bytes(ttweet_process.pid) - before) / IDLE)
        bench.processes.release(holder)
        bench.stop(ttweet_process)
    return [Row(f"{IDLE:,} idle connections: resident memory of the server for each", "bytes", samples, None, None,
                at_most=4096)]


def fanout(bench):
    """Live feeds: one sender, 100-byte tweets, many followers; ttweet's are durable first, the peers' are not."""
    ttweet, ttweet_process = bench.ttweet()
    # By default Redis disconnects followers that lag behind, and NATS slow ones: neither may happen here.
    redis, redis_process = bench.redis("--appendonly", "no", "--protected-mode", "no", "--maxclients", 20000,
                                       "--client-output-buffer-limit", "pubsub", 0, 0, 0)
    nats, nats_process = bench.nats()
    rows = []
    for followers, rounds in ((100, bench.rounds), (1_000, bench.rounds), (10_000, min(bench.rounds, 9))):
        contenders = {"ours": lambda: bench.deliveries("ttweet", ttweet, followers)}
        if followers == 1_000:
            contenders["stalled"] = lambda: bench.deliveries("ttweet", ttweet, followers, stalled=1)
        contenders["redis"] = redis and (lambda: bench.deliveries("redis", redis, followers))
        contenders["nats"] = nats and (lambda: bench.deliveries("nats", nats, followers))
        samples = bench.take_turns(rounds, **contenders)
        what = f"{followers:,} followers: deliveries"
        rows.append(Row(what, "/s", samples["ours"], "Redis pub/sub", samples["redis"], at_least=1.2))
        rows.append(Row(what, "/s", samples["ours"], "nats-server", samples["nats"], at_least=2.0))
        if followers == 1_000:
            rows.append(Row(what + " while one more never reads", "/s", samples["stalled"], "without that one",
                            samples["ours"], at_least=0.95))
    bench.stop(redis_process, nats_process)
    looked_at = bench.take_turns(ours=lambda: bench.deliveries("ttweet", ttweet, 1_000, tagged=True))["ours"]
    rows.append(Row("1,000 followers of a hashtag that one in 256 tweets has: lines looked at", "/s", looked_at, None,
                    None, at_least=10e6))
    bench.stop(ttweet_process)
    samples = []
    for _ in range(3):
        ttweet, ttweet_process = bench.ttweet()
        samples.append(memory_of_followers(bench, "ttweet", ttweet, ttweet_process, IDLE))
        bench.stop(ttweet_process)
    rows.append(Row(f"{IDLE:,} followers: resident memory of the server for each", "bytes", samples, None, None,
                    at_most=4096))
    return rows


def people(bench):
    """Ten thousand users in a chat: the directory, and the delay for others when a user joins."""
    ttweet, ttweet_process = bench.ttweet()
    crowd = json.loads(bench.processes.run(
        [bench.programs / "crowd", "--port", ttweet, "--people", IDLE, "--sources", 4,
         "--seconds", min(3, bench.rounds * bench.seconds)], timeout=600))
    bench.stop(ttweet_process)
    ttweet, ttweet_process = bench.ttweet()
    private = json.loads(bench.processes.run(
        [bench.programs / "private", "--port", ttweet, "--chat", bench.release / "ttweetchat",
         "--count", bench.spawns], timeout=600))
    bench.stop(ttweet_process)
    what = f"{IDLE:,} people online: "
    return [Row("a private message, from sending it to its line in the reader's chat", "s",
                [t / 1e6 for t in private["message_us"]], "a durable upload",
                [t / 1e6 for t in private["upload_us"]], at_most=2.0),
            Row(what + "`who` from the request to its last line", "s", [crowd["who_us"] / 1e6], None, None,
                at_most=0.005),
            Row(what + "a join, from the request to its answer", "s", [crowd["join_us"] / 1e6], None, None,
                at_most=0.001),
            Row(what + "what others wait while one joins after another, p99", "s", [crowd["others_p99_us"] / 1e6],
                None, None, at_most=0.001)]


PLAIN_GROUPS = {group.__name__: group for group in (process, oneshot, kept, http, durable, million, idle, fanout, people)}
