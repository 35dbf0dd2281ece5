"""The ``CertShare`` platform: certificates by holder, identifier or shown code, and copies of them."""

import base64
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from adapters.sandbox.cert_share.copies import OFD_TYPE, Annotation, ofd_copy
from adapters.sandbox.cert_share.replies import Refused, refused, sealed
from adapters.sandbox.cert_share.requests import ShareRequest, read_request
from adapters.sandbox.cert_share.wire import certificate
from adapters.sandbox.credentials import credential, same
from adapters.sandbox.tickets import Tickets
from adapters.sandbox.world.generate import World
from adapters.sandbox.world.mistakes import Record
from certs.sm import Sm2PrivateKey
from gateway.core.clock import CHINA, Clock

PAGE = 50
"""Certificates on a page."""

MINUTES_SECONDS = 180.0
"""How long page tokens, temporary URLs and shown codes live."""

FILES_HOST = "http://cert-files.invalid:8080"
"""What temporary URLs name: the platform's name for itself in a network that nobody else is in."""

_FILES_PATH = "/cert-files"
_TICKETS = 10_000
_FILES_MOST = 1_000
_KEY_DIGITS = 62
_COPY_LIFE = timedelta(days=1)
_MOMENT = "%Y-%m-%d %H:%M:%S"

_Handler = Callable[[ShareRequest], object]


