"""The newer REST twin of the case status: Basic gives a bearer token, a case is JSON under other names."""

from datetime import datetime

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from adapters.sandbox.acceptance.register import CaseRegister
from adapters.sandbox.acceptance.wire import STATE_CODES
from adapters.sandbox.credentials import read_basic, same
from adapters.sandbox.tickets import Tickets
from adapters.sandbox.world.cases import Case
from gateway.core.clock import CHINA, Clock

TOKEN_SECONDS = 600.0
_TOKENS = 1_000


class Twin:
    """The REST interface.

    Args:
        client: id and secret of the one client.
        register: the cases, the same as those of the form interface.
        clock: by which tokens end.
    """

    def __init__(self, client: tuple[str, str], register: CaseRegister, clock: Clock) -> None:
        self._client = client
        self._register = register
        self.tokens: Tickets[bool] = Tickets(clock, TOKEN_SECONDS, _TOKENS)

    async def give_token(self, request: Request) -> Response:
        """``POST /token`` with Basic: a bearer token for ten minutes."""
        if not self._proves_client(request.headers.get("authorization", "")):
            return _refused("Basic")
        token = self.tokens.give(True)  # noqa: FBT003 - a mere mark
        return _json({"access_token": token, "token_type": "Bearer", "expires_in": int(TOKEN_SECONDS)})

    async def show_case(self, request: Request) -> Response:
        """``GET /cases/{PROJID}`` with Bearer: the case, or 404."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or self.tokens.find(token.strip()) is None:
            return _refused("Bearer")
        case = self._register.find(request.path_params["number"])
        if case is None:
            return _json({"error": "not_found", "message": "未查询到办件"}, 404)
        return _json(_shown(case))

    def _proves_client(self, header: str) -> bool:
        name, secret = read_basic(header) or ("", "")
        # both are compared, so that the time taken does not tell which one was wrong
        matches = (same(name, self._client[0]), same(secret, self._client[1]))
        return all(matches)


def _shown(case: Case) -> dict[str, object]:
    code, word = STATE_CODES[case.state]
    return {
        "caseNo": case.number,
        "caseTitle": case.title,
        "itemCode": case.item,
        "statusCode": code,
        "statusText": word,
        "orgCode": case.body.code,
        "orgName": case.body.name,
        "areaCode": f"{case.region}000000",
        "applicant": {"certType": case.applicant.type, "certNo": case.applicant.number, "name": case.applicant.name},
        "promiseDays": case.promised,
        "applyTime": _epoch(case.opened),
        "finishTime": None if case.closed is None else _epoch(case.closed),
    }


def _epoch(moment: datetime) -> int:
    return int(moment.replace(tzinfo=CHINA).timestamp())


def _refused(scheme: str) -> Response:
    error = "invalid_client" if scheme == "Basic" else "invalid_token"
    response = _json({"error": error, "message": "认证失败"}, 401)
    response.headers["www-authenticate"] = f'{scheme} realm="acceptance"'
    return response


def _json(value: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, media_type="application/json")
