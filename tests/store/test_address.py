"""The one form of a database's address, and that its password is never shown."""

from pathlib import Path

import pytest

from gateway.core.errors import ConfigurationInvalid
from gateway.store.address import parse_address

SECRET = "s3cr3t-w0rd"


def test_a_file_is_relative_or_absolute() -> None:
    assert parse_address("sqlite:///var/a%20b.sqlite").path == Path("var/a b.sqlite")
    assert parse_address("sqlite:////srv/a.sqlite").path == Path("/srv/a.sqlite")
    assert parse_address("sqlite:////srv/a.sqlite").shown == "sqlite:////srv/a.sqlite"


def test_a_server_has_its_parts() -> None:
    found = parse_address(f"postgresql://gate%40way:{SECRET}%2F@[::1]:5433/state")
    assert (found.kind, found.host, found.port, found.name) == ("postgresql", "::1", 5433, "state")
    assert (found.user, found.password, found.tls) == ("gate@way", f"{SECRET}/", "disable")
    assert found.shown == "postgresql://[::1]:5433/state"
    assert SECRET not in repr(found)
    assert SECRET not in str(found)
    assert (parse_address("postgres://db.example/a").port, parse_address("postgresql://h/a").user) == (5432, None)


@pytest.mark.parametrize(
    ("url", "tls"),
    [
        ("postgresql://127.0.0.1/a", "disable"),
        ("postgresql://localhost/a", "disable"),
        ("postgresql:///a?host=/run/postgresql", "disable"),
        ("postgresql://10.0.0.1/a", "verify-full"),
        ("postgresql://db.example/a", "verify-full"),
        ("postgresql://db.example/a?sslmode=disable", "disable"),
        ("postgresql://db.example/a?sslmode=require", "require"),
    ],
)
def test_another_machine_is_spoken_to_over_verified_tls(url: str, tls: str) -> None:
    assert parse_address(url).tls == tls


def test_authorities_are_named() -> None:
    assert parse_address("postgresql://h/a?sslrootcert=/etc/ca.pem").authorities == Path("/etc/ca.pem")


@pytest.mark.parametrize(
    "url",
    ["", "x", "sqlite://", "sqlite:///", "sqlite://host/a", "sqlite:///a?b=c", "mysql://h/a", "postgresql://h",
     "postgresql://h/", "postgresql:///a", "postgresql://h:x/a", "postgresql://h:99999/a", "postgresql://h/a/b",
     "postgresql://h/a?x=1", "postgresql://h/a?sslmode=maybe", "postgresql://h/a?sslmode", "postgresql://h/a#b",
     "postgresql://[::1/a"],
)  # fmt: skip
def test_what_is_no_address_is_refused_unquoted(url: str) -> None:
    with pytest.raises(ConfigurationInvalid, match="YIWANG_DATABASE") as caught:
        parse_address(url.replace("//", f"//u:{SECRET}@") if url.startswith("postgresql") else url)
    assert SECRET not in f"{caught.value!r} {caught.value.__cause__!r}"


def test_the_password_comes_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.touch(0o600)
    file.write_bytes(f"{SECRET}\n".encode())
    assert parse_address("postgresql://u:other@h/a", file).password == SECRET


@pytest.mark.parametrize("content", [b"", b"\n", b"x" * 5_000, b"\xff\xfe", None])
def test_a_file_without_a_password_is_refused(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "password"
    if content is not None:
        file.touch(0o600)
        file.write_bytes(content)
    with pytest.raises(ConfigurationInvalid, match=str(file)):
        parse_address("postgresql://u@h/a", file)


def test_a_password_that_others_can_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(SECRET)
    file.chmod(0o640)
    with pytest.raises(ConfigurationInvalid, match="open to others"):
        parse_address("postgresql://u@h/a", file)
