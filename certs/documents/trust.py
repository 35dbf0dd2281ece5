"""What sealing and examining rely on: anchors, the certificates between, and what was revoked; from a folder."""

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Final, Self

import msgspec

from certs.documents.errors import ChainRefused
from certs.examination import Verdict
from certs.x509 import (
    Certificate,
    Evidence,
    TrustStore,
    build_chain,
    examine_revocation,
    load_lists,
)
from gateway.core.errors import ConfigurationInvalid

_CHAIN: Final = "chain"
_LISTS: Final = frozenset({".crl"})


class Trust(msgspec.Struct, frozen=True):
    """What is believed.

    Attributes:
        anchors: the ends of chains.
        between: certificates between anchors and signers that documents do not bring.
        evidence: revocation lists.
    """

    anchors: TrustStore
    between: Sequence[Certificate] = ()
    evidence: Evidence = Evidence()

    @classmethod
    def read(cls, folder: Path | None) -> Self:
        """The anchors of a folder, its lists ``*.crl``, and what is in ``chain`` below it; nothing without a folder.

        Raises:
            ConfigurationInvalid: a folder or a file in it cannot be read or used.
        """
        if folder is None:
            return cls(TrustStore())
        chain = folder / _CHAIN
        return cls(
            TrustStore.load(folder),
            TrustStore.load(chain).anchors if chain.is_dir() else (),
            load_lists(folder, _LISTS),
        )

    def check(self, certificate: Certificate, brought: Sequence[Certificate], at: datetime, now: datetime) -> None:
        """That nothing speaks against a certificate for the time ``at``; what is not known does not.

        Raises:
            ChainRefused: its chain does not hold, or something of it was revoked.
        """
        found = build_chain(certificate, (*brought, *self.between), self.anchors, at)
        revoked = examine_revocation(found.path, at, self.evidence, now)
        for verdict, reason in ((found.verdict, found.reason), (revoked.verdict, revoked.reason)):
            if verdict is Verdict.INVALID:
                raise ChainRefused(reason)


Files = frozenset[tuple[str, int, int]]
"""Names of files, when they were changed, and how long they are."""


class TrustFolder:
    """A folder of trust that is read again once something in it has changed: lists end, and anchors come and go.

    While what is there cannot be used, what was read last stays in use. Safe to use from several threads.

    Raises:
        ConfigurationInvalid: it cannot be used from the beginning.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder: Final = folder
        self._lock: Final = Lock()
        self._files: Files = self._seen()
        self._trust = Trust.read(folder)

    def current(self) -> Trust:
        """What is in it."""
        with self._lock:
            files = self._seen()
            if files != self._files:
                try:
                    self._trust = Trust.read(self._folder)
                except ConfigurationInvalid:
                    return self._trust
                self._files = files
            return self._trust

    def _seen(self) -> Files:
        if self._folder is None:
            return frozenset()
        found = []
        try:
            for folder in (self._folder, self._folder / _CHAIN):
                if not folder.is_dir():
                    continue
                with os.scandir(folder) as files:
                    for file in files:
                        state = file.stat()
                        found.append((f"{folder.name}/{file.name}", state.st_mtime_ns, state.st_size))
        except OSError:
            return frozenset()  # something is being exchanged: seen as a change, and read again
        return frozenset(found)
