"""How `yiwang seal` speaks: verdicts as tables, problems with their remedies, progress where somebody looks."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final, NoReturn, TypeVar

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from certs.examination import WORDS, Check, Examination, SignatureExamination, Step, Verdict, shown, worst_step
from gateway.cli.console import complain, err, out
from gateway.cli.language import terminal_language
from gateway.cli.seal_problems import Failure, explained
from gateway.core.clock import CHINA
from gateway.core.text import Language, Text

T = TypeVar("T")
UNUSABLE: Final = 2
"""Exit status for input that the command cannot work with."""

_LOOKS: Final = {
    Verdict.VALID: ("[green]✓[/green]", WORDS[Verdict.VALID]),
    Verdict.UNDECIDED: ("[yellow]?[/yellow]", WORDS[Verdict.UNDECIDED]),
    Verdict.UNSUPPORTED: ("[yellow]?[/yellow]", WORDS[Verdict.UNSUPPORTED]),
    Verdict.INVALID: ("[red]✗[/red]", WORDS[Verdict.INVALID]),
}
_KINDS: Final = {
    "seal": Text("印章", "seal"),
    "signature": Text("签名", "signature"),
    "timestamp": Text("时间戳", "timestamp"),
}
_LINKS: Final = Text(
    "跳过了 {count} 个符号链接：请直接给出它们所指的文件", "{count} symbolic links were skipped: name what they lead to"
)
_VERDICT: Final = Text("结论：", "verdict: ")
_HEADINGS: Final = (Text("检查", "what is examined"), Text("结论", "verdict"), Text("说明", "why"))


def told(said: Text) -> str:
    """A text in the reader's language, its values filled in; names in it may be anybody's, so all of it can be seen."""
    text = said.zh if terminal_language() is Language.ZH else said.en
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def say(said: Text, verdict: Verdict | None = None) -> None:
    """Print a line on standard output, with the mark of a verdict if it has one."""
    mark = "" if verdict is None else f"{_LOOKS[verdict][0]} "
    out.print(f"{mark}{escape(told(said))}")


def remark(said: Text) -> None:
    """Print a line on standard error, which is no part of the report."""
    err.print(escape(told(said)))


def remark_links(count: int) -> None:
    """Say that links were left out, if there were any."""
    if count:
        remark(_LINKS.format(count=count))


def fail(error: Failure) -> NoReturn:
    """Say what is wrong and how to mend it, and end with the status for unusable input."""
    what, remedy = explained(error)
    complain(told(what), told(remedy))
    raise typer.Exit(UNUSABLE) from error


def say_failure(name: str, error: Failure) -> None:
    """One line on standard error for a document among others that could not be worked on."""
    what, remedy = explained(error)
    err.print(f"[red]✗[/red] {escape(shown(name))}: {escape(told(what))} → {escape(told(remedy))}")


def show(examination: Examination) -> None:
    """A line for each signature, a table of the steps, and the verdict."""
    for signature in examination.signatures:
        out.print(_signature(signature))
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("", justify="right")
    for heading in _HEADINGS:
        table.add_column(told(heading), overflow="fold")
    for step in examination.steps:
        mark, word = _LOOKS[step.verdict]
        table.add_row(str(step.number), _title(step), f"{mark} {told(word)}", escape(told(step.message)))
    out.print(table, soft_wrap=False)
    mark, word = _LOOKS[examination.verdict]
    out.print(f"{mark} {told(_VERDICT)}{told(word)}")


def show_briefly(name: str, examination: Examination) -> None:
    """One line for a document among others: its verdict, and the step that decided it if it is not valid."""
    mark, word = _LOOKS[examination.verdict]
    line = f"{mark} {escape(shown(name))}: {told(word)}"
    if examination.verdict is not Verdict.VALID:
        step = worst_step(examination.steps)
        line += f" · {step.number} {_title(step)}: {escape(told(step.message))}"
    out.print(line)


@contextmanager
def progress(title: Text, documents: Sequence[T]) -> Iterator[Iterator[T]]:
    """The documents, with a bar on standard error that shows how many are done; only where somebody looks."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not sys.stderr.isatty()) as bar:
        yield iter(bar.track(documents, description=told(title)))


def _title(step: Step) -> str:
    return told(Check(step.number).title)


def _signature(signature: SignatureExamination) -> str:
    mark, _ = _LOOKS[signature.verdict]
    said = [told(_KINDS[signature.kind]), signature.label]
    said += [text for text in (signature.seal_name, signature.signer) if text]
    if signature.signed_at is not None:
        said.append(signature.signed_at.astimezone(CHINA).isoformat(sep=" ", timespec="seconds"))
    return f"{mark} {escape(' · '.join(shown(text) for text in said))}"
