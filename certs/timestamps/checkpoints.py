"""Timestamps for the audit's checkpoints, in the words of the port that the audit asks."""

from certs.timestamps.client import TimestampClient
from certs.timestamps.errors import TimestampUnavailable
from certs.timestamps.imprint import Imprint
from certs.x509 import Hash
from gateway.core.clock import Clock, Deadline
from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome

SECONDS = 15.0
"""For which a checkpoint waits for its token: nobody waits for the checkpoint."""


class CheckpointStamper:
    """A Timestamper over the client; its deadlines are its own."""

    def __init__(self, client: TimestampClient, clock: Clock, seconds: float = SECONDS) -> None:
        self._client = client
        self._clock = clock
        self._seconds = seconds

    async def stamp(self, sha256: bytes) -> bytes:
        """A timestamp token (DER) over a SHA-256 digest.

        Raises:
            SystemFailure: UNAVAILABLE, no authority gave one that holds.
        """
        imprint = Imprint(Hash.SHA256.oid, sha256)
        try:
            token = await self._client.get_token(imprint, Deadline.after(self._seconds, self._clock))
        except TimestampUnavailable as error:
            raise SystemFailure(Outcome.UNAVAILABLE, Fault.THEIRS, error.reason.en) from error
        return token.der
