"""The Node.js workspace: what the lock names and nothing else, and scripts that find it."""

import json
from pathlib import Path

from tests.node.workspace import WITH_NODE, node_folder, run_node

HERE = Path(__file__).parent


def test_the_lock_is_host_free_and_hashed() -> None:
    lock = json.loads((HERE / "package-lock.json").read_text("utf-8"))
    packages = {place: package for place, package in lock["packages"].items() if place}
    assert {"node_modules/graphql-http", "node_modules/graphql-ws", "node_modules/graphql-sse"} <= set(packages)
    assert all(package["integrity"].startswith("sha512-") for package in packages.values())
    assert not any("resolved" in package for package in packages.values())


@WITH_NODE
def test_a_script_finds_the_pinned_packages(tmp_path: Path) -> None:
    script = tmp_path / "versions.mjs"
    script.write_text(
        "import { version } from 'graphql'; import 'graphql-http'; import 'graphql-ws'; import 'graphql-sse';\n"
        "console.log(JSON.stringify([version, ...process.argv.slice(2)]));",
        "utf-8",
    )
    done = run_node(script, "甲", timeout=240)
    assert (done.returncode, done.stderr) == (0, "")
    pinned = json.loads((HERE / "package.json").read_text("utf-8"))["dependencies"]["graphql"]
    assert json.loads(done.stdout) == [pinned, "甲"]
    assert (node_folder() / "node_modules" / "graphql-http").is_dir()


@WITH_NODE
def test_a_script_that_fails_says_so(tmp_path: Path) -> None:
    script = tmp_path / "fails.mjs"
    script.write_text("throw new Error('as it should')", "utf-8")
    done = run_node(script, timeout=240)
    assert done.returncode != 0
    assert "as it should" in done.stderr
