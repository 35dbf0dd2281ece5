"""Timestamps in an export of the audit are examined against anchors that the reader names."""

import asyncio
from pathlib import Path

import pytest

from certs.timestamps import Imprint, TimestampRequest, make_token
from certs.x509 import Hash, KeyAlgorithm
from gateway.cli.audit_stamps import examine_stamps, stamps_of, with_stamps
from gateway.core.audit.findings import Report, Step, Verdict
from gateway.core.text import Text
from tests.timestamps.authorities import NOW, development, stamper

RECORD = b'{"number":1}'
ONE, OTHER = "checkpoints/0000000001.json", "checkpoints/0000000002.json"
SAID = Text("好", "good")


def token(record: bytes, kind: KeyAlgorithm = KeyAlgorithm.SM2) -> bytes:
    request = TimestampRequest(imprint=Imprint.of(record, Hash.SHA256))
    return asyncio.run(make_token(request, stamper(kind)))


@pytest.fixture
def trust(tmp_path: Path) -> Path:
    """The anchor, and lists on which nobody stands."""
    authority = development()
    (tmp_path / "chain").mkdir()
    (tmp_path / "root.pem").write_text(authority.root.certificate.to_pem())
    (tmp_path / "chain/between.pem").write_text(authority.intermediate.certificate.to_pem())
    (tmp_path / "root.crl").write_bytes(authority.crl(authority.root))
    (tmp_path / "between.crl").write_bytes(authority.crl())
    return tmp_path


def test_timestamps_over_their_checkpoints_hold(trust: Path) -> None:
    files = {ONE: RECORD, f"{ONE}.tst": token(RECORD), OTHER: b"{}", "entries.jsonl": b""}
    assert stamps_of(files) == [f"{ONE}.tst"]
    step = examine_stamps(files, trust, NOW)
    assert (step.number, step.name, step.verdict) == (9, "timestamps", Verdict.VALID)
    assert step.message.en == "1 timestamps hold, the first of 2026-03-04T05:06:07+00:00"


def test_a_timestamp_over_something_else_does_not(trust: Path) -> None:
    files = {ONE: RECORD, f"{ONE}.tst": token(RECORD), OTHER: b"{}", f"{OTHER}.tst": token(RECORD)}
    step = examine_stamps(files, trust, NOW)
    assert step.verdict is Verdict.INVALID
    assert step.message.en.startswith(f"{OTHER}.tst: ")
    assert examine_stamps({ONE: RECORD, f"{ONE}.tst": b"token"}, trust, NOW).verdict is Verdict.INVALID
    assert examine_stamps({f"{ONE}.tst": token(RECORD)}, trust, NOW).verdict is Verdict.INVALID


def test_what_nobody_can_say_is_undecided(trust: Path) -> None:
    stranger = {ONE: RECORD, f"{ONE}.tst": token(RECORD, KeyAlgorithm.RSA)}
    assert examine_stamps(stranger, trust, NOW).verdict is Verdict.UNDECIDED
    assert examine_stamps({ONE: RECORD}, trust, NOW).verdict is Verdict.UNDECIDED


def test_the_worst_step_is_the_report_s() -> None:
    def of(verdict: Verdict) -> Step:
        return Step(9, "timestamps", verdict, SAID)

    valid = Report(Verdict.VALID, ())
    assert with_stamps(valid, of(Verdict.VALID)).verdict is Verdict.VALID
    assert with_stamps(valid, of(Verdict.UNDECIDED)).verdict is Verdict.UNDECIDED
    assert with_stamps(Report(Verdict.UNDECIDED, ()), of(Verdict.INVALID)).verdict is Verdict.INVALID
    assert with_stamps(Report(Verdict.INVALID, ()), of(Verdict.VALID)).verdict is Verdict.INVALID
