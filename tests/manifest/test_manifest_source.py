"""Text to nodes: values of YAML 1.2, places that editors agree with, bounds, and no exception for any text."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.kit.manifest.nodes import Position
from adapters.kit.manifest.source import MAX_BYTES, MAX_NODES, parse_source, read_source

YAMLISH = st.text(alphabet="ab:-?[]{}&*!|>'\"%@`#,\\ \n\t\r~<=U0x1", max_size=60)


def data_of(text: str) -> object:
    source = parse_source(text)
    assert source.remarks == ()
    assert source.root is not None
    return source.root.data()


def test_plain_values_are_those_of_yaml_1_2() -> None:
    text = "a: NO\nb: 2026-01-01\nc: 010\nd: true\ne: ~\nf: 1.5\ng: 0x1f\nh: 0o17\ni: '1'\nj: 1_000\nk: .inf\nl: 12e999"

    assert data_of(text) == {
        "a": "NO",
        "b": "2026-01-01",
        "c": 10,
        "d": True,
        "e": None,
        "f": 1.5,
        "g": 31,
        "h": 15,
        "i": "1",
        "j": "1_000",
        "k": ".inf",
        "l": "12e999",
    }


def test_a_number_without_end_stays_text() -> None:
    assert data_of(f"a: {'9' * 5000}") == {"a": "9" * 5000}


def test_sequences_become_tuples() -> None:
    assert data_of("a: [1, [2]]\nb:\n- x") == {"a": (1, (2,)), "b": ("x",)}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_and_columns_are_those_of_an_editor(end: str) -> None:
    root = parse_source(end.join(["# 注释", 'a: "x\u2028y"', "标题: {zh: 库}", "b: x"])).root

    assert root is not None
    value = root.find("标题", "zh")
    assert value is not None
    assert (value.key_at, value.at) == (Position(3, 6), Position(3, 10))
    assert root.fields["b"].place == Position(4, 1)


def test_a_byte_order_mark_is_no_character(tmp_path: Path) -> None:
    (tmp_path / "manifest.yaml").write_bytes("manifest: 1".encode("utf-8-sig"))

    root = read_source(tmp_path).root

    assert root is not None
    assert root.fields["manifest"].place == Position(1, 1)


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, "{a: " * 60_000, "- " * 100_000, "? " * 100_000, f"[{'1,' * (MAX_NODES + 1)}]", "!" * 200_000],
    ids=["brackets", "braces", "dashes", "keys", "many", "tags"],
)
def test_what_would_take_long_is_one_finding(text: str) -> None:
    assert len(parse_source(text).remarks) == 1


@pytest.mark.parametrize("text", ['a: "\\UFFFFFFFF"', 'a: "\\uD800"', "a: \x00", "\ud800", "%YAML 9.x\n---\na: 1"])
def test_what_a_parser_trips_over_is_a_finding_or_text(text: str) -> None:
    source = parse_source(text)

    assert source.remarks or source.root is not None


@given(st.one_of(st.text(max_size=200), YAMLISH))
def test_no_text_raises(text: str) -> None:
    source = parse_source(text)

    assert source.remarks or source.root is not None
    lines = text.count("\n") + text.count("\r") + 1
    assert all(1 <= remark.at.line <= lines for remark in source.remarks)


def test_a_folder_that_is_not_there_is_a_finding(tmp_path: Path) -> None:
    assert [remark.what.en for remark in read_source(tmp_path / "gone").remarks] == ["there is no such folder"]


@pytest.mark.parametrize("name", ["\0", "x" * 5000])
def test_a_folder_that_cannot_be_is_a_finding(name: str) -> None:
    assert len(read_source(Path(name)).remarks) == 1


def test_a_folder_without_a_manifest_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "manifest.yaml").mkdir()

    assert [remark.what.en for remark in read_source(tmp_path).remarks] == ["the folder has no manifest.yaml"]


def test_a_file_that_is_too_large_is_not_parsed(tmp_path: Path) -> None:
    (tmp_path / "manifest.yaml").write_text("#" * (MAX_BYTES + 1))

    source = read_source(tmp_path)

    assert source.root is None
    assert [remark.what.en for remark in source.remarks] == ["the file is over 256000 bytes"]
