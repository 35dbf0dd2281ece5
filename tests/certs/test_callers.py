"""Who calls: application and person in one token, in two, or with a client certificate."""

from datetime import timedelta
from typing import Any

import pytest

from certs.tokens import DEVELOPMENT_ISSUER, DevelopmentIssuer, IssuerTokens
from gateway.core import problems
from gateway.core.caller import Application, Caller, Evidence
from gateway.core.errors import Refusal, SystemFailure
from gateway.core.issuers import CertifiedApplication, Proves
from gateway.core.outcome import Fault, Outcome
from gateway.core.problems import Problem
from tests.certs.certificates import make
from tests.certs.trust import (
    CITIZEN,
    CLERK,
    OFFICER,
    PORTAL,
    Published,
    bearer,
    caller,
    callers,
    claimed,
    claims,
    ec,
    qualified,
    signed,
    tokens_of,
    trusted,
)
from tests.services.fakes import START, ManualClock

HALL = Application("hall", "大厅")
APPS, PEOPLE = "https://apps.example.invalid", "https://people.example.invalid"
APP_KEY, PERSON_KEY = ec("a-1"), ec("p-1")
AUTHORITY = make("authority", now=START)
KNOWN = make("hall", AUTHORITY, now=START)
NAMED = make("kiosk", AUTHORITY, now=START)
REGISTERED = (
    CertifiedApplication(application=HALL, fingerprints=frozenset({KNOWN.sha256})),
    CertifiedApplication(application=PORTAL, subjects=frozenset({"CN=kiosk"})),
)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def issuers(clock: ManualClock) -> list[IssuerTokens]:
    """One issuer that proves applications only, one that proves persons only."""
    apps = trusted(APPS, proves=frozenset({Proves.APPLICATION}))
    people = trusted(PEOPLE, proves=frozenset({Proves.PERSON}))
    return [tokens_of(apps, Published(APP_KEY), clock), tokens_of(people, Published(PERSON_KEY), clock)]


def app_token(**changed: Any) -> str:
    return signed(claims(APPS, **changed), APP_KEY)


def person_token(**changed: Any) -> str:
    usual = {"app": None, "azp": PORTAL.code, "person": claimed(CITIZEN)}
    return signed(claims(PEOPLE, **usual | changed), PERSON_KEY)


async def proven(issuers: list[IssuerTokens], clock: ManualClock, **evidence: Any) -> Caller:
    return await callers(*issuers, clock=clock, applications=REGISTERED).verify(Evidence(**evidence))


async def refused(issuers: list[IssuerTokens], clock: ManualClock, problem: Problem, **evidence: Any) -> str:
    """Why, which is said of that piece of evidence."""
    with pytest.raises(Refusal) as caught:
        await proven(issuers, clock, **evidence)
    assert caught.value.problem is problem
    return str(caught.value)


# ---- two tokens


@pytest.mark.parametrize("bound", [{}, {"azp": None, "app": {"code": "portal", "title": "x"}}, {"azp": "portal"}])
async def test_a_person_in_a_token_of_his_own_completes_the_application(
    issuers: list[IssuerTokens], clock: ManualClock, bound: dict[str, Any]
) -> None:
    both = await proven(issuers, clock, token=app_token(), person_token=person_token(**bound))
    assert both == caller(qualified(PEOPLE, CITIZEN))


@pytest.mark.parametrize(
    "bound", [{"azp": None}, {"azp": "hall"}, {"app": {"code": "hall", "title": "x"}}, {"azp": ""}]
)
async def test_a_person_token_of_another_application_is_refused(
    issuers: list[IssuerTokens], clock: ManualClock, bound: dict[str, Any]
) -> None:
    evidence = {"token": app_token(), "person_token": person_token(**bound)}
    assert "it was not issued to this application" in await refused(
        issuers, clock, problems.PERSON_TOKEN_INVALID, **evidence
    )


