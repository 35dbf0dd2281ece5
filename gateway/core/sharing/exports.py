"""An export: all records of one question under a grant, fetched page by page, as one file.

    QUEUED → RUNNING           each page is decided, taken from the quota, recorded and kept in one transaction
    WAITING                    the quota of the day is used up: it goes on with the next day's
    READY                      the end: there is a file, for a while; EXPIRED after that
    FAILED | CANCELLED         the end: there is none, and what had been fetched is deleted

A page is kept under the version that it was asked for by: so whoever works on it, and however often he is stopped, no
page is kept twice and nothing is taken from a quota twice.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Protocol

import msgspec

from gateway.core.audit.events import UseReference
from gateway.core.caller import Caller
from gateway.core.files import Owner
from gateway.core.records import Also, Swept, Transaction
from gateway.core.sharing.tables import TableFormat
from gateway.core.sharing.terms import Access
from gateway.core.text import Language, Text
from gateway.core.trouble import Trouble
from gateway.core.use import Use

LONGEST_KEY: Final = 128
"""Characters of an idempotency key."""

MOST_ROWS: Final = 1_000_000
MOST_BYTES: Final = 200 * 1024 * 1024
"""Of all records in JSON."""

MOST_PAGES: Final = 10_000
MOST_DAYS: Final = 14
"""How often an export waits for the next day's quota: whoever asked is proven once, at its beginning."""

KEPT: Final = timedelta(days=3)
"""How long a file is kept, in bulk as its records are."""

After = tuple[datetime, str]
"""Where a page of exports goes on: when one was asked for, and its id."""


class ExportState(StrEnum):
    """How far an export is."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    WAITING = "WAITING"
    READY = "READY"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


GOING: Final = frozenset({ExportState.QUEUED, ExportState.RUNNING, ExportState.WAITING})
"""States that do not last."""


class WrongStep(ValueError):
    """A step that the rules of an export forbid in its state: a defect of whoever takes it."""


class Column(msgspec.Struct, frozen=True):
    """A field as it is given on every page."""

    name: str
    title: str
    access: Access


class ExportedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file in the store of files: its id there, and what it is."""

    file: str
    name: str
    media_type: str
    bytes: int
    sha256: str

    def __repr__(self) -> str:
        """Size only: the id opens it."""
        return f"ExportedFile({self.bytes} bytes)"


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """What a page adds to an export.

    Attributes:
        size: bytes of its records in JSON.
        cursor: leads to the next page; None after the last one.
        mark: the same for a page that is the same again.
        truncated: the system has more than can be asked for.
        use: under which it was given, as it was proven.
    """

    resource_version: int
    columns: tuple[Column, ...]
    withheld: Mapping[str, Text]
    rows: int
    size: int
    cursor: str | None
    mark: bytes
    truncated: bool
    at: datetime
    use: Use | None = None


