"""A running gateway: seals are registered, authorised, frozen and shown, over GraphQL and in the terminal."""

import asyncio
import base64
import json
import random
import re
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from gateway.cli.main import app
from gateway.core.caller import Person, Role
from gateway.core.errors import ConfigurationInvalid
from gateway.settings import Settings
from tests.seal_register.entries import ITEM, OTHER, OWNER, person
from tests.seal_register.live import a_gateway, ask, served, token
from tests.servers.typed_pages import typed

PAGE = Path(__file__).parents[2] / "docs/how-to/register-seals.md"
HUB = person(Role.HUB, None, "hub-1")
HUB_2 = person(Role.HUB, None, "hub-2")
OPERATIONS = person(Role.OPERATIONS, None, "ops-1")
AUDITOR = person(Role.AUDITOR, None, "audit-1")
DEPARTMENT = person(Role.DEPARTMENT, OWNER, "dept-1")
STRANGERS = person(Role.DEPARTMENT, OTHER, "dept-9")
OFFICER = person(subject="officer-1")
CITIZEN = Person(subject="c", role=Role.CITIZEN, name="王测试", document_type="111", number="420106199001011231")
REGISTER = """
mutation Register($input: RegisterSealInput!) {
  registerSeal(input: $input) { seal { id number state version route platform } problems { code message field remedy } }
}
"""
EVENTS = "{ auditEvents(first: 50) { nodes { kind ending } } }"
SEALS = """
query Seals($owner: CreditCode, $first: Int, $after: String) {
  seals(owner: $owner, first: $first, after: $after) {
    nodes { id reason authorisations { accounts limitedToAccounts } } edges { cursor node { id } }
    pageInfo { hasNextPage endCursor } totalCount
  }
}
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return a_gateway(tmp_path)


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a development seal and all that belongs to it."""
    folder = tmp_path_factory.mktemp("seal") / "box"
    assert CliRunner().invoke(app, ["seal", "make", str(folder)], env={"LANG": "C.UTF-8"}).exit_code == 0
    return folder


def trust(settings: Settings, box: Path) -> None:
    assert settings.seal_trust is not None
    for file in (box / "trust").rglob("*.pem"):
        (settings.seal_trust / file.name).write_bytes(file.read_bytes())


async def yiwang(url: str, who: Person | None, *words: str) -> Result:
    variables = {"YIWANG_URL": url, "YIWANG_TOKEN": token(who), "LANG": "C.UTF-8", "COLUMNS": "200"}
    return await asyncio.to_thread(CliRunner().invoke, app, ["seal", *words], env=variables)


async def did(url: str, who: Person, *words: str) -> str:
    done = await yiwang(url, who, *words)
    assert done.exit_code == 0, done.output + repr(done.exception)
    return done.stdout.strip()


async def refused(url: str, who: Person, *words: str) -> ConfigurationInvalid:
    done = await yiwang(url, who, *words)
    assert isinstance(done.exception, ConfigurationInvalid), done.output
    return done.exception


def of(box: Path, *more: str) -> list[str]:
    return ["--seal", str(box / "seal.esl"), "--cert", str(box / "signer.pem"), *more]


