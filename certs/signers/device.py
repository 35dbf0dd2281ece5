"""What devices have in common: calls that block, one at a time, that may fail or never come back."""

import asyncio
import queue
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from threading import Thread
from typing import Final, Protocol, TypeVar

from certs.signers.agreement import agreed, proven
from certs.signers.troubles import DeviceAway
from certs.x509 import Certificate, SignatureAlgorithm
from gateway.core.errors import KeyUnusable, PinRefused

PATIENCE: Final = 10.0
"""Seconds within which a device has to answer."""

MOST_WAITING: Final = 256
"""Calls that wait for a device; more are refused at once."""

T = TypeVar("T")


class DeviceSession(Protocol):
    """A session with a device that has the key. It is used by one thread."""

    def sign(self, digest: bytes) -> bytes:
        """A signature of a digest in the form in which a Signer gives it; KeyUnusable if the device does not sign."""
        ...

    def close(self) -> None:
        """Let go of the session; never raises."""
        ...


class DeviceThread:
    """A thread of its own for one device: its calls block, and one that never comes back must not hold up the exit."""

    def __init__(self, name: str, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._calls: queue.SimpleQueue[tuple[Callable[[], object], Future[object]] | None] = queue.SimpleQueue()
        Thread(target=self._work, name=name, daemon=True).start()

    async def run(self, call: Callable[[], T]) -> T:
        """The result of a call made on the thread.

        Raises:
            KeyUnusable: too many calls wait already, or the device does not answer in time.
        """
        if self._calls.qsize() >= MOST_WAITING:
            raise DeviceAway("the device is too busy")
        future: Future[T] = Future()
        self._calls.put((call, future))  # type: ignore[arg-type] # a future of what the call gives
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), self._patience)
        except TimeoutError:
            raise DeviceAway("the device does not answer") from None

    def end(self) -> None:
        """Let the thread end after the calls that were made."""
        self._calls.put(None)

    def _work(self) -> None:
        while (one := self._calls.get()) is not None:
            call, future = one
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(call())
                except BaseException as error:  # noqa: BLE001 # it is raised where the result is awaited
                    future.set_exception(error)


class DeviceSigner:
    """A Signer whose key is in a device. A session that failed is opened anew with the next signature.

    One whose PIN was refused is not: whoever has another PIN opens another signer.

    Args:
        certificate: of the key.
        algorithm: how to sign; the usual way by default.
        open_session: opens a session; blocks, and raises KeyUnusable.
        patience: seconds within which the device has to answer.
    """

    def __init__(
        self,
        certificate: Certificate,
        algorithm: SignatureAlgorithm | None,
        open_session: Callable[[SignatureAlgorithm], DeviceSession],
        patience: float = PATIENCE,
    ) -> None:
        self.certificate: Final = certificate
        self.algorithm: Final = agreed(certificate, algorithm)
        self._open_session = open_session
        self._session: DeviceSession | None = None
        self._refused = False
        self._thread = DeviceThread("signing device", patience)
        self._closed = False

    def __repr__(self) -> str:
        return f"<DeviceSigner {self.algorithm}>"

    async def open(self) -> None:
        """Open the session and prove by a signature that the key is there and the certificate's.

        Raises:
            KeyUnusable: it is not.
        """
        try:
            await self.sign_raw(b"yiwang")
        except KeyUnusable:
            await self.aclose()
            raise

    def check(self) -> None:
        """Nothing, unless the device has refused the PIN.

        Raises:
            PinRefused: it has, and is not asked again.
        """
        if self._refused:
            raise PinRefused("the device refused the PIN before, and it is not tried again")

    async def sign_digest(self, digest: bytes) -> bytes:
        """A signature of the digest, verified under the certificate."""
        if len(digest) != self.algorithm.hash.size:
            raise ValueError(f"a digest of {self.algorithm.hash} has {self.algorithm.hash.size} bytes")
        if self._closed:
            raise KeyUnusable("the key has been let go")
        return await self._thread.run(lambda: self._sign(digest))

    async def sign_raw(self, message: bytes) -> bytes:
        """A signature of the message, verified under the certificate."""
        return await self.sign_digest(self.certificate.public_key.message_digest(message, self.algorithm.hash))

    async def aclose(self) -> None:
        """Close the session once the signatures under way are made."""
        if not self._closed:
            self._closed = True
            # if it does not answer, there is nothing to close, and its thread ends with the process
            with suppress(KeyUnusable):
                await self._thread.run(self._let_go)
            self._thread.end()

    def _sign(self, digest: bytes) -> bytes:
        self.check()
        try:
            if self._session is None:
                self._session = self._open_session(self.algorithm)
            return proven(self.certificate, self.algorithm, digest, self._session.sign(digest))
        except KeyUnusable as error:
            self._refused = isinstance(error, PinRefused)
            self._let_go()
            raise

    def _let_go(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.close()
