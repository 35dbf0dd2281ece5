import hashlib
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError
from joserfc.jwk import KeySet

from adapters.sandbox.identity.connect import AUDIENCE, ISSUER, TOKEN_SECONDS
from adapters.sandbox.identity.older import WINDOW_MILLISECONDS
from adapters.sandbox.identity.service import CODE_SECONDS, SCAN_SECONDS, Identity
from adapters.sandbox.running import Sandbox
from adapters.sandbox.world.generate import World
from adapters.sandbox.world.model import Officer
from gateway.core.caller import Person, Role
from tests.sandbox.callers import SteppedClock, system_of

SYSTEM = "identity"


class IdentityCaller:
    """Speaks to the identity platform in both styles."""

    def __init__(self, sandbox: Sandbox, http: httpx.AsyncClient, clock: SteppedClock) -> None:
        self.http = http
        self.system = system_of(sandbox, SYSTEM, Identity)
        self.settings = sandbox.settings()[SYSTEM]
        self.url = self.settings["url"]
        self._clock = clock

    def client(self, prefix: str = "") -> tuple[str, str]:
        return self.settings[f"{prefix}client-id"], self.settings[f"{prefix}client-secret"]

    async def token(self, prefix: str = "", **form: str) -> httpx.Response:
        return await self.http.post(f"{self.url}/token", data=form, auth=self.client(prefix))

    async def signed_in(self, part: str, **more: str) -> dict[str, Any]:
        code = (await self.http.post(f"{self.url}/sandbox/codes", json={"subject": part})).json()["code"]
        told: dict[str, Any] = (await self.token(grant_type="authorization_code", code=code, **more)).json()
        return told

    async def keys(self) -> list[dict[str, Any]]:
        keys: list[dict[str, Any]] = (await self.http.get(f"{self.url}/jwks")).json()["keys"]
        return keys

    async def verified(self, token: str) -> jwt.Token:
        keys = KeySet.import_key_set({"keys": await self.keys()})
        return jwt.decode(token, keys, algorithms=["ES256", "RS256"])

    def query(self, **changes: str) -> dict[str, str]:
        ms = str(int(self._clock.now().timestamp() * 1000))
        given = {"appKey": self.settings["app-key"], "ms": ms, **changes}
        text = given["appKey"] + self.settings["app-secret"] + given["ms"]
        return {"sign": hashlib.md5(text.encode()).hexdigest(), **given}

    async def user(self, code: str, **changes: str) -> dict[str, Any]:
        reply = await self.http.get(f"{self.url}/sso/user", params={"code": code, **self.query(**changes)})
        assert reply.status_code == 200
        told: dict[str, Any] = reply.json()
        return told

    def shown(self, number: str) -> str:
        scan = self.system.make_scan(number)
        assert scan is not None
        return scan

    async def scan(self, scan: str, clerk: str, **changes: str) -> dict[str, Any]:
        body = {"scan": scan, "clerk": clerk}
        reply = await self.http.post(f"{self.url}/scans/verify", params=self.query(**changes), json=body)
        assert reply.status_code == 200
        told: dict[str, Any] = reply.json()
        return told


@pytest.fixture
def identity(sandbox: Sandbox, http: httpx.AsyncClient, clock: SteppedClock) -> IdentityCaller:
    return IdentityCaller(sandbox, http, clock)


def working(officer: Officer, role: Role) -> dict[str, str | None]:
    return {
        "role": role,
        "name": officer.name,
        "document_type": "111",
        "number": officer.number,
        "account": officer.account,
        "body": officer.body.code,
        "body_name": officer.body.name,
        "post": officer.post,
        "region": officer.region,
    }


async def test_discovery_leads_to_the_endpoints_and_names_the_issuer(identity: IdentityCaller) -> None:
    told = (await identity.http.get(f"{identity.url}/.well-known/openid-configuration")).json()
    assert told["issuer"] == identity.settings["issuer"] == ISSUER
    assert told["token_endpoint"] == f"{identity.url}/token"
    assert (await identity.http.get(told["jwks_uri"])).status_code == 200


