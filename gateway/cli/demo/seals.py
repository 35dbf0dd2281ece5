"""The seals of the demo: one whose key is the gateway's, and those of the sandbox's platforms."""

import asyncio
import base64
import ssl
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import msgspec

from adapters.sandbox.world.generate import World
from certs.seals import SealVersion
from gateway.cli.demo.client import Client
from gateway.cli.demo.queries import AUTHORISE_SEAL, REGISTER_SEAL
from gateway.cli.seal_make import SealMaking, draw_seal
from gateway.system_clock import SystemClock

NAME: Final = "示例行政审批专用章"
_DAYS: Final = timedelta(days=365)
_MILLIMETRES: Final = 42
TRUST: Final = "trust"
"""The folder of all whom the demo believes, below its own."""
_OWN, _CHAIN = "seal", "chain"
_BEGIN: Final = "-----BEGIN CERTIFICATE-----"

Ask = Callable[[str, str, dict[str, Any]], dict[str, Any]]
"""Gives the data of a reply to an operation by whoever has this role."""


class PlatformSeal(msgspec.Struct, frozen=True):
    """A seal that a platform of the sandbox keeps, and how it is asked to use it."""

    system: str
    number: str
    mode: str
    certificate: str
    """``sm2`` or ``rsa``: which of its two keys the register knows it by."""


PLATFORMS: Final[Mapping[str, PlatformSeal]] = {
    "hub": PlatformSeal("seal-hub", "QZ42-0001", "DIGEST", "sm2"),
    "polling": PlatformSeal("seal-hub", "QZ42-0002", "DOCUMENT", "sm2"),
    "callback": PlatformSeal("seal-hub", "QZ42-0003", "DOCUMENT", "sm2"),
    "district": PlatformSeal("seal-district", "420102-01", "DOCUMENT", "sm2"),
    "bureau": PlatformSeal("seal-bureau", "Y2015001", "DOCUMENT", "sm2"),
}
"""By what the walk calls them."""


def make_own(folder: Path) -> None:
    """A seal with its key and certificate in ``folder/seal``, unless one is there from before."""
    place = folder / _OWN
    if (place / "seal.esl").is_file():
        return
    making = SealMaking(SystemClock(), place, _DAYS)
    asyncio.run(making.run(NAME, SealVersion.V4, draw_seal(None, NAME, "", _MILLIMETRES), [], None, None))


def write_trust(folder: Path, control: str) -> Path:
    """The folder of all whom the demo believes: the makers of its own seal and of the platforms'."""
    trust = folder / TRUST
    (trust / _CHAIN).mkdir(parents=True, exist_ok=True)
    own = folder / _OWN / TRUST
    for file in own.rglob("*.*"):
        (trust / file.relative_to(own)).write_bytes(file.read_bytes())
    for system in sorted({seal.system for seal in PLATFORMS.values()}):
        published = Client().read(f"{control}/seals/{system}")["trust"]
        (trust / f"{system}.pem").write_text("".join(published["roots"]), "ascii")
        (trust / _CHAIN / f"{system}.pem").write_text("".join(published["chain"]), "ascii")
        for number, revoked in enumerate(published["crls"]):
            (trust / f"{system}-{number}.crl").write_bytes(base64.b64decode(revoked))
    return trust


def register(ask: Ask, folder: Path, control: str, world: World) -> dict[str, str]:
    """Register every seal and let the officer use it for his item; their ids by name, ``own`` for the gateway's."""
    own = folder / _OWN
    entries: dict[str, dict[str, Any]] = {
        "own": {
            "structure": _text((own / "seal.esl").read_bytes()),
            "certificates": _certificates((own / "signer.pem").read_text("ascii")),
            "route": {"key": f"file:{own / 'signer.key'}"},
        }
    }
    for name, seal in PLATFORMS.items():
        listed = Client().read(f"{control}/seals/{seal.system}")["seals"]
        [found] = [one for one in listed if one["number"] == seal.number]
        entries[name] = {
            "structure": found["esl"],
            "certificates": _certificates(found["certificates"][seal.certificate]),
            "route": {"platform": {"system": seal.system, "number": seal.number, "mode": seal.mode}},
        }
    return {name: _registered(ask, world, entry) for name, entry in entries.items()}


def _registered(ask: Ask, world: World, entry: dict[str, Any]) -> str:
    body = world.officer.body.code
    done = ask("hub", REGISTER_SEAL, {"input": {**entry, "owner": body}})["registerSeal"]
    if done["seal"] is None:
        raise ValueError(f"the seal is not registered: {done['problems']}")
    opened = {
        "id": done["seal"]["id"],
        "applications": ["*"],
        "bodies": [body],
        "items": [world.item],
        "documents": ["*"],
        "expectedVersion": done["seal"]["version"],
    }
    allowed = ask("department", AUTHORISE_SEAL, {"input": opened})["authoriseSeal"]
    if allowed["seal"] is None:
        raise ValueError(f"nobody is authorised: {allowed['problems']}")
    return str(done["seal"]["id"])


def _certificates(bundle: str) -> Sequence[str]:
    """Base64 of the certificates of a PEM bundle, in its order."""
    parts = [_BEGIN + part for part in bundle.split(_BEGIN)[1:]]
    return [_text(ssl.PEM_cert_to_DER_cert(part.strip())) for part in parts]


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
