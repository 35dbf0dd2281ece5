from pathlib import Path

import pytest

from tools.sources import PUBLIC_INDEX, Sources, configuration_files, configured, shown


def conf(tmp_path: Path, text: str, name: str = "pip.conf") -> Path:
    file = tmp_path / name
    file.write_text(text, "utf-8")
    return file


def test_pips_files_say_where_packages_come_from(tmp_path: Path) -> None:
    file = conf(
        tmp_path,
        "[global]\nindex-url = http://index.test/simple\ncert = /c.pem\nproxy = http://proxy.test:1\n"
        "extra-index-url =\n  http://one.test/simple\n  http://two.test/simple\n"
        "[install]\nfind-links = /wheels\nno-index = true\n",
    )
    assert configured({}, [file]) == Sources(
        index="http://index.test/simple",
        extra=("http://one.test/simple", "http://two.test/simple"),
        links=("/wheels",),
        certificates="/c.pem",
        proxy="http://proxy.test:1",
        closed=True,
    )


def test_a_later_file_and_then_a_variable_wins(tmp_path: Path) -> None:
    files = [conf(tmp_path, f"[global]\nindex-url = http://{name}.test", name) for name in ("system", "user")]
    assert configured({}, []).index == PUBLIC_INDEX
    assert configured({}, files).index == "http://user.test"
    assert configured({"PIP_INDEX_URL": "http://pip.test"}, files).index == "http://pip.test"
    both = {"PIP_INDEX_URL": "http://pip.test", "UV_DEFAULT_INDEX": "inner=http://uv.test/simple?a=b"}
    assert configured(both, files).index == "http://uv.test/simple?a=b"


@pytest.mark.parametrize("text", ["[global\nindex-url", "index-url = x", "[global]\nindex-url = %(nothing)s"])
def test_a_broken_file_stops_nothing(tmp_path: Path, text: str) -> None:
    files = [conf(tmp_path, text), tmp_path / "absent", tmp_path]
    assert configured({}, files).extra == ()


def test_files_follow_the_home_and_a_named_file_comes_last(tmp_path: Path) -> None:
    named = tmp_path / "named.conf"
    assert configuration_files({"HOME": "/h", "PIP_CONFIG_FILE": str(named)})[-1] == named
    assert Path("/h/.config/pip/pip.conf") in configuration_files({"HOME": "/h"})
    assert configuration_files({"PIP_CONFIG_FILE": "/dev/null"}) == []
    assert Path("/etc/pip.conf") in configuration_files({})


def test_uv_is_told_what_pip_knows_unless_it_was_told_itself() -> None:
    sources = Sources(
        index="http://i.test", extra=("http://a.test", "http://b.test"), links=("/x", "/y"), certificates="/c"
    )
    assert sources.environment({}) == {
        "UV_DEFAULT_INDEX": "http://i.test",
        "UV_INDEX": "http://a.test http://b.test",
        "UV_FIND_LINKS": "/x,/y",
        "SSL_CERT_FILE": "/c",
    }
    assert sources.environment({"UV_INDEX_URL": "u", "UV_INDEX": "v", "UV_FIND_LINKS": "w", "SSL_CERT_FILE": "z"}) == {}


def test_a_shown_address_has_no_login() -> None:
    assert shown("https://name:secret@index.test:8/simple/?token=1") == "https://index.test:8/simple/"
