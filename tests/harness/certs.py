"""Throwaway certificates: an authority and one leaf under it, as a real server has them."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# A self-signed certificate would be authority and leaf in one, which strict clients refuse; so there are two.
_CONFIG = """
[req]
distinguished_name = name
prompt = no
[name]
CN = {name}
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = {names}
"""


@dataclass(frozen=True)
class Certificates:
    """Where the files are."""

    authority: Path
    leaf: Path
    key: Path


def make(folder: Path, names: Sequence[str]) -> Certificates:
    """Makes an authority and a leaf for these host names."""
    folder.mkdir(parents=True)
    config = folder / "openssl.cnf"
    alternatives = ", ".join([*(f"DNS:{name}" for name in names), "IP:127.0.0.1"])
    authority, authority_key = folder / "ca.pem", folder / "ca.key"
    leaf, key = folder / "server.pem", folder / "server.key"
    config.write_text(_CONFIG.format(name="Throwaway authority", names=alternatives))
    _openssl(config, "authority", authority, authority_key)
    config.write_text(_CONFIG.format(name=names[0], names=alternatives))
    _openssl(config, "leaf", leaf, key, "-CA", str(authority), "-CAkey", str(authority_key))
    return Certificates(authority, leaf, key)


def _openssl(config: Path, extensions: str, out: Path, key: Path, *more: str) -> None:
    command = ["openssl", "req", "-x509", "-config", str(config), "-extensions", extensions, "-days", "30"]
    command += ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    subprocess.run([*command, "-keyout", str(key), "-out", str(out), *more], check=True, capture_output=True)
