"""What the pages of the documentation say about OFD is so."""

import asyncio
import re
from pathlib import Path

import pytest

from certs.examination import Check, Verdict
from tests.ofd.world import (
    NOW,
    SetClock,
    authority,
    document,
    evidence,
    failing,
    packed,
    seal,
    signer,
    text,
    trust,
)

DOCS = Path(__file__).parents[2] / "docs"


def test_the_how_to_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    page = (DOCS / "how-to/seal-ofd.md").read_text("utf-8")
    code = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert code is not None
    monkeypatch.chdir(tmp_path)
    Path("notice.ofd").write_bytes(packed(document(text("通知（盖章）"), text("第二页"))))
    Path("department.esl").write_bytes(seal().envelope.raw)
    names: dict[str, object] = {}
    exec(compile(code[1], "seal-ofd.md", "exec"), names)  # the page's own code
    main = names["main"]
    found = asyncio.run(main(signer(), trust(), evidence(), authority().intermediate.chain, SetClock(NOW)))  # type: ignore[operator] # async def main
    assert failing(found) == {}
    assert len(found.signatures) == 4
    assert capsys.readouterr().out.count(Verdict.VALID) == 11


def test_the_reference_names_every_step_in_both_languages() -> None:
    page = (DOCS / "reference/examination.md").read_text("utf-8")
    for check in Check:
        assert f"| {check.value} | {check.title.en} | {check.title.zh} |" in page
    for verdict in Verdict:
        assert f"| {verdict.value} |" in page