async def test_a_seal_lives_its_life_in_the_terminal(settings: Settings, box: Path) -> None:
    trust(settings, box)
    register = ["register", *of(box), "--owner", OWNER, "--key", f"file:{box / 'signer.key'}", "--two-person"]
    scope = ["--application", "hall", "--body", OWNER, "--item", ITEM, "--document", "ofd", "--pages", "9"]
    scope += ["--account", "officer-1", "--to", "2099-01-01"]
    async with served(settings) as url:
        seal = await did(url, HUB, *register)
        assert "is registered already" in (await refused(url, HUB, *register)).what
        authorised = json.loads(await did(url, DEPARTMENT, "authorise", seal, *scope, "--json"))
        shown = await did(url, DEPARTMENT, "show", seal)
        listed = await did(url, OFFICER, "list")
        as_json = json.loads(await did(url, OFFICER, "show", seal, "--json"))
        await did(url, OPERATIONS, "freeze", seal, "--reason", "核查")
        frozen = await did(url, DEPARTMENT, "show", seal)
        await did(url, DEPARTMENT, "unfreeze", seal)
        await did(url, DEPARTMENT, "withdraw", seal, authorised["authorisations"][0]["id"])
        await did(url, HUB, "hand-over", seal, "--body", OTHER)
        platform = ["--platform", "none", "--number", "7"]
        assert "no seal platform" in (await refused(url, HUB, "renew", seal, *of(box), *platform)).what
        renewal = await refused(url, HUB, "renew", seal, *of(box))
        await did(url, HUB, "revoke", seal, "--reason", "机构撤销")
        history = json.loads(await did(url, HUB, "list", "--owner", OTHER, "--json"))
        events = (await ask(url, AUDITOR, EVENTS))["data"]["auditEvents"]["nodes"]
    assert renewal.what.startswith("input.structure: the seal would be renewed by what it is")
    assert authorised["authorisations"][0]["accounts"] == ["officer-1"]
    assert all(word in shown for word in ("officer-1", ITEM, "≤ 9", "2099-01-01", "LOCAL", "two persons", "ACTIVE"))
    assert all(word in listed for word in (seal, OWNER, "ACTIVE", "测试专用章"))
    assert as_json["authorisations"][0]["limitedToAccounts"]
    assert as_json["authorisations"][0]["accounts"] is None
    assert str(box) not in shown + listed + json.dumps(as_json)
    changes = [event for event in reversed(events) if event["kind"].startswith("seal.")]
    done = [event["kind"].removeprefix("seal.") for event in changes if event["ending"] == "DONE"]
    assert done == ["registered", "authorised", "frozen", "unfrozen", "withdrawn", "handed-over", "revoked"]
    assert {event["kind"] for event in changes if event["ending"] == "REFUSED"} == {"seal.registered", "seal.renewed"}
    assert "FROZEN" in frozen
    assert "核查" in frozen
    (last,) = history
    assert (last["state"], last["version"], last["owner"]) == ("REVOKED", 7, OTHER)
    assert [one["body"] for one in last["owners"]] == [OWNER, OTHER]


async def test_a_large_seal_comes_in_pieces(settings: Settings, tmp_path: Path) -> None:
    noise = Image.frombytes("RGB", (200, 200), random.Random(6).randbytes(120_000))
    noise.save(tmp_path / "noise.png")
    make = ["seal", "make", str(tmp_path / "box"), "--picture", str(tmp_path / "noise.png")]
    done = await asyncio.to_thread(CliRunner().invoke, app, make, env={"LANG": "C.UTF-8"})
    assert done.exit_code == 0, done.output
    box = tmp_path / "box"
    assert (box / "seal.esl").stat().st_size > 100_000
    trust(settings, box)
    async with served(settings) as url:
        seal = await did(url, HUB, "register", *of(box), "--owner", OWNER, "--key", "file:/run/seal.key")
        assert seal in await did(url, HUB, "list")


