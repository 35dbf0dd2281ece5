"""Seals that ofdrw made get the verdicts that their README states."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from certs.examination import Check, Step, Verdict
from certs.seals import SealVersion, examine_seal, examine_signature, read_seal, read_signature
from certs.seals.pictures import draw_picture

HERE = Path(__file__).parent
FIXTURES = HERE / "fixtures"
SEALS = ("UserV1.esl", "UserV4.esl", "UserV5.esl", "UserV5_ts.esl")
PATH = "/Doc_0/Signs/Sign_0/Signature.xml"


def read(name: str) -> bytes:
    return (FIXTURES / name).read_bytes()


def told(steps: list[Step]) -> list[dict[str, object]]:
    return [{"number": s.number, "verdict": s.verdict, "zh": s.message.zh, "en": s.message.en} for s in steps]


@pytest.mark.parametrize(("name", "version"), list(zip(SEALS, (1, 4, 5, 5), strict=True)))
def test_every_layout_is_told_from_the_others_and_read(name: str, version: int) -> None:
    seal = read_seal(read(name))
    assert seal.version is SealVersion(version)
    assert seal.header_version == version
    assert (seal.envelope.timestamp is not None) is (name == "UserV5_ts.esl")
    assert (seal.picture.type, seal.picture.width, seal.picture.height) == ("PNG", 40, 40)
    assert seal.deviations == ()
    drawn = draw_picture(seal.picture)
    assert (drawn.width, drawn.height, drawn.left_out) == (400, 400, ())


@pytest.mark.parametrize("name", SEALS)
def test_the_makers_signature_holds_and_the_seal_was_in_force_for_two_years(name: str) -> None:
    seal = read_seal(read(name))
    steps = examine_seal(read(name), seal.valid_from)
    assert [(step.number, step.verdict) for step in steps] == [
        (Check.SEAL, Verdict.VALID),
        (Check.SEAL, Verdict.VALID),
        (Check.TIMES, Verdict.VALID),
        (Check.SEAL, Verdict.VALID),
    ]


@pytest.mark.parametrize(
    ("name", "wrong"),
    [("SignedValueV4.dat", [Check.DIGESTS]), ("SignedValueV5.dat", [Check.DIGESTS, Check.SEAL])],
)
def test_a_signature_holds_but_belongs_to_another_document(name: str, wrong: list[Check]) -> None:
    """The seal in the V4 one is UserV4.esl, that in the V5 one is not UserV5.esl."""
    signed = read_signature(read(name))
    steps = examine_signature(
        read(name), description=read("Signature.xml"), path=PATH, package_seal=read(f"User{name[11:13]}.esl")
    )
    verdicts = {(step.number, step.verdict) for step in steps}
    assert signed.property_info == PATH
    assert (Check.SIGNATURE, Verdict.VALID) in verdicts
    assert (Check.SIGNER, Verdict.VALID) in verdicts
    assert (Check.TIMES, Verdict.VALID) in verdicts
    assert [step.number for step in steps if step.verdict is not Verdict.VALID] == wrong


@pytest.mark.parametrize("name", [*SEALS, "SignedValueV4.dat", "SignedValueV5.dat"])
def test_the_report_reads_as_it_did(name: str) -> None:
    """Golden files: what changes in them is for a person to read."""
    at = datetime(2026, 8, 4, 2, 8, 9, tzinfo=UTC)
    data = read(name)
    steps = (
        examine_seal(data, at)
        if name.endswith(".esl")
        else examine_signature(data, description=read("Signature.xml"), path=PATH, at=at)
    )
    golden = HERE / "golden" / f"{name}.json"
    assert json.loads(golden.read_text("utf-8")) == told(steps)
