import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINT = Path(sys.executable).parent / "lint-imports"


def imported(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


def test_core_needs_the_standard_library_and_msgspec_only() -> None:
    for file in (ROOT / "gateway" / "core").rglob("*.py"):
        foreign = {name for name in imported(file) if name.split(".")[0] not in {*sys.stdlib_module_names, "msgspec"}}
        assert all(name.startswith("gateway.core") for name in foreign), file.name


def test_what_run_py_does_needs_the_standard_library_only() -> None:
    for file in (ROOT / "run.py", *(ROOT / "tools").glob("*.py")):
        assert {name.split(".")[0] for name in imported(file)} <= {*sys.stdlib_module_names, "tools"}, file.name


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("gateway/core/bad.py", "import gateway.cli", "Imports point down"),
        ("adapters/kit/bad.py", "import certs", "Imports point down"),
        ("adapters/sandbox/bad.py", "import schema", "Adapters, the sandbox included"),
        ("adapters/sandbox/bad.py", "import adapters.kit", "The sandbox is apart"),
        ("gateway/bootstrap/__init__.py", "import adapters.sandbox.bad", "Only the command starts the sandbox"),
        ("schema/bad.py", "import zeep.client", "zeep, h11 only behind"),
        ("adapters/sandbox/bad.py", "import h11", "zeep, h11 only behind"),
        ("gateway/cli/bad.py", "from lxml import etree", "lxml only behind"),
        ("gateway/web/bad.py", "import strawberry.types", "strawberry, graphql only behind"),
        ("schema/bad.py", "from starlette.requests import Request", "starlette only behind"),
        ("certs/bad.py", "import sqlalchemy", "sqlalchemy, alembic, aiosqlite, asyncpg only behind"),
        ("gateway/core/bad.py", "import chinese_calendar", "chinese_calendar only behind"),
        ("adapters/kit/bad.py", "import cryptography.x509", "cryptography, joserfc only behind"),
        ("adapters/kit/bad.py", "import prometheus_client", "prometheus_client, opentelemetry only behind"),
        ("gateway/cli/bad.py", "import pyhanko.sign", "PIL, asn1crypto, pkcs11, pyhanko, pypdfium2 only behind"),
        ("gateway/core/bad.py", "import pydantic", "pydantic only behind"),
        ("adapters/kit/bad.py", "from ruamel.yaml import YAML", "ruamel only behind"),
        ("gateway/core/bad.py", "import pydantic_settings", "pydantic_settings only behind"),
        ("schema/bad.py", "import uvicorn", "uvicorn only behind"),
        ("gateway/web/bad.py", "import typer", "typer, rich only behind"),
    ],
)
def test_a_wrong_import_breaks_its_contract(tmp_path: Path, module: str, line: str, contract: str) -> None:
    """The contracts of this checkout, held against a tree of empty packages with one wrong import."""
    packages = [
        "gateway",
        "gateway/cli",
        "gateway/core",
        "gateway/web",
        "gateway/bootstrap",
        "adapters",
        "adapters/kit",
    ]
    for package in [*packages, "adapters/kit/manifest", "adapters/sandbox", "schema", "certs"]:
        (tmp_path / package).mkdir(parents=True, exist_ok=True)
        (tmp_path / package / "__init__.py").touch()
    (tmp_path / "adapters" / "sandbox" / "bad.py").touch()
    (tmp_path / module).write_text(f"{line}\n")
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    done = subprocess.run(
        [LINT, "--no-cache"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert any(text.startswith(contract) and "BROKEN" in text for text in done.stdout.splitlines()), done.stdout
