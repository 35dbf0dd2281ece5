"""A running gateway: the catalogue imported, attachments fetched, a grant narrowed, a year reported, by command."""

import csv
import json
from pathlib import Path

import pytest

from gateway.core.caller import Person
from gateway.core.sharing.importing import import_resources
from gateway.store.spreadsheets import read_sheet
from tests.sharing.making import PROVIDER, REQUESTER
from tests.sharing_catalogue.office import HEADINGS, RELATED, table
from tests.sharing_service.live import (
    APPROVER,
    ASKER,
    AUDITOR,
    CHECKER,
    CODE,
    GIVER,
    HUB_OFFICE,
    ITEM,
    a_sharing_gateway,
    ask,
    served,
)
from tests.sharing_service.test_sharing_over_http import did, refused, yiwang

REPORT = "{ shareReport(year: 2026) { total { received averageDays } } }"
EVENTS = "{ auditEvents(first: 100) { nodes { kind ending } } }"
NEW = "307001/00077"
ROWS = (NEW, "婚姻档案", PROVIDER, "有条件共享", "办理婚姻登记", "公民身份号码", "id", "是"), (
    "", "", "", "", "", "姓名", "name", "",
)  # fmt: skip


async def test_the_catalogue_is_kept_in_the_terminal(tmp_path: Path) -> None:
    settings = await a_sharing_gateway(tmp_path)
    file, wrong, needs = tmp_path / "目录.csv", tmp_path / "wrong.csv", tmp_path / "needs.csv"
    file.write_bytes(table(HEADINGS, *ROWS))
    wrong.write_bytes(table(HEADINGS, (*ROWS[0][:2], "42", *ROWS[0][3:])))
    needs.write_bytes(table(RELATED, (ITEM, NEW, "姓名")))
    async with served(settings) as url:
        found = await yiwang(url, GIVER, "import", str(wrong))
        assert found.exit_code == 1
        assert found.stdout.splitlines()[0].startswith(f"{wrong}:2:3: ")
        told = await yiwang(url, GIVER, "import", str(wrong), "--json")
        assert (told.exit_code, len(json.loads(told.stdout)["findings"])) == (1, 2)
        assert await did(url, GIVER, "import", str(file), "--dry-run") == "added 1  changed 0  unchanged 0"
        assert await did(url, GIVER, "import", str(file)) == "added 1  changed 0  unchanged 0"
        again = await yiwang(url, GIVER, "import", str(file))
        assert again.stdout.strip() == "added 0  changed 0  unchanged 1"
        assert "stay: 1" in again.stderr
        as_json = json.loads(await did(url, HUB_OFFICE, "import", str(needs), "--relations", "--json"))
        assert as_json == {"added": 1, "changed": 0, "unchanged": 0, "absent": None, "findings": []}
        [shown] = json.loads(await did(url, ASKER, "resources", NEW, "--json"))
        assert shown["neededBy"] == [{"item": ITEM, "fields": ["name"]}]
        assert "body" in (await refused(url, AUDITOR, "import", str(file))).what
        assert "cannot be read" in (await refused(url, GIVER, "import", str(tmp_path / "none"))).what
        (tmp_path / "empty").touch()
        assert "is empty" in (await refused(url, GIVER, "import", str(tmp_path / "empty"))).what


async def test_files_are_fetched_a_grant_is_narrowed_and_the_year_is_told_in_the_terminal(tmp_path: Path) -> None:
    settings = await a_sharing_gateway(tmp_path)
    paper, out = tmp_path / "依据.pdf", tmp_path / "out"
    content = b"%PDF-1.7 made up"
    paper.write_bytes(content)
    words = [CODE, "--field", "name", "--field", "phone=MASK", "--item", ITEM, "--application", "console"]
    words += ["--to", "2027-06-01", "--purpose", "核验", "--basis", "条例", "--per-day", "100"]
    async with served(settings) as url:
        asked = await did(url, ASKER, "request", *words)
        assert await did(url, ASKER, "attach", asked, str(paper)) == asked
        await did(url, APPROVER, "decide", asked, "approve-own")
        await did(url, CHECKER, "decide", asked, "take-up")
        await did(url, CHECKER, "decide", asked, "pass")
        fetched = await did(url, GIVER, "attachments", asked, "--to", str(out))
        assert (out / "1-依据.pdf").read_bytes() == content
        assert fetched == str(out / "1-依据.pdf")
        assert (out / "1-依据.pdf").stat().st_mode & 0o777 == 0o600
        assert "no file" in (await refused(url, AUDITOR, "attachments", asked, "--to", str(out))).what
        assert "no request" in (await refused(url, GIVER, "attachments", "none")).what
        await did(url, GIVER, "decide", asked, "approve")
        grant = json.loads(await did(url, ASKER, "show", asked, "--json"))["grant"]["id"]
        await narrowed(url, GIVER, grant)
        assert "nothing would change" in (await refused(url, GIVER, "narrow", grant, "--reason", "misuse")).what
        assert "no grant" in (await refused(url, GIVER, "narrow", "none", "--reason", "misuse")).what
        wrong = ["narrow", grant, "--reason", "misuse", "--field", "name=ALL"]
        assert "names no access" in (await refused(url, GIVER, *wrong)).what
        await reported(url, tmp_path)
        kinds = [one["kind"] for one in (await ask(url, AUDITOR, EVENTS))["data"]["auditEvents"]["nodes"]]
    assert kinds.count("share.attachment") == 1
    assert kinds.count("grant.narrowed") == 3  # two, and one that was refused