async def test_a_person_token_alone_proves_no_application(issuers: list[IssuerTokens], clock: ManualClock) -> None:
    await refused(issuers, clock, problems.TOKEN_MISSING, person_token=person_token())
    why = await refused(
        issuers, clock, problems.TOKEN_INVALID, token=person_token(app={"code": "portal", "title": "x"})
    )
    assert "its issuer is not trusted to prove applications" in why


async def test_an_issuer_of_applications_cannot_name_a_person(issuers: list[IssuerTokens], clock: ManualClock) -> None:
    why = await refused(issuers, clock, problems.TOKEN_INVALID, token=app_token(person=claimed(CITIZEN)))
    assert "its issuer is not trusted to prove persons" in why
    bound = app_token(azp="portal", person=claimed(CITIZEN))
    why = await refused(issuers, clock, problems.PERSON_TOKEN_INVALID, token=app_token(), person_token=bound)
    assert "its issuer is not trusted to prove persons" in why


async def test_two_persons_are_one_too_many(clock: ManualClock) -> None:
    issuers = [
        tokens_of(trusted(APPS), Published(APP_KEY), clock),
        tokens_of(trusted(PEOPLE), Published(PERSON_KEY), clock),
    ]
    evidence = {"token": app_token(person=claimed(OFFICER)), "person_token": person_token()}
    why = await refused(issuers, clock, problems.PERSON_TOKEN_INVALID, **evidence)
    assert "the application's token names a person already" in why


@pytest.mark.parametrize(
    ("token", "why"),
    [
        (person_token(person=None), "it names no person"),
        (person_token(exp=0), "it has expired"),
        (person_token(person=claimed(CITIZEN, number="420106199001011232")), "the person's number is wrong"),
        ("a.b.c", "it is malformed"),
        (signed(claims("nobody", azp="portal", person=claimed(CITIZEN)), PERSON_KEY), "it is of another issuer"),
        (signed(claims(PEOPLE, azp="portal", person=claimed(CITIZEN)), APP_KEY), "its signature does not verify"),
    ],
)
async def test_a_person_token_is_judged_as_strictly_as_any(
    issuers: list[IssuerTokens], clock: ManualClock, token: str, why: str
) -> None:
    evidence = {"token": app_token(), "person_token": token}
    assert why in await refused(issuers, clock, problems.PERSON_TOKEN_INVALID, **evidence)


async def test_the_application_is_proven_before_its_person_counts(
    issuers: list[IssuerTokens], clock: ManualClock
) -> None:
    await refused(issuers, clock, problems.TOKEN_INVALID, token=app_token(exp=0), person_token=person_token())


# ---- certificates


async def test_a_certificate_proves_the_application(issuers: list[IssuerTokens], clock: ManualClock) -> None:
    assert await proven(issuers, clock, certificate=KNOWN.der) == Caller(HALL)
    assert await proven(issuers, clock, certificate=NAMED.der) == Caller(PORTAL)


async def test_a_person_token_completes_a_certificate(issuers: list[IssuerTokens], clock: ManualClock) -> None:
    token = person_token(azp="hall", person=claimed(CLERK))
    assert await proven(issuers, clock, certificate=KNOWN.der, person_token=token) == Caller(
        HALL, qualified(PEOPLE, CLERK)
    )
    evidence = {"certificate": KNOWN.der, "person_token": person_token()}
    await refused(issuers, clock, problems.PERSON_TOKEN_INVALID, **evidence)


async def test_a_token_beside_a_certificate_must_be_of_the_same_application(
    issuers: list[IssuerTokens], clock: ManualClock
) -> None:
    assert await proven(issuers, clock, certificate=NAMED.der, token=app_token()) == caller()
    evidence = {"certificate": KNOWN.der, "token": app_token()}
    assert "another application" in await refused(issuers, clock, problems.CERTIFICATE_INVALID, **evidence)


