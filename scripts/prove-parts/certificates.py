"""Certificates of scripts/make-cert, and the contexts of clients that trust them."""

import os
import ssl
import subprocess
from pathlib import Path

MAKE = Path(__file__).resolve().parents[1] / "make-cert"


def make(folder, *hosts, days=365):
    """Makes an authority and a certificate; returns the server's options."""
    subprocess.run([MAKE, folder, *hosts], check=True, stdout=subprocess.DEVNULL,
                   env={**os.environ, "TTWEET_CERT_DAYS": str(days)})
    return ["--tls-cert", folder / "cert.pem", "--tls-key", folder / "key.pem"]


def trusting(folder):
    return ssl.create_default_context(cafile=folder / "authority.pem")
