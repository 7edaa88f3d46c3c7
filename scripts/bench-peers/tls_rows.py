"""The measurements with TLS, one function for each group of rows, as in rows.py."""

import json
import ssl
import subprocess
from pathlib import Path

from processes import BenchError, find, free_port, resident_bytes
from rows import IDLE, MESSAGE, process_rows, spelled
from table import Row


def machine_authorities(bench, authority):
    """Makes a folder like the machine's one of authorities, with ours as one more; returns it."""
    folder = bench.new_folder("authorities")
    for file in Path(ssl.get_default_verify_paths().openssl_capath).iterdir():
        (folder / file.name).symlink_to(file)
    name = subprocess.run(["openssl", "x509", "-hash", "-noout", "-in", authority], check=True, capture_output=True,
                          text=True).stdout.strip()
    (folder / f"{name}.0").symlink_to(authority)
    return folder


def tls_process(bench):
    """Whole one-shot processes with TLS, from spawn to exit."""
    ttweet, ttweet_process = bench.ttweet_with_tls()
    authority = bench.certificate / "authority.pem"
    # The packet of the original client, to which the server answers and then ends: s_client has nothing else to end it.
    packet = bench.certificate / "packet"
    packet.write_text("d\n")
    environment = {"SSL_CERT_DIR": str(machine_authorities(bench, authority))}
    download = [bench.release / "ttweetcl", "-d", "127.0.0.1", ttweet, "-q", "--tls"]
    with_authority, with_machine = "ttweetcl --tls --ca -d", "ttweetcl --tls -d"
    client, bare = "openssl s_client", "bare C client with OpenSSL"
    commands = {
        with_authority: [*download, "--ca", authority],
        with_machine: download,
        bare: [bench.programs / "bare-tls-client", ttweet, authority],
        client: ["openssl", "s_client", "-quiet", "-verify_return_error", "-verify_ip", "127.0.0.1", "-CAfile",
                 authority, "-connect", f"127.0.0.1:{ttweet}"],
    }
    for name, command in commands.items():
        if MESSAGE not in bench.processes.run(command, timeout=20, environment=environment, input=packet):
            raise BenchError(f"{name} does not print the last message")
    goals = {with_authority: {client: 0.6, bare: 0.8}, with_machine: {with_authority: 1.1}}
    rows = process_rows(bench, commands, goals, input=packet, environment=environment)
    bench.stop(ttweet_process)
    return rows


def tls_kept(bench):
    """TLS connections that are kept, one request at a time and pipelined."""
    ttweet, ttweet_process = bench.ttweet_with_tls()
    redis, redis_process = bench.redis("--appendonly", "no", certificate=bench.certificate)
    rows = []
    for what, pipeline, peer_goal, plain_goal in (("one at a time", 1, 1.0, 0.6), ("pipelined by 32", 32, 2.0, 0.55)):
        samples = bench.take_turns(
            ours=lambda: bench.rate(ttweet, "download", pipeline=pipeline, tls=True),
            plain=lambda: bench.rate(ttweet, "download", pipeline=pipeline),
            redis=redis and (lambda: bench.rate(redis, "redis-get", pipeline=pipeline, tls=True)))
        what = f"64 kept TLS connections: downloads {what}"
        rows.append(Row(what, "/s", samples["ours"], "Redis GET with TLS", samples["redis"], at_least=peer_goal))
        rows.append(Row(what, "/s", samples["ours"], "without TLS", samples["plain"], at_least=plain_goal))
    bench.stop(ttweet_process, redis_process)
    return rows


def tls_idle(bench):
    """The servers' memory for TLS connections that have asked once and stay."""
    def grown(port, process, request):
        before = resident_bytes(process.pid)
        holder = bench.processes.hold([bench.programs / "loader", "--port", port, "--request", request, "--idle",
                                       "--connections", IDLE, "--sources", 4, "--tls"])
        after = resident_bytes(process.pid)
        bench.processes.release(holder)
        bench.stop(process)
        return (after - before) / IDLE

    def redis():
        # Only 127.0.0.1 itself counts as this machine for it.
        return grown(*bench.redis("--appendonly", "no", "--protected-mode", "no", "--maxclients", 20000,
                                  certificate=bench.certificate), "redis-get")

    samples = bench.take_turns(
        3, ours=lambda: grown(*bench.ttweet_with_tls(), "download"), redis=redis if find("redis-server") else None)
    what = f"{IDLE:,} idle TLS connections: resident memory of the server for each"
    return [Row(what, "bytes", samples["ours"], None, None, at_most=16 * 1024),
            Row(what, "bytes", samples["ours"], "Redis with TLS", samples["redis"], at_most=0.6)]


def tls_fanout(bench):
    """Live feeds through TLS: one sender, which sends 128 tweets of 100 bytes in a write, and 1,000 followers."""
    ttweet, ttweet_process = bench.ttweet_with_tls()
    redis, redis_process = bench.redis("--appendonly", "no", "--protected-mode", "no", "--maxclients", 20000,
                                       "--client-output-buffer-limit", "pubsub", 0, 0, 0,
                                       certificate=bench.certificate)
    how = {"window": 256, "tls": True}
    samples = bench.take_turns(
        ours=lambda: bench.deliveries("ttweet", ttweet, 1_000, **how),
        redis=redis and (lambda: bench.deliveries("redis", redis, 1_000, **how)))
    bench.stop(ttweet_process, redis_process)
    return [Row("1,000 TLS followers: deliveries", "/s", samples["ours"], "Redis pub/sub with TLS", samples["redis"],
                at_least=2.5)]


def handshakes(bench):
    """TLS handshakes, and the wait of busy connections during a flood of them."""
    def rate(port):
        options = {"connections": 64, "sources": 4, "warm_up": bench.warm_up, "seconds": bench.seconds, **bench.placed}
        return json.loads(bench.processes.run([bench.programs / "handshakes", "--port", port, *spelled(options)],
                                              timeout=600))["per_second"]

    def p99(port):
        return bench.load(port, "download", tls=True)["p99_us"] / 1e6

    def p99_during_flood(port):
        options = {"connections": 64, "sources": 4, "flood": True, **bench.placed}
        flood = bench.processes.hold([bench.programs / "handshakes", "--port", port, *spelled(options)])
        waited = p99(port)
        bench.processes.release(flood)
        return waited

    ttweet, ttweet_process = bench.ttweet_with_tls()
    peer, folder = free_port(), bench.certificate
    # One ticket and no memory of sessions, as ttweetsrv has it; the answers to requests do not matter.
    peer_process = bench.processes.serve(
        ["openssl", "s_server", "-accept", f"127.0.0.1:{peer}", "-cert", folder / "cert.pem", "-key",
         folder / "key.pem", "-quiet", "-WWW", "-no_cache", "-num_tickets", 1], peer, folder / "output")
    samples = bench.take_turns(ours=lambda: rate(ttweet), peer=lambda: rate(peer))
    bench.stop(peer_process)
    waits = bench.take_turns(flood=lambda: p99_during_flood(ttweet), quiet=lambda: p99(ttweet))
    bench.stop(ttweet_process)
    return [Row("TLS handshakes, 64 at once", "/s", samples["ours"], "openssl s_server, the same key", samples["peer"],
                at_least=1.1),
            Row("64 kept TLS connections: p99 of downloads during a flood of handshakes", "s", waits["flood"],
                "without the flood", waits["quiet"], at_most=2.0)]


TLS_GROUPS = {"tls-process": tls_process, "tls-kept": tls_kept, "tls-idle": tls_idle, "tls-fanout": tls_fanout,
              "handshakes": handshakes}