async def test_the_key_set_has_one_public_key_of_each_algorithm(identity: IdentityCaller) -> None:
    keys = await identity.keys()
    assert {(key["alg"], key["kty"], key["use"]) for key in keys} == {("ES256", "EC", "sig"), ("RS256", "RSA", "sig")}
    assert not any("d" in key for key in keys)
    assert await identity.keys() == keys


@pytest.mark.parametrize(("prefix", "algorithm", "code"), [("", "ES256", "portal"), ("counter-", "RS256", "counter")])
async def test_an_application_gets_a_token_for_itself_under_its_algorithm(
    identity: IdentityCaller, clock: SteppedClock, prefix: str, algorithm: str, code: str
) -> None:
    reply = await identity.token(prefix, grant_type="client_credentials")
    assert reply.headers["cache-control"] == "no-store"
    body = reply.json()
    assert (body["token_type"], body["expires_in"]) == ("Bearer", TOKEN_SECONDS)
    token = await identity.verified(body["access_token"])
    now = int(clock.now().timestamp())
    assert token.header["alg"] == algorithm
    claims = token.claims
    assert (claims["iss"], claims["aud"], claims["iat"], claims["exp"]) == (ISSUER, AUDIENCE, now, now + TOKEN_SECONDS)
    assert claims["app"]["code"] == code
    assert len(claims["jti"]) == 32
    assert "person" not in claims


async def test_a_code_gives_a_token_of_application_and_person_once(identity: IdentityCaller, world: World) -> None:
    code = identity.system.make_code("holder")
    token = (await identity.token(grant_type="authorization_code", code=code)).json()["access_token"]
    claims = (await identity.verified(token)).claims
    assert (claims["azp"], claims["app"]["code"]) == ("portal", "portal")
    person = dict(claims["person"])
    assert len(person.pop("subject")) == 32
    assert person == {
        "role": "citizen", "name": world.holder.name, "document_type": "111", "number": world.holder.number
    }  # fmt: skip
    again = await identity.token(grant_type="authorization_code", code=code)
    assert (again.status_code, again.json()) == (400, {"error": "invalid_grant"})


async def test_everyone_who_asks_has_his_role_body_post_and_region(identity: IdentityCaller, world: World) -> None:
    parts = {
        "officer": working(world.officer, Role.OFFICER),
        "foreign-officer": working(world.foreign_officer, Role.OFFICER),
        "clerk": working(world.clerk, Role.CLERK),
    }
    subjects = set()
    for part, expected in parts.items():
        claims = (await identity.verified((await identity.signed_in(part))["access_token"])).claims
        person = Person(**claims["person"])
        subjects.add(person.subject)
        assert {name: getattr(person, name) for name in expected} == expected
    assert len(subjects) == 3


async def test_with_the_scope_person_a_token_names_the_person_only(identity: IdentityCaller, world: World) -> None:
    reply = await identity.signed_in("spouse", scope="person")
    claims = (await identity.verified(reply["access_token"])).claims
    assert "app" not in claims
    assert claims["azp"] == "portal"
    assert claims["person"]["number"] == world.cast.spouse.number
    assert "id_token" not in reply


async def test_with_the_scope_openid_there_is_an_id_token_for_the_client(identity: IdentityCaller) -> None:
    reply = await identity.signed_in("holder", scope="openid")
    claims = (await identity.verified(reply["id_token"])).claims
    assert claims["aud"] == identity.client()[0]
    assert claims["sub"] == claims["person"]["subject"]


async def test_a_code_dies_after_five_minutes(identity: IdentityCaller, clock: SteppedClock) -> None:
    code = identity.system.make_code("holder")
    clock.step(CODE_SECONDS)
    assert (await identity.token(grant_type="authorization_code", code=code)).json() == {"error": "invalid_grant"}


async def test_credentials_may_be_posted(identity: IdentityCaller) -> None:
    name, secret = identity.client()
    form = {"grant_type": "client_credentials", "client_id": name, "client_secret": secret}
    assert (await identity.http.post(f"{identity.url}/token", data=form)).status_code == 200


