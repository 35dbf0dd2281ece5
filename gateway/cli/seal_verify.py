"""`yiwang seal verify`: examines one document, or every one of a folder."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from certs.documents import Trust, count_pages, draw_page, examine_document
from certs.examination import Examination, Verdict
from gateway.cli.console import complain
from gateway.cli.files import write_private
from gateway.cli.language import terminal_language
from gateway.cli.seal_files import check_document, documents, skipped_links
from gateway.cli.seal_problems import FAILURES, Unusable, explained
from gateway.cli.seal_targets import check_target
from gateway.cli.seal_terminal import (
    UNUSABLE,
    fail,
    progress,
    remark,
    remark_links,
    say,
    say_failure,
    show,
    show_briefly,
    told,
)
from gateway.core.text import Text
from gateway.system_clock import SystemClock

_TITLE: Final = Text("验章", "examining")
_ONLY_ONE = Text("只能绘制单个文件的页面", "a picture is drawn of a page of one document")
_LEAVE_OUT = Text("去掉 --picture", "leave --picture out")
_NO_PAGE = Text("文件没有第 {page} 页，只有 {count} 页", "the document has no page {page}, but {count}")
_A_PAGE = Text("--page 写 1 到 {count}", "give --page from 1 to {count}")
_IDLE_PAGE = Text("没有 --picture，--page 不起作用", "--page has no effect without --picture")
_LEFT_OUT = Text("图中缺少：{what}", "the picture lacks: {what}")
_SUMMARY = Text(
    "{count} 份：{valid} 份成立，{others} 份不成立或无法判断，{failed} 份无法读取",
    "{count} documents: {valid} valid, {others} not valid or undecided, {failed} not readable",
)


def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="OFD、PDF 文件或文件夹 · a document, or a folder")],
    trust: Annotated[
        Path | None,
        typer.Option(help="信任锚与 *.crl；chain/ 为中间证书 · anchors and *.crl; issuers between in chain/"),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出 · write the report as JSON")] = False,
    picture: Annotated[
        Path | None, typer.Option(help="绘出一页并标出印章 · draw a page with its seals marked, to a PNG")
    ] = None,
    page: Annotated[int | None, typer.Option(min=1, help="绘出第几页，缺省为 1 · which page, else the first")] = None,
) -> None:
    """验章：逐步说明 · Examine the seals and signatures of documents, step by step.

    Exit status: 0 valid, 1 not valid or undecided, 2 unusable input, or a valid document without its picture.
    docs/reference/examination.md says what each step means.
    """
    if page is not None and picture is None:
        remark(_IDLE_PAGE)
    try:
        examiner = _Examiner(Trust.read(trust))
        if file.is_dir():
            if picture is not None:
                raise Unusable(_ONLY_ONE, _LEAVE_OUT)
            _examine_all(examiner, file, as_json=as_json)
            return
        examination = examiner.examine(file)
    except FAILURES as error:
        fail(error)
    if as_json:
        _write(examination.to_json(terminal_language()))
    else:
        show(examination)
    status = 0 if examination.verdict is Verdict.VALID else 1
    if picture is not None and not _draw(file, picture, page or 1, examination):
        status = status or UNUSABLE
    raise typer.Exit(status)


class _Examiner:
    def __init__(self, trust: Trust) -> None:
        self._trust = trust
        self._clock = SystemClock()

    def examine(self, file: Path) -> Examination:
        """Every signature of a document; raises one of FAILURES if it cannot be read."""
        check_document(file)
        return examine_document(file, self._trust, self._clock.now())


def _examine_all(examiner: _Examiner, folder: Path, *, as_json: bool) -> None:
    """A line or an entry for every document; exit status 1 unless all are valid."""
    files = documents(folder)
    verdicts: list[Verdict | None] = []
    entries: list[Mapping[str, object]] = []
    with progress(_TITLE, files) as each:
        for file in each:
            # A name of other bytes than UTF-8 can neither be printed nor be JSON.
            name = os.fsencode(file.relative_to(folder)).decode("utf-8", "replace")
            try:
                examination = examiner.examine(file)
            except FAILURES as error:
                verdicts.append(None)
                what, remedy = explained(error)
                if as_json:
                    entries.append({"file": name, "verdict": None, "problem": told(what), "remedy": told(remedy)})
                else:
                    say_failure(name, error)
                continue
            verdicts.append(examination.verdict)
            if as_json:
                entries.append({"file": name, **examination.to_json(terminal_language())})
            else:
                show_briefly(name, examination)
    valid, failed = verdicts.count(Verdict.VALID), verdicts.count(None)
    sound = valid == len(files)
    if as_json:
        _write({"valid": sound, "documents": entries})
    else:
        others = len(files) - valid - failed
        said = _SUMMARY.format(count=len(files), valid=valid, others=others, failed=failed)
        say(said, Verdict.VALID if sound else Verdict.INVALID)
    remark_links(skipped_links(folder))
    if not sound:
        raise typer.Exit(1)


def _draw(file: Path, picture: Path, page: int, examination: Examination) -> bool:
    """Draw a page with what was found of its seals; False, and why is said, if that cannot be done."""
    verdicts = {one.label: one.verdict for one in examination.signatures}
    try:
        check_target(picture, [file])
        if page > (count := count_pages(file)):
            raise Unusable(_NO_PAGE.format(page=page, count=count), _A_PAGE.format(count=count))
        drawn = draw_page(file, page, verdicts)
        write_private(picture, drawn.png)
    except FAILURES as error:
        complain(*(told(said) for said in explained(error)))
        return False
    for what in drawn.left_out:
        remark(Text(_LEFT_OUT.zh.format(what=what.zh), _LEFT_OUT.en.format(what=what.en)))
    return True


def _write(document: Mapping[str, object]) -> None:
    typer.echo(msgspec.json.encode(document).decode())
