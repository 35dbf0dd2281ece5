"""Trust anchors: the certificates in a folder, and nothing else. Whoever can write into it decides what is believed."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, Self

from certs.x509.certificate import LONGEST_BUNDLE, Certificate, read_certificates
from certs.x509.errors import CertificateInvalid
from certs.x509.names import Name
from gateway.core.errors import ConfigurationInvalid
from gateway.core.expiry import Expiry, ExpiryKind

MOST_ANCHORS: Final = 1_000
_SUFFIXES: Final = frozenset({".pem", ".crt", ".cer", ".der"})
_LONGEST_NAME: Final = 200


class TrustStore:
    """A set of trust anchors. What is in it is believed as it is, whether it signs itself or not."""

    def __init__(self, anchors: Iterable[Certificate] = ()) -> None:
        self.anchors: Final = tuple(dict.fromkeys(anchors))
        self._all = frozenset(self.anchors)
        self._by_name = by_name(self.anchors)

    def __contains__(self, certificate: Certificate) -> bool:
        return certificate in self._all

    def named(self, name: Name) -> Sequence[Certificate]:
        """The anchors of this name."""
        return self._by_name.get(name.canonical, ())

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The certificates in a folder's files ``*.pem``, ``*.crt``, ``*.cer`` and ``*.der``; others are left alone.

        Raises:
            ConfigurationInvalid: the folder or a file cannot be read, a file holds no certificate or a broken one, or
                there are more than 1,000. A folder without any is an empty store, under which nothing is valid.
        """
        found: list[Certificate] = []
        for file in _files(folder):
            found += _certificates(file)
            if len(found) > MOST_ANCHORS:
                raise ConfigurationInvalid(
                    f"there are more than {MOST_ANCHORS} trust anchors in {folder}", "keep only those that are needed"
                )
        return cls(found)

    def expiries(self) -> Sequence[Expiry]:
        """Until when each anchor is in force."""
        return [
            Expiry(
                kind=ExpiryKind.TRUST_ANCHOR,
                name=anchor.subject[:_LONGEST_NAME] or anchor.fingerprint_sha256.hex(),
                expires_at=anchor.not_after,
            )
            for anchor in self.anchors
        ]


class TrustFolder:
    """An ExpirySource over a folder of anchors, read anew each time: they are renewed while we run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def __call__(self) -> Sequence[Expiry]:
        """Each anchor with its end; none if the folder cannot be read."""
        try:
            return (await asyncio.to_thread(TrustStore.load, self._folder)).expiries()
        except ConfigurationInvalid:
            return []


def by_name(certificates: Iterable[Certificate]) -> Mapping[object, Sequence[Certificate]]:
    """Certificates by the canonical form of their subject."""
    found: dict[object, list[Certificate]] = {}
    for one in certificates:
        found.setdefault(one.subject_name.canonical, []).append(one)
    return found


def _files(folder: Path) -> Sequence[Path]:
    try:
        return sorted(file for file in folder.iterdir() if file.suffix.lower() in _SUFFIXES and file.is_file())
    except OSError as error:
        raise ConfigurationInvalid(
            f"the folder of trust anchors {folder} cannot be read: {error.strerror}", "name a folder that is there"
        ) from error


def _certificates(file: Path) -> Sequence[Certificate]:
    remedy = "take it away, or put a certificate in its place"
    try:
        with file.open("rb") as opened:
            return read_certificates(opened.read(LONGEST_BUNDLE + 1))
    except OSError as error:
        raise ConfigurationInvalid(f"the trust anchor {file.name} cannot be read: {error.strerror}", remedy) from error
    except CertificateInvalid as error:
        raise ConfigurationInvalid(f"the trust anchor {file.name} cannot be used: {error}", remedy) from error