class Export(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One version of an export.

    Attributes:
        id: opaque, random. ``key`` is the caller's idempotency key, ``request`` the digest of what came with it.
        caller: who asked, as far as rules and audit need him; ``request_id`` is his request.
        use: the id under which each page is asked; ``reference`` what the audit calls it; ``kept`` the use itself, as
            it was last proven.
        parameters: as they are sent; ``fields`` that were asked for, whatever the catalogue has later.
        expires_at: when its file goes, or would have gone.
        pages: how many are kept; ``rows`` and ``size`` of them all.
        cursor: leads to the next page; None before the first and after the last one.
        is_whole: whether the last page is there; ``is_cut`` whether its system has more than can be asked for.
        last: the mark of the last page.
        stalled_at: since when nothing could be fetched.
        days: how often it has waited for a quota of the next day; ``goes_on_at`` when it goes on, while it waits.
        manifest: what vouches for the file.
        warnings: what a reader of the file should know; ``troubles`` why there is none.
    """

    id: str
    key: str
    request: bytes
    caller: Caller
    request_id: str
    language: Language
    use: str
    reference: UseReference
    grant: str
    resource: str
    resource_version: int
    parameters: dict[str, str]
    fields: tuple[str, ...]
    format: TableFormat
    asked_at: datetime
    changed_at: datetime
    expires_at: datetime
    state: ExportState = ExportState.QUEUED
    version: int = 1
    columns: tuple[Column, ...] = ()
    withheld: dict[str, Text] = {}
    pages: int = 0
    rows: int = 0
    size: int = 0
    cursor: str | None = None
    is_whole: bool = False
    is_cut: bool = False
    last: bytes = b""
    stalled_at: datetime | None = None
    kept: Use | None = None
    days: int = 0
    goes_on_at: datetime | None = None
    file: ExportedFile | None = None
    manifest: dict[str, Any] | None = None
    warnings: tuple[Trouble, ...] = ()
    troubles: tuple[Trouble, ...] = ()

    def __repr__(self) -> str:
        """State only: its parameters name persons."""
        return f"Export({self.state.value}, version {self.version})"

    @property
    def owner(self) -> Owner:
        """Whose it is."""
        return Owner.of(self.caller)

    def state_at(self, now: datetime) -> ExportState:
        """The state, which changes by itself when the time of the file is over."""
        is_over = self.state is ExportState.READY and self.expires_at <= now
        return ExportState.EXPIRED if is_over else self.state

    def continues(self, page: Fetched) -> bool:
        """Whether a page gives the same fields in the same way as those before it."""
        shape = (page.columns, page.resource_version)
        return not self.pages or shape == (self.columns, self.resource_version)

    def repeats(self, page: Fetched) -> bool:
        """Whether a page with records is the last one once more, or leads to itself: its source does not go on."""
        if not self.pages:
            return False
        return (page.rows > 0 and page.mark == self.last) or (page.cursor is not None and page.cursor == self.cursor)

    def is_full(self, page: Fetched) -> bool:
        """Whether it would be larger with the page than an export may be."""
        is_over = self.rows + page.rows > MOST_ROWS or self.size + page.size > MOST_BYTES
        return is_over or self.pages >= MOST_PAGES

    def add(self, page: Fetched) -> "Export":
        """One page more."""
        self._must_go_on()
        if self.is_whole or self.repeats(page) or self.is_full(page) or not self.continues(page):
            raise WrongStep("the page does not belong to the export")
        return self._next(
            page.at,
            state=ExportState.RUNNING,
            resource_version=page.resource_version,
            columns=page.columns,
            withheld=dict(page.withheld),
            pages=self.pages + 1,
            rows=self.rows + page.rows,
            size=self.size + page.size,
            cursor=page.cursor,
            is_whole=page.cursor is None,
            is_cut=self.is_cut or page.truncated,
            last=page.mark,
            stalled_at=None,
            kept=page.use,
            goes_on_at=None,
        )

    def stall(self, at: datetime) -> "Export":
        """Nothing can be fetched at this moment."""
        self._must_go_on()
        state = ExportState.RUNNING if self.state is ExportState.WAITING else self.state
        return self._next(at, state=state, stalled_at=at, goes_on_at=None)

    def wait(self, until: datetime, at: datetime) -> "Export":
        """The quota of the day is used up, and there is another on the next day."""
        self._must_go_on()
        if self.is_whole or self.days >= MOST_DAYS:
            raise WrongStep("there is nothing to wait for any more")
        return self._next(at, state=ExportState.WAITING, stalled_at=None, days=self.days + 1, goes_on_at=until)

    def finish(
        self, file: ExportedFile, manifest: dict[str, Any], at: datetime, warnings: tuple[Trouble, ...] = ()
    ) -> "Export":
        """All pages are there, and the file is made of them."""
        self._must_go_on()
        if not self.is_whole:
            raise WrongStep("pages are missing")
        return self._next(
            at, state=ExportState.READY, file=file, manifest=manifest, expires_at=at + KEPT, warnings=warnings
        )

    def fail(self, troubles: tuple[Trouble, ...], at: datetime) -> "Export":
        """There will be no file."""
        self._must_go_on()
        return self._next(at, state=ExportState.FAILED, troubles=troubles, cursor=None, goes_on_at=None)

    def cancel(self, at: datetime) -> "Export":
        """Its caller does not want it any more."""
        self._must_go_on()
        return self._next(at, state=ExportState.CANCELLED, cursor=None, goes_on_at=None)

    def _must_go_on(self) -> None:
        if self.state not in GOING:
            raise WrongStep(f"an export that is {self.state.value}")

    def _next(self, at: datetime, **changes: object) -> "Export":
        return msgspec.structs.replace(self, version=self.version + 1, changed_at=at, **changes)


class ExportPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page that is kept.

    Attributes:
        number: from 1.
        receipt: the id of its receipt; ``given`` what that is made of.
        records: in JSON, a list of objects; None once they are deleted.
    """

    number: int
    receipt: str
    given: bytes
    records: bytes | None

    def __repr__(self) -> str:
        """Number only: records are persons' data."""
        return f"ExportPage({self.number})"


class ExportStore(Swept, Protocol):
    """Where exports and their pages are, unreadable without the keys of records."""

    async def add(self, export: Export, most: int, also: Also) -> Export | None:
        """The export of this owner and key: the one that is there, or this one, with what belongs to it.

        None, and nothing kept, if ``most`` of the owner's go on.
        """
        ...

    async def find(self, export_id: str) -> Export | None:
        """The export of this id; the caller checks whose it is."""
        ...

    async def of_key(self, owner: Owner, key: str) -> Export | None:
        """The owner's export of this idempotency key."""
        ...

    async def keep(self, transaction: Transaction, before: Export, after: Export, page: ExportPage) -> bool:
        """Keep a page in a transaction of somebody else's; False, and nothing kept, if the export is not ``before``."""
        ...

    async def change(self, before: Export, after: Export, also: Also | None = None) -> bool:
        """Keep the next version, and announce it; False, and nothing kept, if the export is not ``before``.

        The records of all pages are deleted with it if it ends.
        """
        ...

    async def page_of(self, export_id: str, number: int) -> ExportPage | None:
        """A page."""
        ...

    async def receipts(self, export_id: str, after: int, most: int) -> Sequence[str]:
        """The ids of the receipts of ``most`` pages after this number, in order."""
        ...

    async def page(self, owner: Owner, after: After | None, most: int) -> Sequence[Export]:
        """The owner's exports after this one, newest first."""
        ...

    def changes(self) -> AbstractAsyncContextManager[AsyncIterator[str]]:
        """Ids of exports that change from now on but for their pages, separated by spaces."""
        ...
