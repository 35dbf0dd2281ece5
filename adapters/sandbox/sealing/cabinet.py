"""A platform's keys and seals: made once by an authority of its own, and kept in a folder."""

import asyncio
import base64
import os
import secrets
import shutil
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

import msgspec

from certs.seals import Picture, Seal, SealDraft, SignerList, make_seal, read_seal
from certs.seals.pictures import round_seal
from certs.signers import HeldSigner, read_private_key
from certs.x509 import Certificate, DevelopmentAuthority, Issued, KeyAlgorithm, read_certificates
from gateway.core.clock import Clock

_BODYS_SEAL: Final = 1
_MILLIMETRES: Final = 40
_LIFE: Final = timedelta(days=300)
_MARGIN: Final = timedelta(days=30)
_KINDS: Final = {"sm2": KeyAlgorithm.SM2, "rsa": KeyAlgorithm.RSA}


class SealSpec(msgspec.Struct, frozen=True):
    """A seal that a platform has; ``answers`` is how it answers requests for it: at-once, polling or callback."""

    number: str
    name: str
    answers: str = "at-once"


class KeptSeal(msgspec.Struct, frozen=True):
    """A seal with the keys it is used with: SM2 for OFD and digests, RSA for PDF."""

    spec: SealSpec
    seal: Seal
    signers: Mapping[str, HeldSigner]
    chains: Mapping[str, Sequence[Certificate]]


class Cabinet:
    """The seals of one platform.

    Args:
        folder: where they are kept; what is there already is used.
        specs: the seals.
        clock: from when they are in force.
    """

    def __init__(self, folder: Path, specs: Sequence[SealSpec], clock: Clock) -> None:
        self._folder = folder / "seals"
        self._specs = specs
        self._clock = clock
        self._kept: dict[str, KeptSeal] = {}

    async def open(self) -> Mapping[str, KeptSeal]:
        """The seals by number, made if they are not there yet: most who start a sandbox want none."""
        if not self._kept:
            if not self._folder.exists():
                # drawing seals and finding primes takes a second or two, during which others have their turn
                await asyncio.to_thread(lambda: asyncio.run(self._make()))
            self._kept = {spec.number: self._read(spec) for spec in self._specs}
        return self._kept

    async def shown(self) -> dict[str, object]:
        """What is to be registered: anchors and lists of revoked certificates, and every seal with its certificates."""
        kept = await self.open()
        trust = self._folder / "trust"
        return {
            "trust": {
                "roots": [(trust / "root.pem").read_text("ascii")],
                "chain": [(trust / "authority.pem").read_text("ascii")],
                "crls": [
                    base64.b64encode((trust / name).read_bytes()).decode() for name in ("root.crl", "authority.crl")
                ],
            },
            "seals": [
                {
                    "number": one.spec.number,
                    "name": one.spec.name,
                    "answers": one.spec.answers,
                    "esl": base64.b64encode(one.seal.envelope.raw).decode(),
                    "certificates": {
                        kind: "".join(certificate.to_pem() for certificate in chain)
                        for kind, chain in one.chains.items()
                    },
                }
                for one in kept.values()
            ],
        }

    async def _make(self) -> None:
        """Make everything beside its place and move it there in one step: half a cabinet is never found."""
        fresh = self._folder.with_name(f"seals.{secrets.token_hex(4)}")
        (fresh / "trust").mkdir(parents=True, mode=0o700)
        authority = DevelopmentAuthority.create(self._clock)
        for spec in self._specs:
            await self._make_one(fresh / spec.number, spec, authority)
        until = self._clock.now() + _LIFE + _MARGIN
        trust = {
            "root.pem": authority.root.certificate.to_pem().encode(),
            "authority.pem": authority.intermediate.certificate.to_pem().encode(),
            "root.crl": authority.crl(authority.root, next_update=until),
            "authority.crl": authority.crl(authority.intermediate, next_update=until),
        }
        for name, content in trust.items():
            (fresh / "trust" / name).write_bytes(content)
        try:
            os.rename(fresh, self._folder)  # noqa: PTH104 - must fail where somebody was faster
        except OSError:
            shutil.rmtree(fresh)

    async def _make_one(self, folder: Path, spec: SealSpec, authority: DevelopmentAuthority) -> None:
        folder.mkdir()  # noqa: ASYNC240 - a few files, once
        now = self._clock.now().replace(microsecond=0)
        issued: dict[str, Issued] = {}
        for kind, algorithm in _KINDS.items():
            issued[kind] = authority.issue(f"{spec.name} {kind}", key=algorithm, not_after=now + _LIFE + _MARGIN)
            issued[kind].write(folder, kind)
        maker = authority.issue("Development Seal Maker", not_after=now + _LIFE + _MARGIN)
        draft = SealDraft(
            kind=_BODYS_SEAL,
            identity=f"SANDBOX{spec.number.replace('-', '')}",
            name=spec.name,
            signers=SignerList(certificates=tuple(one.certificate.der for one in issued.values())),
            picture=Picture(
                "PNG",
                round_seal(spec.name, code=spec.number, millimetres=_MILLIMETRES, dots_per_inch=150).png,
                _MILLIMETRES,
                _MILLIMETRES,
            ),
            created_at=now,
            valid_from=now,
            valid_until=now + _LIFE,
        )
        seal = await make_seal(draft, HeldSigner(maker.key, maker.certificate))
        (folder / "seal.esl").write_bytes(seal.envelope.raw)

    def _read(self, spec: SealSpec) -> KeptSeal:
        folder = self._folder / spec.number
        chains = {kind: read_certificates((folder / f"{kind}.pem").read_bytes()) for kind in _KINDS}
        signers = {
            kind: HeldSigner(read_private_key((folder / f"{kind}.key").read_bytes()), chains[kind][0])
            for kind in _KINDS
        }
        return KeptSeal(spec, read_seal((folder / "seal.esl").read_bytes()), signers, chains)