async def test_a_wrong_client_is_401_and_uses_no_code_up(identity: IdentityCaller) -> None:
    code = identity.system.make_code("holder")
    form = {"grant_type": "authorization_code", "code": code}
    mixed = (identity.client()[0], identity.client("counter-")[1])
    for auth in (httpx.Auth(), (identity.client()[0], "wrong"), mixed):
        reply = await identity.http.post(f"{identity.url}/token", data=form, auth=auth)
        assert (reply.status_code, reply.json()) == (401, {"error": "invalid_client"})
        assert reply.headers["www-authenticate"].startswith("Basic")
    assert (await identity.token(**form)).status_code == 200


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", "invalid_request"),
        (b"\xff", "invalid_request"),
        (b"grant_type", "invalid_request"),
        (b"grant_type=password", "unsupported_grant_type"),
        (b"grant_type=client_credentials&grant_type=x", "invalid_request"),
        (b"&".join(b"a%d=1" % number for number in range(30)), "invalid_request"),
    ],
)
async def test_a_request_that_cannot_be_met_is_400(identity: IdentityCaller, body: bytes, error: str) -> None:
    reply = await identity.http.post(f"{identity.url}/token", content=body, auth=identity.client())
    assert (reply.status_code, reply.json()) == (400, {"error": error})


async def test_rotation_signs_with_new_keys_and_keeps_the_old_until_their_tokens_are_dead(
    identity: IdentityCaller, clock: SteppedClock
) -> None:
    before = (await identity.token(grant_type="client_credentials")).json()["access_token"]
    old = {key["kid"] for key in await identity.keys()}
    assert (await identity.http.post(f"{identity.url}/sandbox/rotate", json={})).status_code == 204
    both = {key["kid"] for key in await identity.keys()}
    assert (len(both), old < both) == (4, True)
    assert (await identity.verified(before)).header["kid"] in old
    after = (await identity.token(grant_type="client_credentials")).json()["access_token"]
    assert (await identity.verified(after)).header["kid"] in both - old
    clock.step(TOKEN_SECONDS)
    assert {key["kid"] for key in await identity.keys()} == both - old


async def test_rotation_without_overlap_ends_every_token_at_once(identity: IdentityCaller) -> None:
    before = (await identity.token(grant_type="client_credentials")).json()["access_token"]
    await identity.http.post(f"{identity.url}/sandbox/rotate", json={"overlap": False})
    assert len(await identity.keys()) == 2
    with pytest.raises(InvalidKeyIdError):
        await identity.verified(before)


async def test_the_older_style_tells_an_officer_under_other_names(identity: IdentityCaller, world: World) -> None:
    reply = await identity.user(identity.system.make_code("officer"))
    person = reply["data"]
    assert (reply["errcode"], reply["errmsg"]) == (0, "ok")
    assert len(person.pop("uuid")) == 32
    assert person == {
        "loginName": world.officer.account,
        "userType": 2,
        "cardType": "1",
        "idCardNo": world.officer.number,
        "realName": world.officer.name,
        "unitCode": world.officer.body.code,
        "unitName": world.officer.body.name,
        "duty": world.officer.post,
        "areaCode": f"{world.officer.region}000000",
    }


async def test_the_older_style_says_null_for_what_a_citizen_has_not(identity: IdentityCaller, world: World) -> None:
    person = (await identity.user(identity.system.make_code("holder")))["data"]
    assert (person["userType"], person["idCardNo"]) == (1, world.holder.number)
    assert {person[name] for name in ("loginName", "unitCode", "unitName", "duty", "areaCode")} == {"null"}


async def test_a_code_works_once_in_either_style(identity: IdentityCaller) -> None:
    code = identity.system.make_code("holder")
    assert (await identity.user(code))["errcode"] == 0
    assert (await identity.user(code))["errcode"] == 40003
    assert (await identity.token(grant_type="authorization_code", code=code)).status_code == 400


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [({"sign": "x"}, 40001), ({"appKey": "x"}, 40001), ({"ms": "now"}, 40000), ({"ms": "9" * 16}, 40000),
     ({"ms": "1"}, 40002)],
)  # fmt: skip
async def test_a_wrong_signature_or_time_tells_nothing_and_uses_nothing_up(
    identity: IdentityCaller, world: World, changes: dict[str, str], errcode: int
) -> None:
    code, scan = identity.system.make_code("holder"), identity.shown(world.holder.number)
    for reply in (await identity.user(code, **changes), await identity.scan(scan, world.clerk.account, **changes)):
        assert (reply["errcode"], reply["data"]) == (errcode, None)
    assert (await identity.user(code))["errcode"] == 0
    assert (await identity.scan(scan, world.clerk.account))["errcode"] == 0


