"""Devices: one call at a time, none for ever; a session that failed is opened anew; whatever is opened is closed."""

import asyncio
import threading
from collections.abc import Callable

import pytest

from certs.signers import KeyUnusable, device
from certs.signers.device import DeviceSession, DeviceSigner, DeviceThread
from certs.x509 import KeyAlgorithm, SignatureAlgorithm
from certs.x509.private_key import sign_with
from tests.signers.keys import KINDS, issued, keeps_to_the_protocol, stranger


class Device:
    """A device with the key of ``issued``; breaks as it is told."""

    def __init__(self, kind: KeyAlgorithm = KeyAlgorithm.SM2) -> None:
        self.made = issued(kind)
        self.algorithm = SignatureAlgorithm.usual(kind)
        self.opened = self.closed = 0
        self.broken = False
        self.gate: threading.Event | None = None

    def open(self, algorithm: SignatureAlgorithm) -> DeviceSession:
        if self.broken:
            raise KeyUnusable("the device is not there")
        self.opened += 1
        return self

    def sign(self, digest: bytes) -> bytes:
        if self.gate is not None:
            self.gate.wait()
        if self.broken:
            raise KeyUnusable("the device does not sign")
        return sign_with(self.made.key, digest, self.algorithm)

    def close(self) -> None:
        self.closed += 1

    def signer(self, patience: float = 5) -> DeviceSigner:
        return DeviceSigner(self.made.certificate, None, self.open, patience)


@KINDS
async def test_a_device_signs(kind: KeyAlgorithm) -> None:
    own = Device(kind)
    signer = own.signer()
    await signer.open()
    assert repr(signer) == f"<DeviceSigner {own.algorithm}>"
    await keeps_to_the_protocol(signer, own.made.certificate, own.algorithm)
    assert (own.opened, own.closed) == (1, 1)


async def test_a_device_that_has_another_key_is_refused() -> None:
    own = Device()
    signer = DeviceSigner(stranger(KeyAlgorithm.SM2), None, own.open)
    with pytest.raises(KeyUnusable, match="does not verify under the certificate"):
        await signer.open()
    assert (own.opened, own.closed) == (1, 1)
    with pytest.raises(KeyUnusable, match="let go"):
        await signer.sign_raw(b"")


async def test_a_session_that_failed_is_opened_anew() -> None:
    own = Device()
    signer = own.signer()
    await signer.open()
    own.broken = True
    with pytest.raises(KeyUnusable, match="does not sign"):
        await signer.sign_raw(b"")
    with pytest.raises(KeyUnusable, match="not there"):
        await signer.sign_raw(b"")
    own.broken = False
    await signer.sign_raw(b"")
    assert (own.opened, own.closed) == (2, 1)
    await signer.aclose()


async def test_a_device_that_does_not_answer_holds_nobody_up() -> None:
    own = Device()
    own.gate = threading.Event()
    signer = own.signer(patience=0.05)
    with pytest.raises(KeyUnusable, match="does not answer"):
        await signer.open()
    own.gate.set()


async def test_only_so_many_wait_for_a_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "MOST_WAITING", 2)
    thread = DeviceThread("test")
    gate, reached = threading.Event(), threading.Event()

    def hold() -> str:
        reached.set()
        gate.wait()
        return "done"

    first = asyncio.create_task(thread.run(hold))
    await asyncio.to_thread(reached.wait)
    waiting = [asyncio.create_task(thread.run(hold)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(KeyUnusable, match="too busy"):
        await thread.run(hold)
    waiting[0].cancel()
    gate.set()
    assert await first == await waiting[1] == "done"
    with pytest.raises(asyncio.CancelledError):
        await waiting[0]
    thread.end()


async def test_what_breaks_on_the_thread_is_raised_where_it_is_awaited() -> None:
    thread = DeviceThread("test")

    def broken() -> Callable[[], None]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await thread.run(broken)
    assert await thread.run(lambda: 1) == 1
    thread.end()
