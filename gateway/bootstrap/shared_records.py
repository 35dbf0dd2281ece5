"""Using shared data, put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from gateway.bootstrap.keys import read_audit_signer, read_record_cipher
from gateway.bootstrap.records import Records
from gateway.core.audit.checkpoint import CheckpointSigner
from gateway.core.audit.references import References
from gateway.core.clock import Clock
from gateway.core.policy.provider import PolicyProvider
from gateway.core.ports import IdSealer
from gateway.core.sealing import Cipher
from gateway.services.auditing import Auditing
from gateway.services.live_use import LiveUse
from gateway.services.permitting import Permits
from gateway.services.sharing.decide_use import DecideUse
from gateway.services.sharing.fetch_shared import FetchShared, OnDenied
from gateway.services.sharing.receipt_press import ReceiptPress
from gateway.services.sharing.share_asking import ShareAsker
from gateway.services.sharing.share_cursors import ShareCursors
from gateway.services.sharing.share_memory import ShareMemory
from gateway.settings import Settings
from gateway.store.audit.places import SqlPlaces
from gateway.store.database import Database
from gateway.store.sharing.grants import SqlGrants
from gateway.store.sharing.purse import SqlPurse, purse
from gateway.store.sharing.receipts import SqlReceipts
from gateway.store.sharing.resources import SqlResources


class SharedParts(msgspec.Struct, frozen=True):
    """What using shared data is made of; ``receipts`` is False only where their cost is measured."""

    database: Database
    purse: SqlPurse
    cipher: Cipher
    signer: CheckpointSigner | None
    audit: Auditing
    receipts: bool = True


@asynccontextmanager
async def open_shared(settings: Settings, clock: Clock, records: Records) -> AsyncIterator[SharedParts]:
    """The parts; what this process holds of quotas and has not used is given back when the block ends."""
    cipher, signer = read_record_cipher(settings), read_audit_signer(settings)
    async with purse(records.database, clock) as opened:
        yield SharedParts(records.database, opened, cipher, signer, records.audit)


class SharedUse(msgspec.Struct, frozen=True):
    """Using shared data: the use case, what decides on each use, and what makes the receipts."""

    fetch: FetchShared
    decide: DecideUse
    press: ReceiptPress


def build_shared(
    parts: SharedParts,
    asker: ShareAsker,
    uses: LiveUse,
    permits: Permits,
    rules: PolicyProvider,
    sealer: IdSealer,
    clock: Clock,
    denied: OnDenied | None = None,
) -> SharedUse:
    """The use case and its parts; ``denied`` is told of uses that a system denies."""
    database, cipher = parts.database, parts.cipher
    press = ReceiptPress(SqlReceipts(database), SqlPlaces(database), parts.signer, clock)
    memory = ShareMemory(SqlGrants(database, cipher), SqlResources(database, clock), clock)
    cursors, references = ShareCursors(sealer), References(cipher)
    decide = DecideUse(
        memory=memory, uses=uses, permits=permits, book=rules, cursors=cursors, references=references, clock=clock
    )
    fetch = FetchShared(
        decide=decide,
        memory=memory,
        purse=parts.purse,
        asker=asker,
        cursors=cursors,
        press=press if parts.receipts else None,
        references=references,
        cipher=cipher,
        clock=clock,
        audit=parts.audit,
        denied=denied,
    )
    return SharedUse(fetch, decide, press)
