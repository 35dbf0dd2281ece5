"""What an imitated system is to the sandbox: an application with an address, credentials and ways to fail."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Protocol, runtime_checkable

from starlette.responses import Response
from starlette.types import ASGIApp

from adapters.sandbox.sealing.desk import Desk
from adapters.sandbox.world.cases import CaseState

MAX_REQUEST = 1_000_000
"""Bytes of the largest request that a system reads."""

MAX_DOCUMENT_REQUEST = 100_000_000
"""Bytes of the largest request that a seal platform reads."""


class System(Protocol):
    """One imitated system. It is built once and keeps its sessions in memory."""

    @property
    def code(self) -> str:
        """The system's code."""
        ...

    @property
    def base_path(self) -> str:
        """Where its interface begins, without a slash at the end."""
        ...

    @property
    def app(self) -> ASGIApp:
        """The application; it sees whole paths, ``base_path`` included."""
        ...

    @property
    def keeps_sessions(self) -> bool:
        """Whether callers log in; otherwise each call carries its own credentials."""
        ...

    def settings(self, url: str) -> dict[str, str]:
        """The settings that operations would be given for this system at ``url``; they hold its secrets."""
        ...

    def operation_of(self, path: str, headers: Mapping[str, str]) -> str:
        """A name for what is asked, for counting: one of a fixed few, never anything from the request itself."""
        ...

    def broken(self) -> Response:
        """The reply of a system that fails inside."""
        ...

    def end_sessions(self) -> None:
        """Ends all sessions now; without sessions nothing happens."""
        ...

    def refusal(self) -> Response:
        """The reply to a call whose session or credentials are over."""
        ...


@runtime_checkable
class SignsReplies(Protocol):
    """A system whose replies carry signatures: what faults may do to them."""

    def unsigned(self, response: Response) -> Response:
        """The reply without its signature."""
        ...

    def resigned(self, response: Response) -> Response:
        """The reply signed with a key that is not the system's; one that was not signed stays so."""
        ...


@runtime_checkable
class SealsDocuments(Protocol):
    """A platform that seals.

    Attributes:
        desk: what it does behind its interface.
        sealing_operations: those of its operations that seal, as ``operation_of`` names them.
    """

    desk: Desk
    sealing_operations: frozenset[str]


RECORDS: Final = "sandbox.records"
"""Key in a scope's ``extensions``: the fate that a question for records meets."""


class RecordFate(StrEnum):
    """What a dishonest system gives beside what it was asked for."""

    MORE_FIELDS = "more-fields"
    OTHER_PERSON = "other-person"


REQUESTS: Final = "sandbox.requests"
"""Key in a scope's ``extensions``: the fate that a request to an exchange meets."""


class RequestFate(StrEnum):
    """What an exchange does with a request beside deciding it."""

    FORGET = "forget"


@runtime_checkable
class TakesRequests(Protocol):
    """An exchange that takes requests for its resources.

    Attributes:
        request_operations: those of its operations that take one, as ``operation_of`` names them.
    """

    request_operations: frozenset[str]


@runtime_checkable
class SharesRecords(Protocol):
    """A system that answers for resources.

    Attributes:
        record_operations: those of its operations that give records, as ``operation_of`` names them.
    """

    record_operations: frozenset[str]


@runtime_checkable
class KeepsCases(Protocol):
    """A system whose cases change their state on command."""

    def put_case(self, number: str, state: CaseState) -> bool:
        """Brings a case into a state; False if there is no such case."""
        ...
