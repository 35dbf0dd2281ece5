from pathlib import Path

from tools import lock

ROOT = Path(__file__).parents[2]
PYPROJECT = '[project]\ndependencies = ["a"]\n'
GOOD = f"{lock.MARK}{lock.mark_of(PYPROJECT)}\na==1 \\\n    --hash=sha256:{'0' * 64}\n    # via b\n"


def test_this_checkouts_lock_is_fresh_hashed_and_names_no_host() -> None:
    assert lock.check(ROOT) == []


def test_another_dependency_makes_the_lock_stale_and_another_setting_does_not() -> None:
    assert lock.stale(GOOD, PYPROJECT) == []
    assert lock.stale(GOOD, PYPROJECT + "[tool.ruff]\nline-length = 1\n") == []
    assert lock.stale(GOOD, PYPROJECT.replace('"a"', '"b"')) != []


def test_addresses_and_options_are_found_with_their_line() -> None:
    for line in (
        "--index-url http://x.test",
        "-f /wheels",
        f"c @ http://x.test/c.whl --hash=sha256:{'0' * 64}",
        "# from https://x.test",
    ):
        assert any(finding.startswith("l:5: names a host") for finding in lock.unsafe("l", f"{GOOD}{line}\n")), line
    assert lock.unsafe("l", GOOD) == []


def test_a_requirement_without_a_hash_is_found() -> None:
    assert lock.unsafe("l", f"{GOOD}c==2\nd==3 \\\n    --hash=md5:00\n") == ["l: c has no hash", "l: d has no hash"]
