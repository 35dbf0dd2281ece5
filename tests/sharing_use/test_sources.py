"""Systems that answer for resources, as manifests describe them: columns, pages, and what is not even read."""

from pathlib import Path
from typing import Any

import pytest

import adapters.systems
from adapters.kit.manifest.check import check
from adapters.kit.manifest.model import Manifest
from adapters.kit.manifest.replies import Paging
from adapters.kit.mapping import Page, Reading, ShareRow, compile_reading
from adapters.kit.shares import MOST_PAGES, _At, _next, _read, _write
from gateway.core.outcome import Outcome
from gateway.core.sharing.source import ShareQuestion
from tests.sharing_use.site import PERSON, SYSTEM, Site

MANIFEST = Path(adapters.systems.__path__[0]) / SYSTEM / "manifest.yaml"


def changed(folder: Path, *changes: tuple[str, str]) -> Manifest:
    """The shipped manifest with changes to its text."""
    text = MANIFEST.read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (folder / SYSTEM).mkdir()
    (folder / SYSTEM / "manifest.yaml").write_text(text, "utf-8")
    report = check(folder / SYSTEM)
    assert report.manifest is not None, report.findings
    return report.manifest


def rows(manifest: Manifest, body: bytes, *wanted: str) -> list[ShareRow]:
    reader = compile_reading(manifest, manifest.operations["person"], frozenset(wanted))
    return list(reader.read_json(body).rows)


def test_what_was_not_asked_for_is_noticed_and_not_read(tmp_path: Path) -> None:
    body = '{"code":"0000","data":{"sj":[{"gmsfhm":"1","xm":"例安","jtzz":{"deep":[1]},"lxdh":null,"dwmc":""}]}}'
    (row,) = rows(changed(tmp_path), body.encode(), "idNumber", "phone")
    assert row.values == {"idNumber": "1", "phone": None}
    assert row.unasked == ("name", "address")
    assert "例安" not in repr(row)


def test_days_and_instants_are_iso(tmp_path: Path) -> None:
    body = b'{"code":"0000","data":{"sj":[{"csrq":"19900230","cbrq":"20200131","gxsj":"2026-01-02 08:30:00"}]}}'
    (row,) = rows(changed(tmp_path), body, "born", "since", "updated")
    assert row.values == {"born": None, "since": "2020-01-31", "updated": "2026-01-02T00:30:00Z"}
    assert [warned.field for warned in row.warnings] == ["record.born"]


def test_a_field_may_be_called_like_one_of_licences(tmp_path: Path) -> None:
    manifest = changed(
        tmp_path, ("        name: xm\n", "        holders: xm\n        issuedOn: {first: [csrq, cbrq]}\n")
    )
    body = '{"code":"0000","data":{"sj":[{"xm":"例安","cbrq":"20200131","cbzt":"2"}]}}'
    (row,) = rows(manifest, body.encode(), "holders", "issuedOn", "state")
    assert row.values == {"holders": "例安", "issuedOn": "20200131", "state": "暂停缴费"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("        name: xm\n", "        name: {split: xm, by: ','}\n"),
        ("serves: ShareSource.query\n    safe: true\n", "serves: ShareSource.query\n"),
        ("parameter.idNumber", "parameter"),
        ("zds: share.fields", "zds: share.columns"),
        ('probe: {parameter: {idNumber: "420102190001010000"}}', "probe: {parameter: {}}"),
        ("ym: page.number", "ym: page.offset"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_found_before(tmp_path: Path, old: str, new: str) -> None:
    text = MANIFEST.read_text("utf-8")
    assert old in text
    (tmp_path / SYSTEM).mkdir()
    (tmp_path / SYSTEM / "manifest.yaml").write_text(text.replace(old, new, 1), "utf-8")
    assert check(tmp_path / SYSTEM).findings


def a_reading(**changes: Any) -> Reading:
    return Reading(**{"accepted": True, "seen": 10} | changes)


PAGE = Page(number=3, offset=20, size=10, token="t")


@pytest.mark.parametrize(
    ("paging", "reading", "following"),
    [
        ({"by": "page"}, a_reading(total=31), True),
        ({"by": "page"}, a_reading(total=30), False),
        ({"by": "page", "first": 0}, a_reading(total=41), True),
        ({"by": "page", "first": 0}, a_reading(total=40), False),
        ({"by": "offset"}, a_reading(total=31), True),
        ({"by": "offset"}, a_reading(total=30), False),
        ({"by": "offset"}, a_reading(), True),
        ({"by": "offset"}, a_reading(seen=9), False),
        ({"by": "offset"}, a_reading(seen=0), False),
        ({"by": "offset"}, a_reading(accepted=False), False),
        ({"by": "offset"}, None, False),
        ({"by": "token", "next": "x"}, a_reading(extras={"page.next": "u"}), True),
        ({"by": "token", "next": "x"}, a_reading(extras={"page.next": "t"}), False),
        ({"by": "token", "next": "x"}, a_reading(), False),
        ({"by": "token", "next": "x"}, a_reading(extras={"page.next": "u" * 2_001}), False),
    ],
)
def test_a_page_is_the_last_when_its_answer_says_so(
    paging: dict[str, Any], reading: Reading | None, *, following: bool
) -> None:
    found = _next(reading, _At(PAGE, 0, 2), Paging(**paging))
    assert (found is not None) is following
    if found is not None:
        assert found.page is not None
        assert (found.page.number, found.page.offset, found.pages) == (4, 30, 3)
        assert _read(_write(found)) == found


async def test_without_pages_the_rest_is_asked_for_again_and_skipped(site: Site) -> None:
    source = site.systems.share_source(SYSTEM)
    assert source is not None
    question = ShareQuestion(
        operation="person",
        resource=PERSON,
        parameters={"idNumber": site.person},
        fields=frozenset({"idNumber"}),
        limit=1,
        cursor=_write(_At(None, 1)),
    )
    use = site.call().under(site.use)
    rest = await source.query(question, use)
    assert (rest.records, rest.skipped) == ((), 1)
    past = ShareQuestion(
        operation="staff",
        resource=PERSON,
        parameters={"employer": "nobody"},
        fields=frozenset({"idNumber"}),
        limit=10,
        cursor=_write(_At(PAGE, 0, MOST_PAGES)),
    )
    answer = await source.query(past, use)
    assert (answer.outcome, answer.records, answer.cursor) == (Outcome.OK, (), None)
