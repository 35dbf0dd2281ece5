"""Ports: what use cases need from the outside, as Protocols that bootstrap fills."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Literal, Protocol

import msgspec

from gateway.core.audit.events import Event
from gateway.core.call import Call
from gateway.core.call_record import Received
from gateway.core.caller import Caller, Evidence, Person
from gateway.core.case import CaseStatus
from gateway.core.clock import Deadline
from gateway.core.licence import Holder, LicenceKey, LicenceQuery, LicenceType
from gateway.core.outcome import Fault, Outcome
from gateway.core.records import Also, Swept
from gateway.core.system import Assignment, SystemView
from gateway.core.use import Use

Row = Any
"""A generated struct whose attributes are the wanted ROW_FIELDS, plus ``warnings: tuple[Warned, ...]``."""


ReportDefect = Callable[[str, BaseException], None]
"""Tells operations that the gateway itself broke while it asked a system: its code and the error."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What one system said to one call.

    Attributes:
        rows: structs of the wanted fields; empty unless the outcome is OK.
        as_of: the instant for which the system vouches, by default when its answer arrived.
        truncated: the system had more than it gave, or we stopped reading.
        code: the system's own code; ``message`` its own text (shown to officers and operations only).
        notice: our explanation, free of personal data.
        dropped: rows left out because they were unreadable as a whole.
        retry_after: seconds after which the system asks to be tried again.
        received: every reply that the answer was made of, pages and details too, in the order they came.
    """

    outcome: Outcome
    rows: Sequence[Row] = ()
    fault: Fault | None = None
    as_of: datetime | None = None
    truncated: bool = False
    code: str | None = None
    message: str | None = None
    notice: str | None = None
    dropped: int = 0
    retry_after: int | None = None
    received: tuple[Received, ...] = ()


class LicenceFile(msgspec.Struct, frozen=True):
    """A licence's file: its bytes, its name if it has one, its media type."""

    content: bytes
    name: str | None
    media_type: str

    def __repr__(self) -> str:
        """Type and size only: the name may be a person's."""
        return f"LicenceFile({self.media_type}, {len(self.content)} bytes)"


class FileAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What one system gave of a file: the file with outcome OK, nothing with any other."""

    outcome: Outcome
    file: LicenceFile | None = None
    fault: Fault | None = None
    code: str | None = None
    message: str | None = None
    notice: str | None = None
    received: tuple[Received, ...] = ()


class LicenceSource(Protocol):
    """A system that holds licences. Never raises for what a system did: the answer's outcome says it."""

    system: str

    async def list(self, query: LicenceQuery, wanted: frozenset[str], call: Call) -> Answer:
        """The holder's licences with the ``wanted`` ROW_FIELDS, within ``call.deadline``."""
        ...

    async def get(self, key: LicenceKey, wanted: frozenset[str], call: Call) -> Answer:
        """One licence by its identifier or the system's own number: one row or none (NOT_FOUND)."""
        ...

    async def file(self, key: LicenceKey, call: Call) -> FileAnswer:
        """The file of one licence by its identifier or the system's own number, within ``call.deadline``."""
        ...


class CaseAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What one system said of a case: the status with outcome OK, nothing with any other."""

    outcome: Outcome
    case: CaseStatus | None = None
    fault: Fault | None = None
    code: str | None = None
    message: str | None = None
    notice: str | None = None
    received: tuple[Received, ...] = ()


class CaseSystem(Protocol):
    """A system that handles cases. Never raises for what a system did: the answer's outcome says it."""

    system: str

    async def status(self, number: str, call: Call) -> CaseAnswer:
        """The status of the case of this number, within ``call.deadline``."""
        ...


class CaseDirectory(Protocol):
    """Which systems know of cases at this moment."""

    def case_systems(self, region: str | None) -> Sequence[CaseSystem]:
        """Active systems assigned for the region (all of them for None), in order of authority."""
        ...


class AssignedSource(msgspec.Struct, frozen=True):
    """A licence source with what it may serve."""

    source: LicenceSource
    assignment: Assignment
    offers_holder_types: frozenset[str]


class LicenceDirectory(Protocol):
    """Which systems serve licences at this moment."""

    def licence_sources(self, region: str | None) -> Sequence[AssignedSource]:
        """Active systems assigned for the region (all of them for None), in order of authority."""
        ...


class SystemDirectory(Protocol):
    """The registered systems as operations and callers may see them."""

    def systems(self) -> Sequence[SystemView]:
        """All systems, ordered by code."""
        ...


class LicenceTypeRegister(Protocol):
    """The types of licence this province knows."""

    def licence_types(self) -> Sequence[LicenceType]:
        """All types, ordered by code."""
        ...

    def name_of(self, code: str) -> str | None:
        """The registered name of a type code."""
        ...


class UseStore(Swept, Protocol):
    """Where open uses are kept."""

    async def add(self, use: Use, at: datetime, most: int, also: Also | None = None) -> bool:
        """Keep a new use; False, and nothing kept, if its application and person already have ``most`` open ones."""
        ...

    async def prove(self, use_id: str, at: datetime) -> None:
        """Remember that its case was found open at that moment."""
        ...

    async def find(self, use_id: str) -> Use | None:
        """The use of this id, or None; the caller checks owner and expiry."""
        ...


