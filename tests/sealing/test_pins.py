"""PINs of keys: named in a file for the gateway's eyes alone, and used by the reference they stand for."""

from pathlib import Path
from typing import Any

import pytest

from certs.signers import read_private_key
from gateway.bootstrap.pins import SealPins, read_seal_pins
from gateway.core.errors import ConfigurationInvalid
from gateway.settings import Settings
from tests.ofd.world import HELLO
from tests.sealing.live import OFFICER, live
from tests.sealing.test_over_http import SEAL
from tests.signers.keys import pkcs8
from tests.signers.test_file_keys import encrypted

REFERENCE = "pkcs11:token=seals;object=office"


def kept(folder: Path, content: bytes, mode: int = 0o600) -> Settings:
    file = folder / "pins.toml"
    file.write_bytes(content)
    file.chmod(mode)
    return Settings(seal_pins=file)


def test_each_key_has_the_pin_of_its_own_reference(tmp_path: Path) -> None:
    pins = read_seal_pins(kept(tmp_path, f'"{REFERENCE}" = "12345678"\n"sdf:key=1" = "口令"\n'.encode()))
    assert pins(REFERENCE) == "12345678"
    assert pins("sdf:key=1") == "口令"
    assert pins(f"{REFERENCE} ") is None
    assert repr(pins) == "SealPins(2 keys)"


def test_without_a_file_no_key_has_one() -> None:
    pins = read_seal_pins(Settings())
    assert isinstance(pins, SealPins)
    assert pins(REFERENCE) is None


@pytest.mark.parametrize(
    "content",
    [
        b'"sdf:key=1" = "s3cret',
        b'"sdf:key=1" = "\xff-s3cret"',
        b'"sdf:key=1" = 53353535',
        b'"sdf:key=1" = ""',
        b'["sdf:key=1"]\npin = "s3cret"',
        b'"sdf:key=1" = "' + b"s3cret" * 50 + b'"',
        b'"sdf:key=1" = "s3cret"\n' + b"#" * 262_144,
    ],
)
def test_a_file_with_anything_else_is_refused_and_what_is_in_it_is_not_told(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid) as caught:
        read_seal_pins(kept(tmp_path, content))
    told = f"{caught.value!r} {caught.value} {caught.value.__cause__!r} {vars(caught.value)}"
    assert "s3cret" not in told
    assert "sdf:key=1" not in told


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_file_that_others_may_read_is_refused(mode: int, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid, match="open to others"):
        read_seal_pins(kept(tmp_path, b'"sdf:key=1" = "1"', mode))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid, match="cannot be read"):
        read_seal_pins(Settings(seal_pins=tmp_path / "none"))


async def test_the_gateway_seals_with_a_key_that_is_kept_under_a_passphrase(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    key = tmp_path / "box" / "signer.key"
    pins = kept(tmp_path, f'"file:{key}" = "secret"'.encode()).seal_pins
    changed: dict[str, Any] = {"seal_pins": pins}
    async with live(tmp_path, **changed) as gateway:
        key.write_bytes(encrypted(pkcs8(read_private_key(key.read_bytes())), length=16))
        asked = {
            "idempotencyKey": "key-1",
            "use": await gateway.use(),
            "seal": gateway.seal,
            "file": {"upload": await gateway.upload(HELLO, "a.ofd")},
            "at": {"page": 1, "x": 30, "y": 40},
        }
        made = (await gateway.ask(OFFICER, SEAL, input=asked))["sealDocument"]
        assert (await gateway.ended(made["sealing"]["id"]))["state"] == "RELEASED"
    assert "secret" not in caplog.text + "".join(capsys.readouterr())