@pytest.mark.parametrize(
    ("certificate", "why"),
    [
        (make("stranger", AUTHORITY, now=START).der, "it is not registered"),
        (b"", "it cannot be read"),
        (b"x" * 20_000, "it cannot be read"),
        (KNOWN.der[:-9], "it cannot be read"),
    ],
)
async def test_a_certificate_of_nobody_is_refused_whatever_else_is_shown(
    issuers: list[IssuerTokens], clock: ManualClock, certificate: bytes, why: str
) -> None:
    for more in ({}, {"token": app_token()}):
        assert why in await refused(issuers, clock, problems.CERTIFICATE_INVALID, certificate=certificate, **more)


@pytest.mark.parametrize("days", [-2, 2])
async def test_a_certificate_counts_only_while_it_is_in_force(
    issuers: list[IssuerTokens], clock: ManualClock, days: int
) -> None:
    clock.step(days * 86_400.0)
    why = await refused(issuers, clock, problems.CERTIFICATE_INVALID, certificate=KNOWN.der)
    assert "it has expired or is not in force yet" in why


def test_evidence_does_not_show_its_tokens() -> None:
    assert repr(Evidence(token="secret", certificate=b"x")) == "Evidence(token, certificate)"


# ---- outage and production


async def test_an_issuer_whose_keys_cannot_be_had_is_told_as_that(clock: ManualClock) -> None:
    silent = Published(APP_KEY)
    silent.failure = SystemFailure(Outcome.UNAVAILABLE, Fault.NETWORK, "no answer")
    issuers = [tokens_of(trusted(APPS), silent, clock), tokens_of(trusted(PEOPLE), Published(PERSON_KEY), clock)]
    await refused(issuers, clock, problems.ISSUER_UNREACHABLE, token=app_token())
    evidence = {"certificate": NAMED.der, "person_token": signed(claims(APPS, azp="portal"), APP_KEY)}
    await refused(issuers, clock, problems.ISSUER_UNREACHABLE, **evidence)


async def test_made_up_tokens_of_no_issuer_or_a_known_key_cost_the_issuer_nothing(clock: ManualClock) -> None:
    published = Published(APP_KEY)
    believed = callers(tokens_of(trusted(APPS), published, clock), clock=clock)
    assert await believed.verify(bearer(app_token()))
    clock.step(30)
    forged = [
        signed(claims("nobody"), ec("x")),
        signed(claims(APPS), ec("a-1")),
        signed(claims(APPS), ec("x", "P-384"), "ES384"),
        "a.b.c",
    ]
    for token in forged * 20:
        with pytest.raises(Refusal):
            await believed.verify(bearer(token))
    assert published.readings == 1
    for n in range(50):
        with pytest.raises(Refusal):
            await believed.verify(bearer(signed(claims(APPS), ec(f"x-{n}"))))
    assert published.readings == 2


async def test_production_refuses_a_development_token_however_it_came_to_be_trusted(clock: ManualClock) -> None:
    development = DevelopmentIssuer(APP_KEY, clock)
    tokens = tokens_of(trusted(DEVELOPMENT_ISSUER), Published(APP_KEY), clock)
    token = development.issue(Caller(PORTAL), timedelta(hours=1))
    assert await callers(tokens, clock=clock).verify(bearer(token))
    with pytest.raises(Refusal) as caught:
        await callers(tokens, clock=clock, production=True).verify(bearer(token))
    assert caught.value.problem is problems.TOKEN_INVALID
    person = development.issue_person(CITIZEN, PORTAL, timedelta(hours=1))
    both = callers(tokens, clock=clock, applications=REGISTERED)
    assert (await both.verify(Evidence(certificate=NAMED.der, person_token=person))).person is not None
    with pytest.raises(Refusal):
        await callers(tokens, clock=clock, applications=REGISTERED, production=True).verify(
            Evidence(certificate=NAMED.der, person_token=person)
        )