async def test_what_is_typed_wrong_is_said_with_a_remedy(settings: Settings, box: Path, tmp_path: Path) -> None:
    (tmp_path / "long").write_bytes(b"x" * 524_289)
    owner = ["--owner", OWNER]
    other = ["register", *of(box)[2:], *owner, "--key", "file:a", "--seal"]
    async with served(settings) as url:
        for words, what in (
            (["register", *of(box), *owner], "where the seal's key is"),
            (["register", *of(box), *owner, "--key", "file:a", "--platform", "p"], "one key"),
            (["register", *of(box), *owner, "--platform", "p"], "number for the seal is missing"),
            (["register", *of(box), *owner, "--platform", "p", "--number", "1", "--mode", "FAX"], "mode is none"),
            (["register", *of(box), *owner, "--key", "file:a"], "does not pass"),
            (["register", *of(box), "--owner", "1", "--key", "file:a"], "credit code"),
            (["renew", "none", *of(box)], "there is no seal none"),
            (["show", "none"], "there is no seal none"),
            (["freeze", "none", "--reason", "r"], "not in the register"),
            (["list", "--owner", "1"], "credit code"),
            ([*other, str(tmp_path / "none")], "cannot be read"),
            ([*other, str(tmp_path / "long")], "more than 524288"),
            (["register", *of(box)[:2], "--cert", str(box / "seal.esl"), *owner, "--key", "file:a"], "no certificates"),
        ):  # fmt: skip
            error = await refused(url, HUB, *words)
            assert what in error.what
            assert error.remedy
        seal = ["authorise", "none", "--application", "a", "--body", "b", "--item", "i", "--document", "ofd"]
        assert "is no instant" in (await refused(url, DEPARTMENT, *seal, "--from", "tomorrow")).what


async def test_seals_are_registered_and_shown_page_by_page_to_those_who_may(settings: Settings, box: Path) -> None:
    trust(settings, box)
    given = {
        "structure": base64.b64encode((box / "seal.esl").read_bytes()).decode(),
        "certificates": [
            base64.b64encode(base64.b64decode("".join(block.splitlines()[1:-1]))).decode()
            for block in re.findall(r"-----BEGIN.*?-----END [A-Z ]+-----", (box / "signer.pem").read_text(), re.DOTALL)
        ],
        "owner": OWNER,
    }
    key = {"route": {"key": "file:/run/seal.key"}}
    async with served(settings) as url:
        bad = await ask(url, HUB, REGISTER, input=given | key | {"structure": "AAAA"})
        wrong_route = await ask(url, HUB, REGISTER, input=given | {"route": {"key": "remote:p/k"}})
        two_routes = {"key": "file:a", "platform": {"system": "p", "number": "1", "mode": "DIGEST"}}
        two = await ask(url, HUB, REGISTER, input=given | {"route": two_routes})
        forbidden = await ask(url, DEPARTMENT, REGISTER, input=given | key)
        done = await ask(url, HUB, REGISTER, input=given | key)
        pages = [await ask(url, who, SEALS, first=1) for who in (HUB, OFFICER, STRANGERS)]
        none = await ask(url, HUB, SEALS, owner=OTHER)
        hidden = await ask(url, None, SEALS)
        unseen = await ask(url, CITIZEN, SEALS)
    problems = [answer["data"]["registerSeal"]["problems"] for answer in (bad, wrong_route)]
    assert [(one["code"], one["field"]) for (one,) in problems] == [
        ("BAD_INPUT", "input.structure"), ("BAD_INPUT", "input.route.key"),
    ]  # fmt: skip
    assert all(one["remedy"] for (one,) in problems)
    assert two["errors"][0]["extensions"]["code"] == "BAD_INPUT"
    assert forbidden["errors"][0]["extensions"]["number"] == "YW-SR-03"
    seal = done["data"]["registerSeal"]["seal"]
    assert (seal["state"], seal["version"], seal["route"], seal["platform"]) == ("ACTIVE", 1, "LOCAL", None)
    counts = [page["data"]["seals"]["totalCount"] for page in pages]
    assert counts == [1, 1, 0]
    assert pages[0]["data"]["seals"]["edges"][0]["node"]["id"] == seal["id"]
    assert none["data"]["seals"]["nodes"] == []
    assert hidden["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert unseen["errors"][0]["extensions"]["number"] == "YW-SR-02"


async def test_the_page_is_typed_from_the_first_command_to_the_last(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, who in (("hub", HUB), ("department", DEPARTMENT), ("operations", OPERATIONS)):
        (tmp_path / f"{name}.token").write_text(token(who))
    monkeypatch.chdir(tmp_path)
    async with served(settings) as url:
        done = await typed(PAGE, tmp_path, YIWANG_URL=url)
    assert done.code == 0, done.stderr
    assert "REVOKED" in done.stdout
