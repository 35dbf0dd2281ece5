"""docs/reference/callers.md: its examples are taken as they stand."""

import re
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from certs.tokens.claims import read_claims
from certs.tokens.persons import check_application, check_person
from gateway.settings import Mode
from gateway.store.issuers import load_trust

PAGE = (Path(__file__).parents[2] / "docs/reference/callers.md").read_text("utf-8")


def block(language: str) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return str(found)


def test_the_issuers_file_of_the_page_can_be_used(tmp_path: Path) -> None:
    file = tmp_path / "issuers.toml"
    file.write_text(block("toml"), "utf-8")
    trust = load_trust(file, Mode.PRODUCTION)
    assert (len(trust.issuers), len(trust.applications)) == (2, 1)


def test_the_claims_of_the_page_prove_whom_they_name(tmp_path: Path) -> None:
    file = tmp_path / "issuers.toml"
    file.write_text(block("toml"), "utf-8")
    issuer = load_trust(file, Mode.PRODUCTION).issuers[0]
    payload = block("json").encode()
    now = datetime.fromtimestamp(msgspec.json.decode(payload)["iat"], UTC)
    claims = read_claims(payload, issuer, now)
    assert claims.app is not None
    assert claims.person is not None
    assert check_application(claims.app) == claims.app
    assert check_person(claims.person) == claims.person


@pytest.mark.parametrize("role", ["citizen", "officer", "clerk", "department", "hub", "operations", "auditor"])
def test_every_role_of_a_person_is_described(role: str) -> None:
    assert re.search(rf"^\|.*\b{role}\b.*\|", PAGE, re.MULTILINE)