class CertShare:
    """One platform of this family.

    Args:
        code: the system's code, which names its library in the world.
        world: what it holds and what its credentials and the consumer's key pair are drawn from.
        clock: by which page tokens, temporary URLs and shown codes end.
    """

    base_path = "/certshare"
    keeps_sessions = False

    def __init__(self, code: str, world: World, clock: Clock) -> None:
        self.code = code
        self._clock = clock
        self._library = world.libraries[code]
        self._forbidden_item = world.forbidden_item
        self._types = {kind.code for kind in world.types}
        self._id, self._token = (credential(world.seed, code, name) for name in ("access-id", "access-token"))
        self._private = _private_key(world.seed, code)
        self._consumer = Sm2PrivateKey.from_hex(self._private).public
        self._pages: Tickets[tuple[object, int]] = Tickets(clock, MINUTES_SECONDS, _TICKETS)
        self._files: Tickets[tuple[Record, Annotation]] = Tickets(clock, MINUTES_SECONDS, _FILES_MOST)
        self._shown: Tickets[Record] = Tickets(clock, MINUTES_SECONDS, _TICKETS)
        operations: dict[str, _Handler] = {
            "queryCertInfoByHolderCode": self._by_holder,
            "queryCertInfo": self._by_identifier,
            "queryCertInfoByQRcode": self._by_shown_code,
            "downloadUrlsByHolderCode": self._urls,
            "downloadFile": self._file,
            "verifyCertInfo": self._check,
        }
        self._operations = {f"{self.base_path}/{name}": name for name in operations}
        self.app = Starlette(
            routes=[
                *(
                    Route(f"{self.base_path}/{name}", self._answering(handler), methods=["POST"])
                    for name, handler in operations.items()
                ),
                Route(f"{_FILES_PATH}/{{ticket}}", self._download, methods=["GET"]),
            ]
        )

    def settings(self, url: str) -> dict[str, str]:
        """``url``, ``files-url``, ``access-id``, ``access-token`` and the consumer's ``private-key`` in hexadecimal.

        ``files-url`` is what stands in a temporary URL in place of FILES_HOST.
        """
        return {
            "url": url,
            "files-url": url.removesuffix(self.base_path),
            "access-id": self._id,
            "access-token": self._token,
            "private-key": self._private,
        }

    def operation_of(self, path: str, _headers: Mapping[str, str]) -> str:
        """The path below the base, ``files`` for a temporary URL, ``other`` if it is none of ours."""
        return "files" if path.startswith(f"{_FILES_PATH}/") else self._operations.get(path, "other")

    def broken(self) -> Response:
        """HTTP 500 with status 99."""
        response = refused(99)
        response.status_code = 500
        return response

    def end_sessions(self) -> None:
        """Nothing: every call brings its own credentials."""

    def refusal(self) -> Response:
        """Status 11."""
        return refused(11)

    def show(self, identifier: str) -> str:
        """The code that a holder's phone shows for a certificate (亮证); raises LookupError if it is not held here."""
        found = self._library.identified(identifier)
        if not found:
            raise LookupError("no certificate with this identifier")
        return self._shown.give(found[0])

    def _answering(self, handler: _Handler) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                asked = read_request(await request.body())
                self._verify_credentials(asked)
                return sealed(handler(asked), self._consumer)
            except Refused as refusal:
                return refused(refusal.status)

        return answer

    def _verify_credentials(self, asked: ShareRequest) -> None:
        known = same(asked.credential("accessId"), self._id) & same(asked.credential("accessToken"), self._token)
        if not known:
            raise Refused(11)
        if asked.text("itemCode") == self._forbidden_item:
            raise Refused(100)

    def _by_holder(self, asked: ShareRequest) -> object:
        asked.cause()
        found = self._held(asked)
        query = tuple(asked.text(name) for name in ("holderCode", "holderTypeCode", "certTypeCode", "certNo"))
        start = 0
        if token := asked.text("pageToken"):
            given = self._pages.find(token)
            if given is None or given[0] != query:
                raise Refused(99)
            start = given[1]
        end = start + PAGE
        return {
            **self._list(found[start:end], total=len(found)),
            "nextPageToken": self._pages.give((query, end)) if end < len(found) else "",
        }

    def _by_identifier(self, asked: ShareRequest) -> object:
        asked.cause()
        found = self._identified(asked.required("certIdentifier"))
        return self._list(found, total=len(found))

    def _by_shown_code(self, asked: ShareRequest) -> object:
        asked.cause()
        record = self._shown.find(asked.required("qrcode"))
        if record is None:
            raise Refused(10)
        return self._list([record], total=1)

    def _urls(self, asked: ShareRequest) -> object:
        annotation = self._annotation(asked.cause(), asked)
        return [
            {
                "contentType": OFD_TYPE,
                "content": f"{FILES_HOST}{_FILES_PATH}/{self._files.give((record, annotation))}",
                "certIdentifier": record.licence.identifier or "",
            }
            for record in self._held(asked)[:PAGE]
        ]

    def _file(self, asked: ShareRequest) -> object:
        annotation = self._annotation(asked.cause("certificateCopyCause"), asked)
        if asked.required("fileType") != "ofd":
            raise Refused(99)
        record = self._identified(asked.required("certificateIdentifier"))[0]
        return {
            "fileType": "ofd",
            "fileName": f"{record.licence.number}.ofd",
            "content": base64.b64encode(ofd_copy(record.licence, annotation)).decode(),
        }

    def _check(self, asked: ShareRequest) -> object:
        asked.cause()
        number, printed = asked.required("holderCode").upper(), asked.text("certNo")
        record = self._identified(asked.required("certIdentifier"))[0]
        held = any(holder.number == number for holder in record.licence.holders)
        return {"verifyResult": int(held and printed in {"", record.licence.number})}

    def _held(self, asked: ShareRequest) -> Sequence[Record]:
        number, kind = asked.required("holderCode").upper(), asked.holder_type()
        type_code, printed = asked.text("certTypeCode"), asked.text("certNo")
        if type_code and type_code not in self._types:
            raise Refused(113)
        found = [
            record
            for record in self._library.held_by(number)
            if any(holder.number == number and holder.type == kind for holder in record.licence.holders)
            and type_code in {"", record.licence.type.code}
            and printed in {"", record.licence.number}
        ]
        if not found:
            raise Refused(10)
        return found

    def _identified(self, identifier: str) -> Sequence[Record]:
        found = self._library.identified(identifier)
        if not found:
            raise Refused(10)
        return found

    def _list(self, records: Sequence[Record], total: int) -> dict[str, object]:
        return {"totalCount": total, "certInfos": [certificate(self._library, record) for record in records]}

    def _annotation(self, cause: str, asked: ShareRequest) -> Annotation:
        now = self._clock.now()
        until = now + _COPY_LIFE
        if text := asked.text("certificateCopyExpiringTime"):
            try:
                until = datetime.strptime(text, _MOMENT).replace(tzinfo=CHINA)
            except ValueError:
                raise Refused(99) from None
        return Annotation(cause, self._id, now, until)

    async def _download(self, request: Request) -> Response:
        """A file by its temporary URL, which is all the proof that is asked for."""
        found = self._files.find(request.path_params["ticket"])
        if found is None:
            return PlainTextResponse("gone", 404)
        record, annotation = found
        return Response(ofd_copy(record.licence, annotation), media_type=OFD_TYPE)


def _private_key(seed: int, code: str) -> str:
    """The consumer's key, drawn as credentials are; the last digits are left out, so that it is always in range."""
    drawn = hashlib.sha256(f"{seed}/{code}/private-key".encode()).hexdigest()
    return f"{int(drawn[:_KEY_DIGITS], 16) + 1:064x}"
