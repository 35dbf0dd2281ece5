"""The checker accepts real files of others, refuses what was changed, and says of several what it says of each."""

from pathlib import Path

import pytest

from tests.java.checker import WITH_JAVA, check, check_all

pytestmark = WITH_JAVA
SEALS = Path(__file__).parents[1] / "seals" / "fixtures"


@pytest.mark.parametrize(("name", "version"), [("UserV4.esl", 4), ("UserV5.esl", 5)])
def test_a_seal_that_others_made_is_accepted(name: str, version: int) -> None:
    assert f"version={version} picture=PNG:40x40" in check("seal", SEALS / name)


def test_what_was_changed_is_refused_and_the_next_check_is_made_all_the_same(tmp_path: Path) -> None:
    whole = (SEALS / "UserV4.esl").read_bytes()
    changed, cut = tmp_path / "changed.esl", tmp_path / "cut.esl"
    changed.write_bytes(whole.replace(b"\x13\x02CN", b"\x13\x02KN", 1).replace(b"ES", b"EX", 1))
    cut.write_bytes(whole[:-1])
    said = check_all([("seal", changed), ("seal", cut), ("unknown",), ("seal", SEALS / "UserV4.esl")])
    assert [one.partition(" ")[0] for one in said] == ["no", "no", "no", "ok"]


def test_a_signature_over_another_description_is_refused() -> None:
    assert check("ses", SEALS / "SignedValueV4.dat", SEALS / "Signature.xml").startswith("no ")
