"""A key in a device is opened with its own PIN, and used on the event loop of the workshop, never in its threads."""

import threading
from pathlib import Path
from typing import Any

import pytest

from certs.documents import DocumentWorkshop, workshop
from certs.examination import Verdict
from certs.signers import HeldSigner, Signer
from certs.signers.device import DeviceSession, DeviceSigner
from certs.x509 import Certificate, SignatureAlgorithm
from gateway.core.errors import PinRefused
from tests.documents.shop import PLACES, compared, documents, office, run, sealed, stamp

REFERENCE = "pkcs11:token=seals;object=office"


class Device:
    """A signer as those of devices are."""

    def __init__(self, certificate: Certificate) -> None:
        self._held = HeldSigner(office().key, certificate)
        self.certificate = certificate
        self.algorithm = self._held.algorithm
        self.threads: set[int] = set()

    async def sign_digest(self, digest: bytes) -> bytes:
        self.threads.add(threading.get_ident())
        return await self._held.sign_digest(digest)

    async def sign_raw(self, message: bytes) -> bytes:
        return await self._held.sign_raw(message)

    async def aclose(self) -> None:
        await self._held.aclose()


@pytest.mark.parametrize("form", [0, 1], ids=["ofd", "pdf"])
def test_a_device_is_opened_with_its_pin_and_signs_on_the_loop(
    tmp_path: Path, form: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[tuple[str, str | None]] = []
    device = Device(office().certificate)

    async def open_signer(reference: str, _: Certificate, *, pin: str | None, files: bool) -> Signer:
        assert files
        opened.append((reference, pin))
        return device

    monkeypatch.setattr(workshop, "open_signer", open_signer)
    pins: dict[str, Any] = {"pin": {REFERENCE: "12345678"}.get}
    source = documents(tmp_path)[form]
    target = sealed(source, tmp_path / "out", with_stamp=stamp(key=REFERENCE), **pins)
    assert compared(source, target).verdict.value == Verdict.VALID.value
    assert opened == [(REFERENCE, "12345678")]
    assert device.threads == {threading.get_ident()}


def test_a_pin_that_a_device_refused_is_not_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    async def open_signer(reference: str, *_: Certificate, **__: object) -> Signer:
        tried.append(reference)
        raise PinRefused("the device refused the PIN")

    async def try_twice(shop: DocumentWorkshop) -> None:
        for _ in range(2):
            with pytest.raises(PinRefused):
                await shop.seal(source, tmp_path / "out", stamp(key=REFERENCE), PLACES[0])

    monkeypatch.setattr(workshop, "open_signer", open_signer)
    source = documents(tmp_path)[0]
    run(try_twice)
    assert tried == [REFERENCE]


def test_a_pin_that_was_changed_in_the_device_is_known_before_the_next_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[SignatureAlgorithm] = []

    def open_session(algorithm: SignatureAlgorithm) -> DeviceSession:
        opened.append(algorithm)
        raise PinRefused("the device refused the PIN")

    async def open_signer(_: str, certificate: Certificate, **__: object) -> Signer:
        return DeviceSigner(certificate, None, open_session)

    async def try_twice(shop: DocumentWorkshop) -> None:
        for reason in ("refused the PIN", "not tried again"):
            with pytest.raises(PinRefused, match=reason):
                await shop.seal(source, tmp_path / "out", stamp(key=REFERENCE), PLACES[0])

    monkeypatch.setattr(workshop, "open_signer", open_signer)
    source = documents(tmp_path)[0]
    run(try_twice)
    assert len(opened) == 1
