"""The exchange's interface: secrets, catalogue, requests and their standing, records."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from adapters.sandbox.credentials import credential
from adapters.sandbox.exchange.disputes import DisputeOffice, DisputeWish
from adapters.sandbox.exchange.holdings import RESOURCES, row
from adapters.sandbox.exchange.ledger import Entry, Standing
from adapters.sandbox.exchange.office import Office, Wish
from adapters.sandbox.exchange.records import Records
from adapters.sandbox.exchange.wire import (
    BAD,
    FLAWS,
    NOTHING,
    OK,
    OVER,
    UNKNOWN,
    Refused,
    envelope,
    mark,
    proof_of,
    read_moment,
    written,
)
from adapters.sandbox.stages import ProofInvalid, Stage, Stages, Terms
from adapters.sandbox.system import RECORDS, REQUESTS, RecordFate, RequestFate
from adapters.sandbox.world.generate import World
from gateway.core.clock import Clock

WINDOW_SECONDS: Final = 300
SECRET_SECONDS: Final = 900
REFRESH_SECONDS: Final = 86_400
CATALOGUE_PAGE: Final = 4
"""Resources of a page of the catalogue at most."""

_PAGE: Final = 200
_Text = Annotated[str, msgspec.Meta(max_length=400)]
_Names = Annotated[tuple[_Text, ...], msgspec.Meta(max_length=500)]
_Page = Annotated[int, msgspec.Meta(ge=1, le=100_000)]
_Size = Annotated[int, msgspec.Meta(ge=1, le=_PAGE)]
_Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]


class _Submitted(msgspec.Struct, frozen=True, rename="camel"):
    apply_key: _Text
    resource_no: _Text
    applicant: _Text
    fields: _Text
    matters: _Names
    purpose: _Text
    basis: _Text
    start_time: _Text
    end_time: _Text
    daily_limit: _Count | None = None
    total_limit: _Count | None = None


class _Named(msgspec.Struct, frozen=True, rename="camel"):
    apply_no: _Text | None = None
    apply_key: _Text | None = None


class _Dispute(msgspec.Struct, frozen=True, rename="camel"):
    dispute_key: _Text
    apply_no: _Text
    resource_no: _Text
    applicant: _Text
    query: Mapping[str, _Text | None]
    fields: _Text
    description: Annotated[str, msgspec.Meta(max_length=2_000)]
    received_time: _Text
    file_digests: _Names
    file_sizes: _Names


class _NamedDispute(msgspec.Struct, frozen=True, rename="camel"):
    dispute_no: _Text | None = None
    dispute_key: _Text | None = None


class _Listed(msgspec.Struct, frozen=True, rename="camel"):
    page_no: _Page
    page_size: _Size
    apply_date: _Text = ""


class _Asked(msgspec.Struct, frozen=True, rename="camel"):
    resource_no: _Text
    access_key: _Text
    fields: _Names
    matter: _Text
    query: Mapping[str, _Text]
    page_no: _Page = 1
    page_size: _Size = _PAGE


_Body = TypeVar("_Body")
_Answer = Callable[[Request, bytes, str], Response]


class ShareExchange:
    """The exchange as a system.

    Args:
        code: the system's code.
        world: whose people and firms its providers know, and what its credentials are drawn from.
        clock: by which secrets end, and requests are decided.
        folder: where its ledger is kept.

    Attributes:
        office: what it does behind its interface; ``disputes`` what becomes of disputes over its records.
    """

    base_path = "/gxjh/api"
    keeps_sessions = True
    record_operations = frozenset({"data"})
    request_operations = frozenset({"request/submit", "correction/submit"})

    def __init__(self, code: str, world: World, clock: Clock, folder: Path) -> None:
        self.code = code
        self.office = Office(folder, clock)
        self.disputes = DisputeOffice(folder, clock, self.office)
        self.records = Records(world)
        self._app_id, self._app_key = (credential(world.seed, code, name) for name in ("app-id", "app-key"))
        terms = Terms(WINDOW_SECONDS, SECRET_SECONDS, REFRESH_SECONDS, units=1_000)
        self._stages = Stages(self._app_id, self._app_key, terms, clock)
        answers: dict[str, tuple[Stage, _Answer]] = {
            "auth/secret": ("secret", lambda _request, _body, _token: _secrets(*self._stages.give())),
            "auth/refresh": ("refresh", lambda _request, _body, token: _secrets(*self._stages.refresh(token))),
            "catalogue/list": ("call", self._catalogue),
            "request/submit": ("call", self._submit),
            "request/status": ("call", self._status),
            "request/list": ("call", self._list),
            "request/withdraw": ("call", self._withdraw),
            "correction/submit": ("call", self._dispute),
            "correction/status": ("call", self._disputed),
            "correction/withdraw": ("call", self._drop),
            "data": ("call", self._data),
        }
        self._operations = {f"{self.base_path}/{name}": name for name in answers}
        self.app = Starlette(
            routes=[
                Route(f"{self.base_path}/{name}", self._call(stage, answer), methods=["POST"])
                for name, (stage, answer) in answers.items()
            ]
        )

    def settings(self, url: str) -> dict[str, str]:
        """``url``, ``app-id`` and ``app-key``."""
        return {"url": url, "app-id": self._app_id, "app-key": self._app_key}

    def operation_of(self, path: str, _headers: Mapping[str, str]) -> str:
        """The path below the base, or ``other``."""
        return self._operations.get(path, "other")

    def broken(self) -> Response:
        """HTTP 500 without the envelope."""
        return PlainTextResponse("Internal Server Error", 500)

    def end_sessions(self) -> None:
        """Every secret is void from now on, refresh secrets too."""
        self._stages.end_all()

    def refusal(self) -> Response:
        """The envelope of a secret that is over."""
        return envelope(OVER)

    def _call(self, stage: Stage, answer: _Answer) -> Callable[[Request], Awaitable[Response]]:
        async def call(request: Request) -> Response:
            body, proof = await request.body(), proof_of(request.headers)
            try:
                token = self._stages.prove(proof, stage, lambda one: mark(proof, body, one))
                return answer(request, body, token)
            except ProofInvalid as invalid:
                return envelope(FLAWS[invalid.flaw])
            except Refused as refused:
                return envelope(refused.code)

        return call

    def _catalogue(self, _request: Request, body: bytes, _token: str) -> Response:
        asked = _read(body, _Listed)
        if asked.page_size > CATALOGUE_PAGE:
            raise Refused(BAD)
        rows = [row(holding) for holding in RESOURCES.values()]
        return envelope(OK, _page(rows, asked))

    def _submit(self, request: Request, body: bytes, _token: str) -> Response:
        sent = _read(body, _Submitted)
        fate: RequestFate | None = request.scope.get("extensions", {}).get(REQUESTS)
        wish = Wish(
            key=sent.apply_key,
            resource=sent.resource_no,
            applicant=sent.applicant,
            fields=tuple(filter(None, sent.fields.split(","))),
            items=sent.matters,
            purpose=sent.purpose,
            basis=sent.basis,
            valid_from=read_moment(sent.start_time),
            valid_until=read_moment(sent.end_time),
            per_day=sent.daily_limit,
            in_all=sent.total_limit,
        )
        entry = self.office.take(wish, fate)
        return envelope(OK, {"applyNo": entry.number, "applyKey": sent.apply_key, "status": entry.standing.value})

    def _status(self, _request: Request, body: bytes, _token: str) -> Response:
        asked = _read(body, _Named)
        entry = self.office.find(asked.apply_no or asked.apply_key or "")
        if entry is None:
            raise Refused(UNKNOWN)
        return envelope(OK, _told(entry))

    def _withdraw(self, _request: Request, body: bytes, _token: str) -> Response:
        self.office.withdraw(_read(body, _Named).apply_no or "")
        return envelope(OK)

    def _list(self, _request: Request, body: bytes, _token: str) -> Response:
        asked = _read(body, _Listed)
        try:
            day = date.fromisoformat(asked.apply_date)
        except ValueError:
            raise Refused(BAD) from None
        rows = [
            {
                "applyNo": entry.number,
                "applyKey": entry.taken.key,
                "resourceNo": entry.taken.resource,
                "status": entry.standing.value,
                "applyTime": written(entry.taken.at),
            }
            for entry in self.office.day(day)
        ]
        return envelope(OK, _page(rows, asked))

    def _dispute(self, request: Request, body: bytes, _token: str) -> Response:
        sent = _read(body, _Dispute)
        fate: RequestFate | None = request.scope.get("extensions", {}).get(REQUESTS)
        wish = DisputeWish(
            key=sent.dispute_key,
            resource=sent.resource_no,
            request=sent.apply_no,
            applicant=sent.applicant,
            record={name: value for name, value in sent.query.items() if value},
            fields=tuple(filter(None, sent.fields.split(","))),
            text=sent.description,
            digests=sent.file_digests,
            sizes=tuple(_size(size) for size in sent.file_sizes),
            received_at=read_moment(sent.received_time),
        )
        case = self.disputes.take(wish, fate)
        given = {"disputeNo": case.disputed.number, "disputeKey": sent.dispute_key, "status": case.standing.value}
        return envelope(OK, given)

    def _disputed(self, _request: Request, body: bytes, _token: str) -> Response:
        asked = _read(body, _NamedDispute)
        case = self.disputes.find(asked.dispute_no or asked.dispute_key or "")
        if case is None:
            raise Refused(UNKNOWN)
        told: dict[str, Any] = {
            "disputeNo": case.disputed.number,
            "disputeKey": case.disputed.key,
            "status": case.standing.value,
        }
        if case.answered is not None:
            told |= {"opinion": case.answered.opinion, "fields": ",".join(sorted(case.answered.values))}
        return envelope(OK, told)

    def _drop(self, _request: Request, body: bytes, _token: str) -> Response:
        self.disputes.withdraw(_read(body, _NamedDispute).dispute_no or "")
        return envelope(OK)

    def _data(self, request: Request, body: bytes, _token: str) -> Response:
        asked = _read(body, _Asked)
        holding = RESOURCES.get(asked.resource_no)
        if holding is None or holding.service is None:
            raise Refused(UNKNOWN)
        given = {name: value for name, value in asked.query.items() if value}
        key = given.pop(holding.keys[0], None)
        if key is None or not asked.matter or not asked.fields or not given.keys() <= set(holding.parameters):
            raise Refused(BAD)
        entry = self.office.opened(asked.access_key, holding.number, asked.fields)
        fate: RecordFate | None = request.scope.get("extensions", {}).get(RECORDS)
        kept = self.records.of(holding.service, key, given)
        found = [self.disputes.corrected(holding.number, record) for record in kept]
        if not found:
            raise Refused(NOTHING)
        if fate is RecordFate.OTHER_PERSON:
            found.append(self.records.somebody_else(holding.service, key))
        names = holding.fields if fate is RecordFate.MORE_FIELDS else {holding.keys[0], *asked.fields}
        start = (asked.page_no - 1) * asked.page_size
        chosen = found[start : start + asked.page_size]
        self.office.use(entry, len(chosen))
        rows = [{name: value for name, value in record.items() if name in names} for record in chosen]
        return envelope(OK, {"total": len(found), "rows": rows})


def _told(entry: Entry) -> dict[str, Any]:
    """A request as its standing is told; what was given only while it is."""
    told: dict[str, Any] = {
        "applyNo": entry.number,
        "applyKey": entry.taken.key,
        "resourceNo": entry.taken.resource,
        "status": entry.standing.value,
        "opinion": entry.reason,
    }
    given = entry.approved
    if entry.standing is Standing.APPROVED and given is not None:
        told |= {
            "fields": ",".join(given.fields),
            "validUntil": written(given.valid_until),
            "dailyLimit": given.per_day,
            "totalLimit": given.in_all,
            "accessKey": given.access,
        }
    return told


def _read(body: bytes, kind: type[_Body]) -> _Body:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Refused(BAD) from None


def _size(digits: str) -> int:
    if not (digits.isascii() and digits.isdecimal()):
        raise Refused(BAD)
    return int(digits)


def _page(rows: list[dict[str, Any]], asked: _Listed) -> dict[str, Any]:
    start = (asked.page_no - 1) * asked.page_size
    return {"total": len(rows), "rows": rows[start : start + asked.page_size]}


def _secrets(secret: str, refresher: str) -> Response:
    given = {
        "secret": secret,
        "expiresIn": SECRET_SECONDS,
        "refreshSecret": refresher,
        "refreshExpiresIn": REFRESH_SECONDS,
    }
    return envelope(OK, given)
