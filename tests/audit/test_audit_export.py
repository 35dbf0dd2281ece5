"""Exports: a good one is valid, and no change of it is, by one byte or by somebody who knows how they are made."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from certs.audit_keys import AuditKeyKind
from gateway.core.audit import catalogue, container
from gateway.core.audit.anchors import anchor_line, read_anchors
from gateway.core.audit.canonical import canonical, parse
from gateway.core.audit.catalogue import Retention
from gateway.core.audit.chain import ChainInvalid, read_header
from gateway.core.audit.checkpoint import FIRST, Checkpoint, Signed
from gateway.core.audit.container import ContainerUnusable, check_size, pack, unpack
from gateway.core.audit.export import CHAINS, ENTRIES, MANIFEST, PROOFS, README, Chosen, checkpoint_name
from gateway.core.audit.findings import Report, Verdict
from tests.audit.making import ALL, P256, SIGNERS, Ledger, a_ledger, judge
from tests.audit.samples import NOON, an_event

Files = dict[str, bytes]


def resigned(files: Files, **changed: Any) -> Files:
    """The files with a manifest that is made and signed anew, as whoever has the key could."""
    manifest = parse(files[MANIFEST]) | changed
    manifest["files"] = [
        {"name": name, "bytes": len(files[name]), "sha256": hashlib.sha256(files[name]).hexdigest()}
        for name in sorted(files)
        if not name.startswith(MANIFEST)
    ]
    record = canonical(manifest)
    return files | {MANIFEST: record, f"{MANIFEST}.sig": P256.sign(record)}


def failed(report: Report) -> str:
    """The name of the step that did not hold."""
    assert report.verdict is not Verdict.VALID
    return next(step.name for step in report.steps if step.verdict is not Verdict.VALID)


def lines(files: Files, name: str) -> list[Any]:
    return [json.loads(line) for line in files[name].splitlines()]


def with_lines(files: Files, name: str, values: list[Any], **changed: Any) -> Files:
    return resigned(files | {name: b"".join(canonical(value) + b"\n" for value in values)}, **changed)


@pytest.mark.parametrize("kind", AuditKeyKind)
def test_a_good_export_is_valid_step_by_step(kind: AuditKeyKind) -> None:
    report = judge(a_ledger(SIGNERS[kind]).export())
    assert report.verdict is Verdict.VALID
    assert [(step.number, step.name) for step in report.steps] == list(
        enumerate(("files", "manifest", "keys", "checkpoints", "chains", "entries", "predecessors"), 1)
    )
    assert SIGNERS[kind].key in report.steps[2].message.en


def test_bytes_that_are_added_or_taken_away_are_found() -> None:
    data = pack(a_ledger().export())
    for changed in (data + b"\0", b"\0" + data, data[:-1], data[:100]):
        with pytest.raises(ContainerUnusable):
            unpack(changed)


def test_a_time_that_is_changed_in_the_zip_is_found() -> None:
    files = a_ledger().export()
    data = bytearray(pack(files))
    assert unpack(bytes(data)) == files
    data[10] ^= 0x01  # of the first file, which the directory at the end says as well
    with pytest.raises(ContainerUnusable) as caught:
        unpack(bytes(data))
    assert caught.value.is_changed


def test_a_file_that_was_changed_and_a_manifest_that_nobody_signed_are_found() -> None:
    files = a_ledger().export()
    assert failed(judge(files | {README: files[README] + b" "})) == "files"
    assert failed(judge(files | {f"{MANIFEST}.sig": b"0"})) == "manifest"


@pytest.mark.parametrize("make", [lambda _: {}, lambda files: files | {"more.txt": b""}], ids=["none", "more"])
def test_files_that_are_missing_or_too_many_are_found(make: Callable[[Files], Files]) -> None:
    assert failed(judge(make(a_ledger().export()))) == "files"


def test_no_file_can_be_left_out() -> None:
    whole = a_ledger().export()
    for name in whole:  # in one test: keys are named by their digests, which are new each time
        assert judge({other: content for other, content in whole.items() if other != name}).verdict is Verdict.INVALID


@given(st.data())
def test_any_choice_of_entries_is_proven(data: st.DataObject) -> None:
    ledger = Ledger()
    names = [ledger.begin(ordinal) for ordinal in range(1, data.draw(st.integers(2, 4)))]
    for _ in range(data.draw(st.integers(1, 4))):
        for name in names:
            ledger.add(name, *(an_event() for _ in range(data.draw(st.integers(1, 9)))))
        ledger.checkpoint()
    only = {
        name: data.draw(st.sets(st.integers(1, ledger.chains[name].count), min_size=1))
        for name in data.draw(st.sets(st.sampled_from(names)))
    }
    files = ledger.export(only={name: sorted(numbers) for name, numbers in only.items()})
    assert judge(files).verdict is Verdict.VALID
    assert judge(files, anchors=ledger.anchors()).verdict is Verdict.VALID


def test_the_reader_may_say_whom_he_trusts() -> None:
    files = a_ledger().export()
    assert judge(files, trusted=frozenset({P256.key})).verdict is Verdict.VALID
    assert failed(judge(files, trusted=frozenset({SIGNERS[AuditKeyKind.SM2].key}))) == "keys"


# ---- what somebody with a key could do to the files around what was signed before


def _without_an_entry(files: Files) -> Files:
    return with_lines(files, ENTRIES, lines(files, ENTRIES)[1:], entries=3)


def _with_another_word(files: Files) -> Files:
    values = lines(files, ENTRIES)
    values[0]["event"]["count"] = 7
    return with_lines(files, ENTRIES, values)


def _in_another_order(files: Files) -> Files:
    return with_lines(files, ENTRIES, list(reversed(lines(files, ENTRIES))))


def _without_the_last(files: Files) -> Files:
    return with_lines(files, ENTRIES, lines(files, ENTRIES)[:-1], entries=3)


def _miscounted(files: Files) -> Files:
    return resigned(files, entries=5)


def _of_no_chain(files: Files) -> Files:
    values = lines(files, ENTRIES)
    values[0]["chain"] = "00" * 32
    return with_lines(files, ENTRIES, values)


def _not_an_entry(files: Files) -> Files:
    return with_lines(files, ENTRIES, [[], *lines(files, ENTRIES)[1:]])


def _numbered_by_a_word(files: Files) -> Files:
    values = lines(files, ENTRIES)
    values[0]["number"] = "1"
    return with_lines(files, ENTRIES, values)


def _cut_off(files: Files) -> Files:
    return resigned(files | {ENTRIES: files[ENTRIES][:-1]})


def _with_a_spare_proof(files: Files) -> Files:
    proof = {"chain": "00" * 32, "number": 1, "path": [], "previous": "00" * 32}
    return with_lines(files, PROOFS, [proof])


def _chosen(**changed: Any) -> Callable[[Files], Files]:
    return lambda files: resigned(files, chosen=parse(files[MANIFEST])["chosen"] | changed)


@pytest.mark.parametrize(
    "change",
    [
        _without_an_entry, _with_another_word, _in_another_order, _without_the_last, _miscounted, _of_no_chain,
        _not_an_entry, _numbered_by_a_word, _cut_off, _with_a_spare_proof,
        _chosen(since="2026-03-02T04:00:01+00:00"), _chosen(until="2026-03-02T04:00:00+00:00"),
        _chosen(kinds=["audit.read"]), _chosen(applications=["hall"]), _chosen(since="never"),
        _chosen(since="2026-01-01"),
    ],
    ids=lambda change: change.__name__.strip("_<>"),
)  # fmt: skip
def test_entries_that_do_not_fit_are_found(change: Callable[[Files], Files]) -> None:
    assert failed(judge(change(a_ledger().export()))) == "entries"


def _standing(index: int, **changed: Any) -> Callable[[Files], Files]:
    def change(files: Files) -> Files:
        name = checkpoint_name(2)
        checkpoint = json.loads(files[name])
        checkpoint["chains"][index] |= changed
        return resigned(files | {name: canonical(checkpoint)})

    return change


def _signed_by_nobody(files: Files) -> Files:
    return resigned(files | {f"{checkpoint_name(2)}.sig": b"0"})


def _called_otherwise(files: Files) -> Files:
    moved = {name.replace("0000000002", "0000000009"): content for name, content in files.items()}
    return resigned(moved)


def _not_following(files: Files) -> Files:
    name = checkpoint_name(3)
    checkpoint = json.loads(files[name]) | {"previous": "00" * 32}
    record = canonical(checkpoint)
    return resigned(files | {name: record, f"{name}.sig": P256.sign(record)})


def _of_no_form(files: Files) -> Files:
    return resigned(files | {checkpoint_name(2): b"{}"})


@pytest.mark.parametrize(
    "change",
    [
        _standing(0, count=2), _standing(0, root="00" * 32), _standing(0, root="zz"), _signed_by_nobody,
        _called_otherwise, _not_following, _of_no_form,
    ],
    ids=["count", "root", "no-hash", "unsigned", "renamed", "previous", "form"],
)  # fmt: skip
def test_checkpoints_that_do_not_hold_are_found(change: Callable[[Files], Files]) -> None:
    assert failed(judge(change(a_ledger().export()))) == "checkpoints"


def _chain(index: int, **changed: Any) -> Callable[[Files], Files]:
    def change(files: Files) -> Files:
        values = lines(files, CHAINS)
        values[index] |= changed
        return with_lines(files, CHAINS, values)

    return change


def _twice(files: Files) -> Files:
    values = lines(files, CHAINS)
    return with_lines(files, CHAINS, [*values, values[0]])


def _other_header(files: Files) -> Files:
    values = lines(files, CHAINS)
    values[0]["header"]["month"] = "2026-04"
    return with_lines(files, CHAINS, values)


@pytest.mark.parametrize(
    "change",
    [
        _chain(0, checkpoint=9),
        _chain(0, checkpoint=3),
        _twice,
        _other_header,
        _chain(0, continued=[{"count": 9, "path": []}]),
    ],
    ids=["absent", "other", "twice", "header", "continued"],
)
def test_chains_that_do_not_stand_in_their_checkpoint_are_found(change: Callable[[Files], Files]) -> None:
    assert failed(judge(change(a_ledger().export()))) == "chains"


def _a_part() -> Files:
    ledger = a_ledger()
    return ledger.export(only={next(iter(ledger.chains)): (1, 3)})


def _proof(index: int, **changed: Any) -> Callable[[Files], Files]:
    def change(files: Files) -> Files:
        values = lines(files, PROOFS)
        values[index] |= changed
        return with_lines(files, PROOFS, values)

    return change


@pytest.mark.parametrize(
    "change",
    [
        _proof(0, number=2), _proof(0, previous="00" * 32), _proof(1, path=["00" * 32]), _proof(1, path=[]),
        _proof(1, previous="11" * 32), _proof(0, path="x"), lambda files: with_lines(files, PROOFS, []),
    ],
    ids=["number", "first", "path", "short", "previous", "form", "none"],
)  # fmt: skip
def test_proofs_that_prove_something_else_are_found(change: Callable[[Files], Files]) -> None:
    assert judge(_a_part()).verdict is Verdict.VALID
    assert failed(judge(change(_a_part()))) == "entries"


@pytest.mark.parametrize(
    ("changed", "step"),
    [
        ({"format": "yiwang audit export 2"}, "files"),
        ({"more": 1}, "files"),
        ({"made_at": None}, "files"),
        ({"key": "00" * 16}, "manifest"),
        ({"key": SIGNERS[AuditKeyKind.SM2].key}, "manifest"),
    ],
    ids=["format", "more", "moment", "absent-key", "other-key"],
)
def test_a_manifest_that_is_none_is_found(changed: dict[str, Any], step: str) -> None:
    assert failed(judge(resigned(a_ledger().export(), **changed))) == step


@pytest.mark.parametrize("name", ["../x", "a/b/c", "", "a b"])
def test_names_that_no_export_has_are_refused(name: str) -> None:
    files = a_ledger().export()
    assert failed(judge(resigned(files | {name: b""}))) == "files"
    with pytest.raises(ContainerUnusable) as caught:
        unpack(pack({name: b""}))
    assert caught.value.is_changed


def test_a_key_under_another_name_is_found() -> None:
    files = a_ledger().export()
    other = SIGNERS[AuditKeyKind.SM2]
    assert failed(judge(resigned(files | {f"keys/{'00' * 16}.pem": other.public_pem.encode()}))) == "keys"
    assert failed(judge(resigned(files | {f"keys/{other.key}.pem": b"none"}))) == "keys"
    assert judge(resigned(files | {f"keys/{other.key}.pem": other.public_pem.encode()})).verdict is Verdict.VALID


def test_an_empty_export_is_valid() -> None:
    files = Ledger().export()
    assert files[ENTRIES] == b""
    assert judge(files).verdict is Verdict.VALID


def test_a_predecessor_that_lost_entries_is_found() -> None:
    ledger = _two_chains()
    first = next(iter(ledger.chains))
    ledger.cut(first, 1)
    ledger.checkpoint(first)
    assert failed(judge(ledger.export())) == "predecessors"


def test_a_predecessor_that_is_another_one_is_found() -> None:
    ledger = _two_chains()
    first = next(iter(ledger.chains))
    ledger.cut(first, 1)
    ledger.add(first)
    ledger.checkpoint()
    assert failed(judge(ledger.export())) == "predecessors"


def _two_chains() -> Ledger:
    ledger = Ledger()
    first = ledger.begin()
    ledger.add(first, an_event(), an_event())
    ledger.add(ledger.begin(2, first))
    return ledger


# ---- anchors


def test_anchors_that_agree_are_valid() -> None:
    ledger = a_ledger()
    report = judge(ledger.export(), anchors=ledger.anchors())
    assert report.verdict is Verdict.VALID
    assert report.steps[-1].name == "anchors"


def test_anchors_that_are_newer_than_the_export_are_valid() -> None:
    ledger = a_ledger()
    files = ledger.export()
    ledger.add(list(ledger.chains)[1])
    ledger.checkpoint()
    assert judge(files, anchors=ledger.anchors()).verdict is Verdict.VALID


def _lost_and_restored() -> tuple[Ledger, Ledger, str]:
    """What went on after a backup until it was lost, the backup, and their one chain."""
    lost = Ledger()
    name = lost.begin()
    lost.add(name, an_event(), an_event(), an_event())
    lost.checkpoint()
    restored = lost.backup()
    lost.add(name, an_event(), an_event())
    lost.checkpoint()
    return lost, restored, name


def test_a_chain_that_goes_on_from_a_backup_is_found_by_the_anchors() -> None:
    lost, restored, name = _lost_and_restored()
    restored.add(name)  # other entries than those that were lost
    restored.checkpoint()
    assert judge(restored.export()).verdict is Verdict.VALID  # by itself it is sound
    assert "forked" in judge(restored.export(), anchors=lost.anchors()).steps[-1].message.en
    for _ in range(5):
        restored.add(name)
        restored.checkpoint()
    for only in (None, {name: (1, 2)}):
        report = judge(restored.export(only=only), anchors=lost.anchors())
        assert report.verdict is Verdict.INVALID
        assert failed(report) == "anchors"


def test_a_chain_that_ended_with_a_backup_is_found_by_the_anchors() -> None:
    lost, restored, name = _lost_and_restored()
    for _ in range(2):
        restored.add(restored.begin(2 + len(restored.signed), name))
        restored.checkpoint()
    restored.checkpoint(name)
    report = judge(restored.export(), anchors=lost.anchors()[1:])
    assert failed(report) == "anchors"
    assert "set back" in report.steps[-1].message.en


def test_anchors_of_other_keys_cannot_be_compared() -> None:
    ledger = a_ledger()
    report = judge(ledger.export(), anchors=a_ledger(SIGNERS[AuditKeyKind.SM2]).anchors())
    assert report.verdict is Verdict.UNDECIDED
    assert failed(report) == "anchors"


def test_anchors_that_are_forged_or_forked_are_found() -> None:
    ledger = a_ledger()
    good = ledger.anchors()
    data = b"".join(anchor_line(signed) for signed in ledger.signed.values())
    forged = read_anchors(data.replace(b'"signature":"30', b'"signature":"31', 1))
    assert failed(judge(ledger.export(), anchors=forged)) == "anchors"
    other = a_ledger()
    assert failed(judge(ledger.export(), anchors=[good[0], other.anchors()[1]])) == "anchors"
    assert failed(judge(ledger.export(), anchors=[good[1], other.anchors()[1]])) == "anchors"


@pytest.mark.parametrize("data", [b"{}", b"x", b'{"checkpoint":{},"proof":{}}', b"[]"])
def test_anchors_that_are_none_are_refused(data: bytes) -> None:
    with pytest.raises(ChainInvalid, match="line 1"):
        read_anchors(data)


def test_what_a_part_cannot_prove_is_undecided() -> None:
    ledger = Ledger()
    name = ledger.begin()
    for _ in range(25):  # more checkpoints than are proven from
        ledger.add(name)
        ledger.checkpoint()
    report = judge(ledger.export(only={name: (1,)}), anchors=ledger.anchors()[:2])
    assert report.verdict is Verdict.UNDECIDED
    assert judge(ledger.export(only={name: (1,)}), anchors=ledger.anchors()[20:]).verdict is Verdict.VALID


# ---- the container


@pytest.mark.parametrize("data", [b"", b"PK", b"no zip"])
def test_what_is_no_zip_is_unusable(data: bytes) -> None:
    with pytest.raises(ContainerUnusable) as caught:
        unpack(data)
    assert not caught.value.is_changed


def test_a_zip_that_was_packed_otherwise_is_no_export() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in a_ledger().export().items():
            archive.writestr(name, content)
    with pytest.raises(ContainerUnusable) as caught:
        unpack(packed.getvalue())
    assert caught.value.is_changed


def test_sizes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "LARGEST", 10)
    monkeypatch.setattr(container, "MOST_FILES", 2)
    check_size(2, 10)
    for count, size in ((3, 1), (1, 11)):
        with pytest.raises(ContainerUnusable):
            check_size(count, size)
    with pytest.raises(ContainerUnusable):
        unpack(pack({"a": b"0123456789", "b": b"1"}))


def test_the_readme_says_how_to_check_by_hand() -> None:
    text = a_ledger().export()[README].decode()
    assert "openssl dgst -sha256 -verify" in text
    assert "yiwang audit entry 1\\n" in text


def test_the_choice_is_part_of_what_is_signed() -> None:
    chosen = Chosen(since=ALL.since, until=ALL.until, kinds=("licences.fetched",))
    ledger = Ledger()
    name = ledger.begin()
    ledger.add(name, an_event(), an_event("use.opened"))
    ledger.checkpoint()
    assert judge(ledger.export(chosen, only={name: (1,)})).verdict is Verdict.VALID
    assert failed(judge(ledger.export(chosen))) == "entries"


def test_neighbours_of_a_part_follow_each_other() -> None:
    ledger = a_ledger()
    files = ledger.export(only={next(iter(ledger.chains)): (2, 3)})
    assert judge(files).verdict is Verdict.VALID
    assert failed(judge(_proof(1, previous="00" * 32)(files))) == "entries"


def test_a_checkpoint_that_names_another_head_is_found() -> None:
    ledger = Ledger()
    name = ledger.begin()
    ledger.add(name, an_event(), an_event())
    standing = ledger.checkpoint().chains[0]
    wrong = Checkpoint.make(1, NOON, FIRST, [msgspec.structs.replace(standing, head="00" * 32)]).record()
    for token in (None, b"token"):
        ledger.signed[1] = Signed(record=wrong, key=P256.key, signature=P256.sign(wrong), token=token)
        assert failed(judge(ledger.export())) == "entries"
        assert failed(judge(ledger.export(only={name: (2,)}))) == "entries"


def test_anchors_of_chains_that_were_not_chosen_say_nothing() -> None:
    ledger = a_ledger()
    files = ledger.export(only={list(ledger.chains)[1]: ()})
    assert judge(files, anchors=ledger.anchors()).verdict is Verdict.VALID


def test_a_header_that_is_none_is_refused() -> None:
    header = next(iter(a_ledger().headers.values()))
    assert read_header(header.record()) == header
    for record in (b"{}", b"x", header.record() + b" "):
        with pytest.raises(ChainInvalid, match="header"):
            read_header(record)


def test_a_code_of_the_catalogue_is_never_used_twice() -> None:
    with pytest.raises(ValueError, match="opened"):
        catalogue.declare("use.opened", Retention.USE, ("", ""), ("", ""))
