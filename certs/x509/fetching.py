"""Revocation lists and answers from the network: only from hosts that are allowed, remembered while they are good."""

import asyncio
import base64
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Final
from urllib.parse import quote, urlsplit

from cachetools import LRUCache

from certs.x509.certificate import Certificate
from certs.x509.crl import LONGEST_LIST, RevocationList, read_crl
from certs.x509.ocsp import LONGEST_RESPONSE, OcspResponse, ocsp_request, read_ocsp_response
from certs.x509.revocation import USUAL_LIFE, Evidence
from gateway.core.clock import Clock, Deadline
from gateway.core.errors import YiwangError
from gateway.core.ports import DocumentFetcher

CACHED_BYTES: Final = 2 * LONGEST_LIST
"""Bytes of lists and answers that are remembered; what was not asked for the longest goes first."""

PAUSE: Final = 60.0
"""Seconds for which a failure is remembered, so that a dead address does not hold up every document."""

LONGEST_MEMORY: Final = timedelta(days=1)
"""How long something is remembered at most, though it be good for longer: it may be replaced early."""

_LONGEST_ADDRESS: Final = 2_048
_OWN_COST: Final = 256

Report = Callable[[str, str], None]
"""Is told of which host something could not be had or used, and why."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """What came of an address, and until when on the monotonic clock that stands."""

    found: RevocationList | OcspResponse | None
    until: float


def _cost(kept: _Kept) -> int:
    return _OWN_COST + (len(kept.found.der) if kept.found is not None else 0)


class RevocationFetcher:
    """Gets the evidence that the certificates of a path point to.

    Args:
        fetcher: reads an address.
        allowed: names of hosts that may be asked. Certificates come with documents, so what they point to is chosen by
            strangers: without this list they could make the gateway call anything.
        clock: the time.
        report: is told of failures.
    """

    def __init__(
        self, fetcher: DocumentFetcher, allowed: Iterable[str], clock: Clock, report: Report = lambda _host, _why: None
    ) -> None:
        self._fetcher = fetcher
        self._allowed = frozenset(host.lower() for host in allowed)
        self._clock = clock
        self._report = report
        self._kept: LRUCache[str, _Kept] = LRUCache(CACHED_BYTES, _cost)
        self._reading: dict[str, asyncio.Task[RevocationList | OcspResponse | None]] = {}

    async def gather(self, path: Sequence[Certificate], deadline: Deadline) -> Evidence:
        """For each certificate but the last, an answer on it or else its issuer's list, where there is one."""
        found = await asyncio.gather(*(self._about(one, issuer, deadline) for one, issuer in pairwise(path)))
        return sum(found, Evidence())

    async def aclose(self) -> None:
        """End what is being read."""
        for task in (tasks := tuple(self._reading.values())):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _about(self, one: Certificate, issuer: Certificate, deadline: Deadline) -> Evidence:
        question = quote(base64.b64encode(ocsp_request(one, issuer)), safe="")
        for address in self._usable(one.ocsp_addresses):
            asked = f"{address.rstrip('/')}/{question}"
            response = await self._get(asked, LONGEST_RESPONSE, read_ocsp_response, deadline)
            if isinstance(response, OcspResponse) and response.find(one, issuer) is not None:
                return Evidence(responses=(response,))
        for address in self._usable(one.crl_addresses):
            crl = await self._get(address, LONGEST_LIST, read_crl, deadline)
            if isinstance(crl, RevocationList):
                return Evidence(lists=(crl,))
        return Evidence()

    def _usable(self, addresses: Sequence[str]) -> Iterator[str]:
        for address in addresses:
            try:
                parts = urlsplit(address)
                plain = parts.port in {None, 80, 443} and parts.username is None and not parts.query + parts.fragment
            except ValueError:
                continue
            allowed = parts.scheme in {"http", "https"} and parts.hostname in self._allowed
            if plain and allowed and len(address) <= _LONGEST_ADDRESS:
                yield address

    async def _get(
        self, address: str, limit: int, read: Callable[[bytes], RevocationList | OcspResponse], deadline: Deadline
    ) -> RevocationList | OcspResponse | None:
        kept = self._kept.get(address)
        if kept is not None and self._clock.monotonic() < kept.until:
            return kept.found
        task = self._reading.get(address)
        if task is None:
            task = asyncio.create_task(self._read(address, limit, read, deadline), name="revocation")
            self._reading[address] = task
            task.add_done_callback(lambda _: self._reading.pop(address))
        # shielded: a document that is given up must not end a reading for which others wait
        return await asyncio.shield(task)

    async def _read(
        self, address: str, limit: int, read: Callable[[bytes], RevocationList | OcspResponse], deadline: Deadline
    ) -> RevocationList | OcspResponse | None:
        found = None
        try:
            # in a thread: a long list takes some tenths of a second
            found = await asyncio.to_thread(read, await self._fetcher.fetch(address, limit, deadline))
        except (YiwangError, OSError) as error:
            self._report(urlsplit(address).hostname or "", str(error))
        self._kept[address] = _Kept(found, self._clock.monotonic() + self._life(found))
        return found

    def _life(self, found: RevocationList | OcspResponse | None) -> float:
        if found is None:
            return PAUSE
        now = self._clock.now()
        ends = [found.next_update] if isinstance(found, RevocationList) else [one.next_update for one in found.answers]
        end = min((one or now + USUAL_LIFE for one in ends), default=now)
        return max(PAUSE, min(LONGEST_MEMORY, end - now).total_seconds())
