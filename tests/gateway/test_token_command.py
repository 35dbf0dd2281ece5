"""`yiwang token`: what the development issuer signs, and what it does not."""

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from certs.tokens import DEVELOPMENT_ISSUER, DevelopmentIssuer
from gateway.cli import keys
from gateway.cli.token import token
from gateway.core.caller import Application, Caller, Evidence, Person, Role
from gateway.settings import Mode
from gateway.store.issuers import load_trust
from gateway.system_clock import SystemClock
from tests.certs.trust import BODY, development_callers

CLOCK = SystemClock()
ISSUER = DevelopmentIssuer.generate(CLOCK)
APP = Application("development", "development")
CITIZEN = ["--role", "citizen", "--name", "王测试", "--number", "420106199001011231"]
CLERK = ["--role", "clerk", "--name", "窗口员", "--body", BODY, "--post", "3 号窗口", "--region", "420102"]
OFFICER = ["--role", "officer", "--name", "经办员", "--body", BODY, "--post", "窗口", "--region", "420100"]


@pytest.fixture(autouse=True)
def mode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("YIWANG_MODE", raising=False)


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    """Exit status and what was written."""
    key = folder / "issuer.jwk"
    key.write_bytes(ISSUER.private_jwk())
    app = typer.Typer()
    app.command()(token)
    result = CliRunner().invoke(app, ["--issuer", str(key), *arguments])
    return result.exit_code, result.output.strip()


async def proven(**evidence: str) -> Caller:
    return await development_callers(ISSUER.jwks(), CLOCK).verify(Evidence(**evidence))  # type: ignore[arg-type]


async def test_without_more_it_names_an_application(tmp_path: Path) -> None:
    status, text = run(tmp_path)
    assert status == 0
    assert await proven(token=text) == Caller(APP)


@pytest.mark.parametrize("arguments", [CITIZEN, CLERK, OFFICER])
async def test_it_names_persons_as_the_gateway_takes_them(tmp_path: Path, arguments: list[str]) -> None:
    status, text = run(tmp_path, *arguments)
    assert status == 0
    person = (await proven(token=text)).person
    assert person is not None
    assert person.role.value == arguments[1]


async def test_a_person_can_have_a_token_of_his_own(tmp_path: Path) -> None:
    _, text = run(tmp_path, *CLERK, "--person-only", "--application", "hall")
    _, application = run(tmp_path, "--application", "hall")
    assert await proven(token=application, person_token=text) == Caller(
        Application("hall", "hall"),
        Person(
            subject=f"{DEVELOPMENT_ISSUER}#clerk:窗口员",
            role=Role.CLERK,
            name="窗口员",
            account="development-clerk",
            body=BODY,
            post="3 号窗口",
            region="420102",
        ),
    )


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["--role", "officer"], "needs a person"),
        (["--person-only"], "needs a person"),
        (["--name", "x"], "the role frontend is no person's"),
        (["--role", "citizen", "--name", "x"], "needs document_type"),
        ([*CITIZEN[:-1], "420106199001011232"], "number is wrong"),
        (CLERK[:-2], "a person of role clerk needs region"),
    ],
)
def test_what_the_gateway_would_refuse_is_not_signed(tmp_path: Path, arguments: list[str], what: str) -> None:
    status, text = run(tmp_path, *arguments)
    assert status == 2
    assert what in text


def test_production_gets_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIWANG_MODE", "production")
    status, text = run(tmp_path)
    assert status == 2
    assert "of no use in production" in text


def test_a_development_issuer_comes_with_the_file_that_trusts_it(tmp_path: Path) -> None:
    runner = CliRunner()
    assert runner.invoke(keys.app, ["development-issuer", str(tmp_path)]).exit_code == 0
    (trusted,) = load_trust(tmp_path / "issuers.toml", Mode.DEVELOPMENT).issuers
    assert (trusted.issuer, trusted.jwks_file) == (DEVELOPMENT_ISSUER, tmp_path / "jwks.json")
    assert (tmp_path / "issuer.jwk").stat().st_mode & 0o077 == 0
    assert runner.invoke(keys.app, ["development-issuer", str(tmp_path)]).exit_code == 2
