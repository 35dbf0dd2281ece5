"""Strangers are held up by their network; who proves himself never is."""

import pytest

from gateway.core import problems
from gateway.core.caller import Caller, Evidence
from gateway.core.errors import Refusal
from gateway.core.problems import Problem
from gateway.core.rate import Admission, Rate, Rates
from gateway.core.text import Text
from gateway.services.verify_caller import VerifyCaller
from tests.services.fakes import CITIZEN, FRONTEND, ManualClock

NO = Text("否", "no")


class Verifier:
    """Believes the token ``good``; refuses others for ``problem``."""

    def __init__(self) -> None:
        self.problem: Problem = problems.TOKEN_INVALID

    async def verify(self, evidence: Evidence) -> Caller:
        if evidence.token != "good":
            raise Refusal(self.problem, reason=NO, seconds=1)
        return Caller(FRONTEND, CITIZEN)


@pytest.fixture
def verifier() -> Verifier:
    return Verifier()


@pytest.fixture
def verify(verifier: Verifier) -> VerifyCaller:
    return VerifyCaller(verifier, Admission(Rates(strangers=Rate(1, 2)), ManualClock()))


async def number(verify: VerifyCaller, token: str, peer: str | None = "192.0.2.1") -> Problem:
    with pytest.raises(Refusal) as refusal:
        await verify.verify(Evidence(token=token, peer=peer))
    return refusal.value.problem


async def test_a_network_that_proves_nobody_is_held_up(verify: VerifyCaller) -> None:
    assert [await number(verify, "bad", f"192.0.2.{n}") for n in range(3)] == [
        problems.TOKEN_INVALID,
        problems.TOKEN_INVALID,
        problems.PROOFS_FAIL_TOO_OFTEN,
    ]
    assert await number(verify, "bad", "198.51.100.1") is problems.TOKEN_INVALID


async def test_neighbours_who_prove_themselves_are_not(verify: VerifyCaller) -> None:
    for _ in range(5):
        await number(verify, "bad")
    assert await verify.verify(Evidence(token="good", peer="192.0.2.1")) == Caller(FRONTEND, CITIZEN)


async def test_the_address_of_a_proxy_is_not_counted(verify: VerifyCaller) -> None:
    assert {await number(verify, "bad", None) for _ in range(5)} == {problems.TOKEN_INVALID}


@pytest.mark.parametrize("problem", [problems.ISSUER_UNREACHABLE, problems.RATE_EXCEEDED])
async def test_what_is_not_their_fault_is_not_counted(
    verify: VerifyCaller, verifier: Verifier, problem: Problem
) -> None:
    verifier.problem = problem
    assert {await number(verify, "bad") for _ in range(5)} == {problem}
