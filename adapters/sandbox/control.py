"""The control interface: which systems there are, what is wrong with them, and what some of them keep and decide.

It is for the machine it runs on and asks for no credentials.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import get_args

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.sandbox.calls import CallCounts
from adapters.sandbox.exchange.disputes import Verdict
from adapters.sandbox.exchange.office import Decision, DecisionInvalid, Office, Pace, UnknownRequest
from adapters.sandbox.exchange.service import ShareExchange
from adapters.sandbox.faults import FaultInvalid, Faults, UnknownSystem, read_fault
from adapters.sandbox.sealing.desk import Answers, Desk, Manner
from adapters.sandbox.system import MAX_REQUEST, KeepsCases, SealsDocuments, System
from adapters.sandbox.world.cases import CaseState
from gateway.core.errors import YiwangError


class UnknownCase(YiwangError):
    """No system of this sandbox has a case of this number."""


class CaseOrderInvalid(YiwangError):
    """An order for a case that cannot be read; the message says what is wrong and what is possible."""


class AnswersInvalid(YiwangError):
    """An order for how a seal platform answers that cannot be read; the message says what is possible."""


class _CaseOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    state: CaseState


class Control:
    """The application of the control port.

    Args:
        addresses: the systems' base URLs by code.
        faults: what is switched here.
        calls: what is shown here.
        systems: of which some have cases that are moved on here, some ledgers and seals that are shown, and some
            requests that are decided.
    """

    def __init__(
        self, addresses: Mapping[str, str], faults: Faults, calls: CallCounts, systems: Mapping[str, System]
    ) -> None:
        self._addresses = addresses
        self._systems = systems
        self._faults = faults
        self._calls = calls
        self.app = Starlette(
            routes=[
                Route("/", self._list, methods=["GET"]),
                Route("/faults", self._show, methods=["GET"]),
                Route("/faults/{system}", _refusing(self._set), methods=["PUT"]),
                Route("/faults/{system}", _refusing(self._clear), methods=["DELETE"]),
                Route("/calls", self._count, methods=["GET"]),
                Route("/cases/{number}", _refusing(self._put_case), methods=["PUT"]),
                Route("/ledger/{system}", _refusing(self._ledger), methods=["GET"]),
                Route("/seals/{system}", _refusing(self._seals), methods=["GET"]),
                Route("/answers/{system}", _refusing(self._set_answers), methods=["PUT"]),
                Route("/answers/{system}", _refusing(self._clear_answers), methods=["DELETE"]),
                Route("/exchange/{system}", _refusing(self._requests), methods=["GET"]),
                Route("/exchange/{system}", _refusing(self._set_pace), methods=["PUT"]),
                Route("/exchange/{system}", _refusing(self._clear_pace), methods=["DELETE"]),
                Route("/exchange/{system}/requests/{name}", _refusing(self._decide), methods=["POST"]),
                Route("/exchange/{system}/disputes/{name}", _refusing(self._answer), methods=["POST"]),
            ]
        )

    async def _list(self, _request: Request) -> Response:
        return _json({"systems": dict(self._addresses)})

    async def _show(self, _request: Request) -> Response:
        return _json(self._faults.present())

    async def _set(self, request: Request) -> Response:
        body = await _body(request)
        fault = read_fault(body)
        self._faults.set(request.path_params["system"], fault)
        return _json(fault)

    async def _clear(self, request: Request) -> Response:
        self._faults.clear(request.path_params["system"])
        return Response(status_code=204)

    async def _count(self, _request: Request) -> Response:
        return _json(self._calls.all())

    async def _put_case(self, request: Request) -> Response:
        body = await _body(request)
        try:
            order = msgspec.json.decode(body, type=_CaseOrder)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise CaseOrderInvalid(f"{error}; send {{state: {'|'.join(get_args(CaseState))}}}") from error
        keepers = [system for system in self._systems.values() if isinstance(system, KeepsCases)]
        moved = [system.put_case(request.path_params["number"], order.state) for system in keepers]
        if not any(moved):
            raise UnknownCase("there is no such case")
        return _json(order)

    async def _ledger(self, request: Request) -> Response:
        return _json(self._desk(request).shown())

    async def _seals(self, request: Request) -> Response:
        return _json(await self._desk(request).cabinet.shown())

    async def _set_answers(self, request: Request) -> Response:
        try:
            answers = msgspec.json.decode(await _body(request), type=Answers)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            manners = "|".join(get_args(Manner))
            raise AnswersInvalid(f"{error}; send {{answer?: {manners}, ms?: 0..600000, hold?: true}}") from error
        self._desk(request).set_answers(answers)
        return _json(answers)

    async def _clear_answers(self, request: Request) -> Response:
        self._desk(request).set_answers(Answers())
        return Response(status_code=204)

    async def _requests(self, request: Request) -> Response:
        exchange = self._exchange(request)
        return _json(exchange.office.shown() | exchange.disputes.shown())

    async def _set_pace(self, request: Request) -> Response:
        try:
            pace = msgspec.json.decode(await _body(request), type=Pace)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise DecisionInvalid(
                f"{error}; send {{first?: seconds, decide?: seconds, answer?: seconds, hold?: true}}"
            ) from error
        self._office(request).set_pace(pace)
        return _json(pace)

    async def _clear_pace(self, request: Request) -> Response:
        self._office(request).set_pace(Pace())
        return Response(status_code=204)

    async def _decide(self, request: Request) -> Response:
        try:
            decision = msgspec.json.decode(await _body(request), type=Decision)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise DecisionInvalid(
                f"{error}; send {{decision: first|approve|refuse|end, fields?, validUntil?, perDay?, inAll?, reason?}}"
            ) from error
        entry = self._office(request).decide(request.path_params["name"], decision)
        return _json({"number": entry.number, "standing": entry.standing.name})

    async def _answer(self, request: Request) -> Response:
        try:
            verdict = msgspec.json.decode(await _body(request), type=Verdict)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise DecisionInvalid(f"{error}; send {{verdict: correct|uphold|refuse, values?, opinion?}}") from error
        case = self._exchange(request).disputes.answer(request.path_params["name"], verdict)
        return _json({"number": case.disputed.number, "standing": case.standing.name})

    def _office(self, request: Request) -> Office:
        return self._exchange(request).office

    def _exchange(self, request: Request) -> ShareExchange:
        exchanges = {code: one for code, one in self._systems.items() if isinstance(one, ShareExchange)}
        exchange = exchanges.get(request.path_params["system"])
        if exchange is None:
            raise UnknownSystem(f"no such exchange; there are {', '.join(sorted(exchanges))}")
        return exchange

    def _desk(self, request: Request) -> Desk:
        platforms = {code: one for code, one in self._systems.items() if isinstance(one, SealsDocuments)}
        platform = platforms.get(request.path_params["system"])
        if platform is None:
            raise UnknownSystem(f"no such seal platform; there are {', '.join(sorted(platforms))}")
        return platform.desk


_Endpoint = Callable[[Request], Awaitable[Response]]


def _refusing(endpoint: _Endpoint) -> _Endpoint:
    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except (UnknownSystem, UnknownCase, UnknownRequest) as error:
            return _json({"error": str(error)}, 404)
        except (FaultInvalid, CaseOrderInvalid, AnswersInvalid, DecisionInvalid) as error:
            return _json({"error": str(error)}, 400)

    return answer


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_REQUEST:
            raise FaultInvalid(f"an order has at most {MAX_REQUEST} bytes")
    return bytes(body)


def _json(value: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, media_type="application/json")