class AuditTrail(Protocol):
    """Where it is written down what happened, so that it can be proven."""

    async def record(self, event: Event) -> None:
        """Write an event down; when this returns it is chained and committed.

        Raises:
            Refusal: INTERNAL, it cannot be written now, so what it is about must not leave.
        """
        ...

    def within(self, event: Event) -> Also:
        """Leave the event in the transaction of a change, so that neither is there without the other."""
        ...

    def within_all(self, events: Sequence[Event]) -> Also:
        """Likewise many, in the time of one."""
        ...

    async def settled(self, event: Event) -> None:
        """Return when an event is chained whose transaction is committed; raises as ``record``."""
        ...

    def post(self, event: Event) -> None:
        """Have an event written without waiting for it, where no answer could be held back."""
        ...


class IdSealer(Protocol):
    """Turns internal keys into opaque public ids, deterministically, and back."""

    def seal(self, plain: bytes, kind: str) -> str:
        """An opaque URL-safe id of ``plain``; the same input always gives the same id."""
        ...

    def open(self, sealed: str, kind: str) -> bytes | None:
        """The bytes that were sealed, or None if this id was not made here for this kind."""
        ...


class CallerVerifier(Protocol):
    """Proves who calls."""

    async def verify(self, evidence: Evidence) -> Caller:
        """The caller whom the evidence names; raises Refusal UNAUTHENTICATED if it proves nothing."""
        ...


class CallerRegister(Protocol):
    """Which applications operations have named, as far as they have."""

    @property
    def registered(self) -> frozenset[str]:
        """Their codes; empty where issuers alone know their applications."""
        ...


class DocumentFetcher(Protocol):
    """Reads a document that another party publishes, such as the keys of a token issuer."""

    async def fetch(self, url: str, limit: int, deadline: Deadline) -> bytes:
        """The document of at most ``limit`` bytes; raises SystemFailure if it is not there before the deadline."""
        ...


class PostDocument(Protocol):
    """Sends a document to another party and reads the one that it answers with, such as a timestamp."""

    async def post(self, url: str, document: bytes, media_type: str, limit: int, deadline: Deadline) -> bytes:
        """The answer of at most ``limit`` bytes; raises SystemFailure if there is none before the deadline."""
        ...


class IdentityProvider(Protocol):
    """A system that knows people: identity platforms of the older style, and the checking of shown codes.

    People of platforms that issue signed tokens are proven by a CallerVerifier and need no call.
    """

    system: str

    async def verify_scan(self, scan: str, clerk: Person, call: Call) -> Holder | None:
        """The holder who shows the scanned code at the clerk's counter; None if it stands for nobody (any more).

        Raises:
            SystemFailure: the system gave no usable answer.
        """
        ...


Sm2CipherForm = Literal["c1c3c2", "c1c2c3", "der"]
"""How an SM2 ciphertext is written: GM/T 0003 (with or without the leading 04), the older order, or ASN.1."""


class RequestSigner(Protocol):
    """The Chinese digests and signatures that requests and replies carry.

    Keys are the texts of settings (hexadecimal or PEM); SM2 signs under the id ``1234567812345678``.
    """

    def sm3(self, data: bytes) -> bytes:
        """The 32 bytes of the digest."""
        ...

    def hmac_sm3(self, key: bytes, data: bytes) -> bytes:
        """The 32 bytes of HMAC-SM3."""
        ...

    def sign_sm2(self, private_key: str, data: bytes, *, raw: bool) -> bytes:
        """An SM2-with-SM3 signature: r and s in 64 bytes if ``raw``, else DER; raises KeyUnusable."""
        ...

    def is_signed_sm2(self, public_key: str, data: bytes, signature: bytes, *, raw: bool) -> bool:
        """Whether ``signature`` proves ``data``, whatever bytes it is; raises KeyUnusable."""
        ...


class PayloadCipher(Protocol):
    """The Chinese ciphers under which fields and bodies travel. Keys are the texts of settings."""

    def encrypt_sm2(self, public_key: str, plain: bytes, form: Sm2CipherForm = "c1c3c2") -> bytes:
        """The ciphertext for the holder of the key; raises KeyUnusable."""
        ...

    def decrypt_sm2(self, private_key: str, data: bytes, form: Sm2CipherForm = "c1c3c2") -> bytes:
        """The plaintext; raises KeyUnusable, or PayloadUnreadable."""
        ...

    def encrypt_sm4(self, key: str, plain: bytes, *, vector: bytes | None = None) -> bytes:
        """PKCS#7-padded ECB, or CBC with a ``vector`` of 16 bytes; raises KeyUnusable.

        The key is 32 hexadecimal digits or 16 plain characters.
        """
        ...

    def decrypt_sm4(self, key: str, data: bytes, *, vector: bytes | None = None) -> bytes:
        """The plaintext; raises KeyUnusable, or PayloadUnreadable."""
        ...


class NationalCrypto(RequestSigner, PayloadCipher, Protocol):
    """Both, as one engine gives them."""