async def test_the_time_of_a_signature_may_be_five_minutes_off(identity: IdentityCaller, clock: SteppedClock) -> None:
    now = int(clock.now().timestamp() * 1000)
    for off, errcode in ((0, 40003), (1, 40002)):
        for ms in (now - WINDOW_MILLISECONDS - off, now + WINDOW_MILLISECONDS + off):
            assert (await identity.user("x", ms=str(ms)))["errcode"] == errcode


async def test_a_scan_gives_a_clerk_the_holders_document_once(identity: IdentityCaller, world: World) -> None:
    order = await identity.http.post(f"{identity.url}/sandbox/scans", json={"number": world.holder.number})
    scan = order.json()["scan"]
    assert (await identity.scan(scan, world.officer.account))["errcode"] == 40004
    reply = await identity.scan(scan, world.clerk.account)
    assert reply["data"] == {"cardType": "1", "idCardNo": world.holder.number, "realName": world.holder.name}
    assert (await identity.scan(scan, world.clerk.account))["errcode"] == 40003


async def test_a_scan_dies_after_two_minutes_and_a_firm_can_show_one(
    identity: IdentityCaller, world: World, clock: SteppedClock
) -> None:
    scan = identity.shown(world.crowded.number)
    assert (await identity.scan(scan, world.clerk.account))["data"]["cardType"] == "2"
    scan = identity.shown(world.holder.number)
    clock.step(SCAN_SECONDS)
    assert (await identity.scan(scan, world.clerk.account))["errcode"] == 40003


async def test_a_scan_of_another_shape_is_40000(identity: IdentityCaller) -> None:
    for body in (b"", b"[]", b'{"scan": 1, "clerk": "x"}', b"\xff"):
        reply = await identity.http.post(f"{identity.url}/scans/verify", params=identity.query(), content=body)
        assert reply.json()["errcode"] == 40000


async def test_the_sandbox_only_endpoints_say_what_they_take(identity: IdentityCaller) -> None:
    for path, body in (
        ("codes", {"subject": "nobody"}),
        ("codes", {}),
        ("scans", {"number": 1}),
        ("rotate", {"overlap": "maybe"}),
    ):
        reply = await identity.http.post(f"{identity.url}/sandbox/{path}", json=body)
        assert (reply.status_code, "foreign-officer" in reply.json()["error"]) == (400, True)
    unknown = await identity.http.post(f"{identity.url}/sandbox/scans", json={"number": "1"})
    assert unknown.status_code == 404


async def test_calls_are_counted_and_faults_are_understood_in_both_styles(
    identity: IdentityCaller, sandbox: Sandbox
) -> None:
    code = identity.system.make_code("holder")
    await identity.keys()
    await identity.http.get(f"{identity.url}/elsewhere")
    assert sandbox.calls.all() == {SYSTEM: {"jwks": 1, "other": 1}}
    for kind, status, error, errcode in (
        ("error", 500, "server_error", 50000),
        ("expired", 401, "invalid_client", 40001),
    ):
        await identity.http.put(f"{sandbox.control}/faults/{SYSTEM}", json={"kind": kind})
        reply = await identity.http.get(f"{identity.url}/jwks")
        assert (reply.status_code, reply.json()["error"], reply.json()["errcode"]) == (status, error, errcode)
    await identity.http.put(f"{sandbox.control}/faults/{SYSTEM}", json={"kind": "charset"})
    reply = await identity.http.get(f"{identity.url}/sso/user", params={"code": code, **identity.query()})
    assert "凭证无效" in reply.content.decode("gb18030")
