"""Access tokens: what one proves, and everything that proves nothing."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import OctKey

from certs.tokens import AUDIENCE, DEVELOPMENT_ISSUER, DevelopmentIssuer, IssuerTokens
from certs.tokens.claims import read_claims
from certs.tokens.compact import read_compact
from gateway.core import problems
from gateway.core.caller import Application, Caller, Person
from gateway.core.errors import ConfigurationInvalid, Refusal
from gateway.core.text import Language
from tests.certs.trust import (
    CITIZEN,
    CLERK,
    NOW,
    OFFICER,
    PORTAL,
    Published,
    bearer,
    caller,
    callers,
    claimed,
    claims,
    development_callers,
    ec,
    key_set,
    qualified,
    rsa,
    signed,
    tokens_of,
    trusted,
)
from tests.services.fakes import ManualClock

ISSUER = "https://identity.example.invalid"
MALFORMED = "it is malformed"
UNSIGNED = "its signature does not verify"
EXPIRED = "it has expired or is not valid yet"
FOREIGN = "it is of another issuer or for another audience"
KEY = ec()
RSA = rsa("r-1")


def issuer(clock: ManualClock | None = None, **changed: Any) -> IssuerTokens:
    return tokens_of(trusted(ISSUER, **changed), Published(KEY, RSA), clock or ManualClock())


async def proven(token: str, clock: ManualClock | None = None, **changed: Any) -> Caller:
    clock = clock or ManualClock()
    return await callers(issuer(clock, **changed), clock=clock).verify(bearer(token))


async def reason(token: str, clock: ManualClock | None = None, **changed: Any) -> str:
    """Why the token is refused."""
    with pytest.raises(Refusal) as caught:
        await proven(token, clock, **changed)
    assert caught.value.problem is problems.TOKEN_INVALID
    return caught.value.message(Language.EN).removeprefix("the access token proves nothing: ")


def part(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


async def test_a_token_names_the_application() -> None:
    assert await proven(signed(claims(ISSUER), KEY)) == caller()


@pytest.mark.parametrize("person", [CITIZEN, OFFICER, CLERK])
async def test_a_token_names_the_person_who_is_unique_among_issuers(person: Person) -> None:
    token = signed(claims(ISSUER, person=claimed(person)), KEY)
    assert await proven(token) == caller(qualified(ISSUER, person))


async def test_what_else_a_token_says_is_passed_over() -> None:
    token = signed(claims(ISSUER, scope="a b", person=claimed(CITIZEN, nickname="x")), KEY, x5t="a")
    assert await proven(token) == caller(qualified(ISSUER, CITIZEN))


async def test_an_issuer_may_sign_by_rsa() -> None:
    token = signed(claims(ISSUER), RSA, "RS256")
    assert await proven(token, algorithms=frozenset({"ES256", "RS256"})) == caller()


async def test_one_of_many_audiences_is_enough() -> None:
    assert await proven(signed(claims(ISSUER, aud=["elsewhere", AUDIENCE]), KEY))


# ---- time


@pytest.mark.parametrize(
    ("passed", "holds"), [(0, True), (119, True), (120, False), (1e9, False), (-60, True), (-61, False)]
)
async def test_a_token_holds_from_its_issue_to_its_end_with_the_skew_both_ways(passed: float, holds: bool) -> None:
    token, clock = signed(claims(ISSUER), KEY), ManualClock()
    clock.step(passed)
    if holds:
        assert await proven(token, clock)
    else:
        assert await reason(token, clock) == EXPIRED


@pytest.mark.parametrize(("passed", "holds"), [(0, True), (59, True), (60, False), (-1, False)])
async def test_an_issuer_with_an_exact_clock_has_no_allowance(passed: float, holds: bool) -> None:
    token, clock = signed(claims(ISSUER), KEY), ManualClock()
    clock.step(passed)
    if holds:
        assert await proven(token, clock, clock_skew=timedelta())
    else:
        assert await reason(token, clock, clock_skew=timedelta()) == EXPIRED


@pytest.mark.parametrize(("later", "holds"), [(0, True), (60, True), (61, False)])
async def test_a_token_that_begins_later_does_not_hold_before(later: int, holds: bool) -> None:
    token = signed(claims(ISSUER, nbf=NOW + later, exp=NOW + 600), KEY)
    if holds:
        assert await proven(token)
    else:
        assert await reason(token) == EXPIRED


# ---- issuer, audience, shape


@pytest.mark.parametrize(
    "changed", [{"iss": "someone"}, {"iss": ""}, {"aud": "elsewhere"}, {"aud": []}, {"aud": ["elsewhere"]}]
)
async def test_another_issuer_or_audience_proves_nothing(changed: dict[str, object]) -> None:
    assert await reason(signed(claims(ISSUER) | changed, KEY)) == FOREIGN


async def test_a_trusted_issuer_cannot_speak_for_another() -> None:
    other, clock = ec("o-1"), ManualClock()
    both = callers(issuer(clock), tokens_of(trusted("other"), Published(other), clock), clock=clock)
    assert await both.verify(bearer(signed(claims("other"), other))) == caller()
    with pytest.raises(Refusal, match=UNSIGNED):
        await both.verify(bearer(signed(claims(ISSUER), other)))


@pytest.mark.parametrize(
    "changed",
    [
        {"exp": None},
        {"iat": None},
        {"iss": None},
        {"aud": None},
        {"app": "portal"},
        {"app": {"code": "a"}},
        {"person": {"subject": "x"}},
        {"person": {"subject": "x", "role": "king", "name": "甲"}},
        {"exp": "tomorrow"},
        {"exp": True},
        {"aud": ["a"] * 21},
        {"azp": "x" * 501},
    ],
)
async def test_missing_or_misshapen_claims_prove_nothing(changed: dict[str, object]) -> None:
    assert await reason(signed(claims(ISSUER, **changed), KEY)) == MALFORMED


@pytest.mark.parametrize("bad", ["NaN", "Infinity", "1e999"])
async def test_a_time_that_is_no_number_proves_nothing(bad: str) -> None:
    payload = json.dumps(claims(ISSUER, exp=5)).replace('"exp": 5', f'"exp": {bad}')
    assert await reason(signed(payload.encode(), KEY)) == MALFORMED


async def test_a_token_without_an_application_proves_nothing() -> None:
    assert await reason(signed(claims(ISSUER, app=None), KEY)) == "it names no application"


# ---- signature


async def test_an_unsigned_token_proves_nothing() -> None:
    for kid in ({}, {"kid": "k-1"}):
        assert await reason(f"{part({'alg': 'none'} | kid)}.{part(claims(ISSUER))}.") == UNSIGNED


@pytest.mark.parametrize("secret", [key_set(KEY), KEY.as_pem(private=False), KEY.as_bytes(private=False)])
async def test_the_public_key_is_no_secret_to_sign_with(secret: bytes) -> None:
    head = f"{part({'alg': 'HS256', 'kid': 'k-1', 'typ': 'JWT'})}.{part(claims(ISSUER))}"
    mac = hmac.new(secret, head.encode(), hashlib.sha256).digest()
    assert await reason(f"{head}.{part(mac)}") == UNSIGNED


async def test_an_algorithm_that_the_issuer_was_not_allowed_proves_nothing() -> None:
    assert await reason(signed(claims(ISSUER), RSA, "RS256")) == UNSIGNED
    assert await reason(signed(claims(ISSUER), RSA, "PS256"), algorithms=frozenset({"RS256"})) == UNSIGNED


async def test_a_key_is_not_used_for_an_algorithm_of_another_kind() -> None:
    both = frozenset({"ES256", "RS256"})
    assert await reason(signed(claims(ISSUER), RSA, "RS256", kid="k-1"), algorithms=both) == UNSIGNED


async def test_a_key_that_a_token_brings_along_is_not_looked_at() -> None:
    own = ec("own")
    token = signed(claims(ISSUER), own, jwk=own.as_dict(private=False), jku="https://keys.example.invalid")
    assert await reason(token) == UNSIGNED


@pytest.mark.parametrize("place", [0, 1, 2])
async def test_a_changed_token_proves_nothing(place: int) -> None:
    parts = signed(claims(ISSUER), KEY).split(".")
    changed = {
        0: part({"alg": "ES256", "kid": "k-1", "x": 1}),
        1: part(claims(ISSUER, app={"code": "admin", "title": "管理"})),
        2: part(bytes(64)),
    }
    parts[place] = changed[place]
    assert await reason(".".join(parts)) == UNSIGNED


async def test_another_key_of_the_same_name_proves_nothing() -> None:
    assert await reason(signed(claims(ISSUER), ec("k-1"))) == UNSIGNED


@pytest.mark.parametrize("kid", ["k-2", "", "../k-1", 5])
async def test_an_unknown_key_name_proves_nothing(kid: object) -> None:
    _, payload, mac = signed(claims(ISSUER), KEY).split(".")
    assert await reason(f"{part({'alg': 'ES256', 'kid': kid})}.{payload}.{mac}") in {UNSIGNED, MALFORMED}


# ---- form


async def test_an_oversized_token_is_not_even_read() -> None:
    assert await reason(signed(claims(ISSUER, padding="x" * 8_192), KEY)) == MALFORMED
    assert await proven(signed(claims(ISSUER, padding="x" * 4_000), KEY))


@pytest.mark.parametrize(
    "token",
    [
        "", ".", "..", "a.b.c", "a.b.c.d.e", "\0", "令牌.令牌.令牌", "\ud800.a.b",
        f"{part([1])}.{part({})}.{part(b'x')}",
        f"{part({'alg': 5})}.{part({})}.{part(b'x')}",
        f"{part({'alg': ['ES256']})}.{part({})}.{part(b'x')}",
        f"{part({'alg': 'ES256'})}.{part({'iss': 5})}.{part(b'x')}",
        f"{part({'alg': 'ES256', 'crit': ['b64'], 'b64': False})}.{part({'iss': ISSUER})}.{part(b'x')}",
        f"{part(b'[' * 3_000)}.{part({})}.{part(b'x')}",
        f"{part({'alg': 'ECDH-ES', 'enc': 'A128GCM'})}.a.b.c.d",
    ],
)  # fmt: skip
async def test_garbage_proves_nothing(token: str) -> None:
    assert await reason(token) == MALFORMED


async def test_a_signature_that_is_no_base64_proves_nothing() -> None:
    assert await reason(signed(claims(ISSUER), KEY).rpartition(".")[0] + ".!!") == UNSIGNED


async def test_a_token_for_something_else_proves_nothing() -> None:
    assert await reason(signed(claims(ISSUER), KEY, typ="logout+jwt")) == MALFORMED
    for typ in ("at+jwt", "application/at+JWT", None):
        assert await proven(signed(claims(ISSUER), KEY, typ=typ))


@given(st.text(max_size=80))
async def test_any_text_is_refused_and_never_raises_otherwise(text: str) -> None:
    assert await reason(text) == MALFORMED


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3), max_leaves=5
    )
)
async def test_any_well_signed_payload_is_judged(payload: object) -> None:
    token = signed(claims(ISSUER) | {"app": payload, "person": payload}, KEY)
    assert await reason(token) in {MALFORMED, "it names no application"}


async def test_a_refusal_says_nothing_of_the_person() -> None:
    token = signed(claims(ISSUER, aud="elsewhere", person=claimed(CITIZEN)), KEY)
    with pytest.raises(Refusal) as caught:
        await proven(token)
    shown = str(caught.value) + repr(vars(caught.value)) + repr(caught.value.__cause__)
    assert CITIZEN.name not in shown
    assert str(CITIZEN.number) not in shown


# ---- the development issuer


async def test_the_development_issuer_names_whom_it_is_told_to() -> None:
    clock = ManualClock()
    made = DevelopmentIssuer(KEY, clock)
    token = made.issue(Caller(PORTAL, OFFICER), timedelta(minutes=5))
    believed = await development_callers(made.jwks(), clock).verify(bearer(token))
    assert believed == caller(qualified(DEVELOPMENT_ISSUER, OFFICER))


def test_every_token_is_another() -> None:
    made = DevelopmentIssuer(KEY, ManualClock())
    assert made.issue(Caller(PORTAL), timedelta(1)) != made.issue(Caller(PORTAL), timedelta(1))


@pytest.mark.parametrize(
    ("jwk", "what"),
    [
        (b"", "cannot be read"),
        (b"[]", "cannot be read"),
        (b'{"kty": "EC"}', "cannot be read"),
        pytest.param(json.dumps(OctKey.generate_key(256).as_dict()).encode(), "cannot be read", id="symmetric"),
        (json.dumps(KEY.as_dict(private=False)).encode(), "no private part"),
    ],
)
def test_a_development_key_that_cannot_sign_is_said_at_once(jwk: bytes, what: str) -> None:
    with pytest.raises(ConfigurationInvalid, match=what):
        DevelopmentIssuer.load(jwk, ManualClock())


async def test_a_kept_key_signs_for_the_same_verifier() -> None:
    clock = ManualClock()
    first = DevelopmentIssuer.generate(clock)
    again = DevelopmentIssuer.load(first.private_jwk(), clock)
    token = again.issue(Caller(PORTAL), timedelta(minutes=1))
    assert await development_callers(first.jwks(), clock).verify(bearer(token)) == caller()


async def test_a_key_without_a_name_signs_too() -> None:
    clock = ManualClock()
    jwk: Mapping[str, Any] = KEY.as_dict(private=True)
    nameless = DevelopmentIssuer.load(json.dumps({k: v for k, v in jwk.items() if k != "kid"}).encode(), clock)
    token = nameless.issue(Caller(Application("a", "甲")), timedelta(minutes=1))
    assert await development_callers(nameless.jwks(), clock).verify(bearer(token)) == Caller(Application("a", "甲"))


def test_the_public_key_set_has_no_private_part() -> None:
    made = DevelopmentIssuer(KEY, ManualClock())
    assert b'"d"' not in made.jwks()
    assert b'"d"' in made.private_jwk()


def test_what_is_not_proven_yet_does_not_show_itself() -> None:
    token = signed(claims(ISSUER, person=claimed(CITIZEN)), KEY)
    read = read_claims(json.dumps(claims(ISSUER)).encode(), trusted(ISSUER), ManualClock().now())
    assert repr(read_compact(token)) + repr(read) == "Compact()Claims()"
