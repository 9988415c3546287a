"""Runs other Python verifiers on given badges, each in its own virtual environment and only as an installed program."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from plugin.badges import Document
from plugin.badges.proof import contexts

_COMMON = """
import base64, json, signal, sys, time
class TooLong(Exception):
    pass
def ring(*_):
    raise TooLong
signal.signal(signal.SIGALRM, ring)
job = json.load(sys.stdin)
documents = {url: base64.b64decode(body) for url, body in job["documents"].items()}
def bytes_of(url, *args, **kwargs):
    if url not in documents:
        raise ValueError("no document for " + url)
    return documents[url]
def run(judge):
    answers = []
    for raw in job["badges"]:
        raw = base64.b64decode(raw)
        started = time.process_time()
        signal.alarm(60)
        try:
            verdict = "valid" if judge(raw) else "invalid"
        except TooLong:
            verdict = "no answer in 60 s"
        except Exception:
            verdict = "refused"
        finally:
            signal.alarm(0)
        answers.append([verdict, time.process_time() - started])
    json.dump(answers, sys.stdout)
"""
_OPENBADGESLIB = """
from openbadgeslib.ob3 import OB3LdpVerifier, OB3Verifier
import jwt
def judge(raw):
    if raw[:4] == b"\\x89PNG":
        text = OB3Verifier.extract_token_from_png(raw)
    elif b"<svg" in raw[:4096]:
        text = OB3Verifier.extract_token_from_svg(raw)
    else:
        text = raw.decode()
    text = text.strip()
    if text.startswith("{"):
        OB3LdpVerifier().verify(text, check_status=True, download=bytes_of)
        return True
    header = jwt.get_unverified_header(text)
    if "jwk" in header:
        verifier = OB3Verifier(pubkey_pem=jwt.PyJWK(header["jwk"]).key)
    else:
        from openbadgeslib.verify import issuer_did_from_token
        verifier = OB3Verifier.for_issuer_did(issuer_did_from_token(text), download=bytes_of)
    verifier.verify(text, check_status=True, download=bytes_of)
    return True
run(judge)
"""
#: helped twice: it gets our contexts, and the proof that it knows is picked out of an array
_OPENVC = """
from datetime import datetime, timezone
from openvc import VerificationPolicy, verify_credential
from openvc.did.base import DidResolverRegistry
from openvc.did.did_jwk import DidJwkResolver
from openvc.did.did_key import DidKeyResolver
from openvc.did.did_web import DidWebResolver
from openvc.resolvers import default_status_list_resolver
registry = DidResolverRegistry(
    [DidKeyResolver(), DidJwkResolver(), DidWebResolver(lambda url: json.loads(bytes_of(url)))])
lists = default_status_list_resolver(
    resolver=registry, fetch=lambda url: bytes_of(url).decode(), extra_contexts=job["contexts"])
now = datetime.fromtimestamp(job["now"], timezone.utc)
def judge(raw):
    text = raw.decode().strip()
    value = json.loads(text) if text.startswith("{") else text
    if isinstance(value, dict) and isinstance(value.get("proof"), list):
        known = [proof for proof in value["proof"] if proof.get("cryptosuite") == "eddsa-rdfc-2022"]
        value["proof"] = known[0] if known else value["proof"]
    policy = VerificationPolicy(now=now)
    verify_credential(
        value, policy=policy, resolver=registry, resolve_status_list=lists, extra_contexts=job["contexts"])
    return True
run(judge)
"""


@dataclass(frozen=True)
class Peer:
    """A program to measure: the pinned requirement and the script that judges with it."""

    name: str
    requirement: str
    script: str = ""


PEERS = (
    Peer("openbadgeslib 4.6.3", "openbadgeslib[ldp,ldp-sd]==4.6.3", _OPENBADGESLIB),
    Peer("openvc-core 1.37.0", "openvc-core[data-integrity]==1.37.0", _OPENVC),
)
RALPH = Peer("ralph-malph 5.1.0", "ralph-malph==5.1.0")


def python_of(peer: Peer, cache: Path) -> Path:
    """The peer's own Python, its environment made on first use. Raises CalledProcessError when pip cannot."""
    folder = (cache / peer.name.replace(" ", "-")).resolve()
    python = folder / "bin" / "python"
    done = folder / ".installed"
    if not done.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        pip = [
            str(python),
            "-m",
            "pip",
            "--disable-pip-version-check",
            "install",
            "--quiet",
            peer.requirement,
        ]
        subprocess.run(pip, check=True)
        done.write_text(peer.requirement)
    return python


def judge(
    peer: Peer, cache: Path, badges: list[bytes], documents: Mapping[str, Document], now: float
) -> list[tuple[str, float]]:
    """Our bundled contexts are handed over too, for peers that take some. Verdict (valid, invalid, refused, or that it gave no answer) and CPU seconds of each badge."""
    job = {
        "badges": [base64.b64encode(raw).decode() for raw in badges],
        "documents": {url: base64.b64encode(answer.body).decode() for url, answer in documents.items()},
        "now": now,
        "contexts": {url: contexts.context(url) for url in contexts.index()},
    }
    done = subprocess.run(
        [str(python_of(peer, cache)), "-W", "ignore", "-c", _COMMON + peer.script],
        input=json.dumps(job).encode(),
        capture_output=True,
        check=True,
    )
    return [(verdict, seconds) for verdict, seconds in json.loads(done.stdout)]
