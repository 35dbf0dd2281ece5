"""What no linter looks at: the size of modules and places left unfinished."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

LONGEST = 400
FOLDERS = ("gateway", "adapters", "schema", "certs", "tools", "bench", "tests", "docs", ".ci")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK|TBD)\b|\b(later|stub)\s*$", re.ASCII)


def files(root: Path) -> list[Path]:
    """The project's own Python and Markdown files."""
    found = [*root.glob("*.py"), *root.glob("*.md")]
    for folder in FOLDERS:
        found += [file for kind in ("*.py", "*.md") for file in (root / folder).rglob(kind)]
    return sorted(found)


def sizes(root: Path) -> list[str]:
    """Modules outside the tests that are longer than ``LONGEST`` lines."""
    found = []
    for file in files(root):
        if file.suffix == ".py" and "tests" not in file.relative_to(root).parts:
            lines = len(file.read_text("utf-8").splitlines())
            if lines > LONGEST:
                found.append(f"{file.relative_to(root)}: {lines} lines, {LONGEST} at the most; are these two jobs?")
    return found


def unfinished(root: Path) -> list[str]:
    """Comments and prose that promise work, and functions without a body."""
    found = []
    for file in files(root):
        text = file.read_text("utf-8")
        places = _in_python(text) if file.suffix == ".py" else _in_prose(text)
        found += [f"{file.relative_to(root)}:{line}: {what}" for line, what in places]
    return found


def _in_python(text: str) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT and UNFINISHED.search(token.string):
            yield token.start[0], "a comment that promises work"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Name) and node.id == "NotImplementedError":
            yield node.lineno, "NotImplementedError: nothing is offered that is not there"


def _in_prose(text: str) -> Iterator[tuple[int, str]]:
    # Words in code are quoted, not promised.
    fenced = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif not fenced and re.search(r"\b(TODO|FIXME|TBD)\b", re.sub(r"`[^`]*`", "", line)):
            yield number, "text that promises work"