async def narrowed(url: str, who: Person, grant: str) -> None:
    less = ["--field", "phone", "--per-day", "5", "--in-all", "50", "--to", "2027-01-31", "--where", "state=已婚"]
    assert await did(url, who, "narrow", grant, "--reason", "misuse", *less) == grant
    more = ["--item", ITEM, "--application", "console", "--body", REQUESTER, "--from", "2026-12-01", "--json"]
    left = json.loads(await did(url, who, "narrow", grant, "--reason", "purpose-ended", *more))
    assert left["terms"]["fields"] == [{"name": "phone", "access": "MASK"}]
    assert (left["terms"]["perDay"], left["terms"]["inAll"], left["version"]) == (5, 50, 3)
    assert (left["terms"]["validFrom"], left["terms"]["validUntil"]) == (
        "2026-11-30T16:00:00+00:00",
        "2027-01-31T16:00:00+00:00",
    )
    assert [one["values"] for one in left["terms"]["scope"]] == [["已婚"]]
    assert left["narrowedFor"] == "purpose-ended"


async def reported(url: str, folder: Path) -> None:
    shown = await did(url, HUB_OFFICE, "report", "2026")
    assert "收到申请 received 1  同意 approved 1" in shown
    assert PROVIDER in shown
    told = json.loads(await did(url, HUB_OFFICE, "report", "2026", "--json"))
    assert (told["total"]["received"], told["total"]["approved"], told["total"]["averageDays"]) == (1, 1, 0)
    assert [line["body"] for line in told["providers"]] == [PROVIDER]
    assert [line["body"] for line in told["requesters"]] == [REQUESTER]
    files = ["--csv", str(folder / "year.csv"), "--xlsx", str(folder / "year.xlsx")]
    assert await did(url, HUB_OFFICE, "report", "2026", *files) == ""
    rows = list(csv.reader((folder / "year.csv").read_text("utf-8-sig").splitlines()))
    assert [row[0] for row in rows] == ["口径 as", "提供 provider", "申请 requester", "合计 total"]
    assert read_sheet((folder / "year.xlsx").read_bytes()).rows[3].cells[5] == "1"
    assert "cannot be written" in (await refused(url, HUB_OFFICE, "report", "2026", *files)).what
    assert ".csv" in (await refused(url, HUB_OFFICE, "report", "2026", "--csv", "year.txt")).what
    assert "has begun" in (await refused(url, HUB_OFFICE, "report", "2999")).remedy
    assert "not open to you" in (await refused(url, ASKER, "report", "2026")).what
    assert (await ask(url, ASKER, REPORT))["errors"][0]["extensions"]["number"] == "YW-SH-19"


@pytest.mark.parametrize("name", ["目录.csv", "目录.XLSX"])
async def test_an_empty_table_is_written_once_and_can_be_filled(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    await did("http://gateway.example", GIVER, "template", str(file))
    sheet = read_sheet(file.read_bytes())
    [note] = import_resources(sheet, {}).notes
    assert note.what.en == "nothing stands under the headings"
    again = await refused("http://gateway.example", GIVER, "template", str(file))
    assert "cannot be written" in again.what
    relations = tmp_path / f"r-{name}"
    await did("http://gateway.example", GIVER, "template", str(relations), "--relations")
    assert "事项编码" in read_sheet(relations.read_bytes()).rows[0].cells
    other = await refused("http://gateway.example", GIVER, "template", str(tmp_path / "目录.ods"))
    assert "ends neither" in other.what
