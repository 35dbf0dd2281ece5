"""The register of licence types, and uses in memory."""

from pathlib import Path

import pytest

from gateway.core.errors import ConfigurationInvalid
from gateway.core.licence import LicenceType
from gateway.core.use import Use, UseBasis
from gateway.store import memory_uses
from gateway.store.licence_types import LicenceTypes
from gateway.store.memory_uses import MemoryUses
from tests.services.fakes import START, ManualClock


def use(use_id: str) -> Use:
    return Use(
        id=use_id,
        item="123456",
        basis=UseBasis.HOLDER,
        expires_at=START,
        owner_application="portal",
        owner_subject="c-1",
    )


async def test_a_use_is_found_until_its_time_is_over() -> None:
    clock = ManualClock()
    uses = MemoryUses(clock, 60)
    await uses.add(use("a"))
    clock.step(59.9)
    assert await uses.find("a") == use("a")
    clock.step(0.2)
    assert await uses.find("a") is None


async def test_an_unknown_use_is_not_found() -> None:
    assert await MemoryUses(ManualClock(), 60).find("a") is None


async def test_when_it_is_full_the_oldest_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_uses, "_MOST_USES", 2)
    uses = MemoryUses(ManualClock(), 60)
    for use_id in "abc":
        await uses.add(use(use_id))
    assert [await uses.find(use_id) for use_id in "abc"] == [None, use("b"), use("c")]


def test_types_are_read_in_order_of_code(tmp_path: Path) -> None:
    file = tmp_path / "types.toml"
    file.write_text('[types]\nT2 = "身份证"\nT1 = "营业执照"\n', "utf-8")
    types = LicenceTypes.load(file)
    assert types.licence_types() == (LicenceType("T1", "营业执照"), LicenceType("T2", "身份证"))
    assert (types.name_of("T2"), types.name_of("T3")) == ("身份证", None)


def test_without_a_file_no_type_is_known() -> None:
    assert LicenceTypes.load(None).licence_types() == ()


@pytest.mark.parametrize("text", [b"", b"[types]\nT1 = 5\n", b"[type]\n", b"types", b"\xff", b"[types]\n[more]\n"])
def test_a_malformed_register_is_refused(tmp_path: Path, text: bytes) -> None:
    file = tmp_path / "types.toml"
    file.write_bytes(text)
    with pytest.raises(ConfigurationInvalid) as caught:
        LicenceTypes.load(file)
    assert str(file) in caught.value.what


def test_a_register_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid):
        LicenceTypes.load(tmp_path / "none.toml")
