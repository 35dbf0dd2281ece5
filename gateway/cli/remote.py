"""A running gateway, asked over GraphQL: commands that look at it or change it are clients like any other."""

import hashlib
import json
import os
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from gateway.cli.language import terminal_language
from gateway.core.errors import ConfigurationInvalid
from gateway.core.text import Language

_SECONDS: Final = 60
_BIGGEST: Final = 50_000_000
_LONGEST_LINE: Final = 1_000_000
_UPLOAD: Final = """
mutation Upload($input: CreateUploadInput!) {
  createUpload(input: $input) { upload { id url } problems { message remedy } }
}
"""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """The token goes to the address that was named, and nowhere else."""

    def redirect_request(self, *_: object, **__: object) -> None:
        """No request."""


class Remote:
    """The gateway at ``url``, with or without /graphql; it is shown ``token``. No proxy stands between."""

    def __init__(self, url: str, token: str, language: Language) -> None:
        self._endpoint = url if urlsplit(url).path.endswith("/graphql") else f"{url.rstrip('/')}/graphql"
        self._headers = {"Authorization": f"Bearer {token}", "Accept-Language": language.value}
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects())

    @classmethod
    def of_environment(cls) -> "Remote":
        """The gateway of YIWANG_URL and YIWANG_TOKEN.

        Raises:
            ConfigurationInvalid: one is missing, or the address is none.
        """
        url, token = os.environ.get("YIWANG_URL", ""), os.environ.get("YIWANG_TOKEN", "")
        if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
            raise ConfigurationInvalid(
                "YIWANG_URL names no gateway", "set it to its address, such as http://127.0.0.1:8000"
            )
        if not token or not token.isascii() or not token.isprintable():
            raise ConfigurationInvalid("YIWANG_TOKEN holds no token", "set it to a token of the one who asks")
        return cls(url, token, terminal_language())

    def ask(self, query: str, variables: dict[str, Any], milliseconds: int | None = None) -> dict[str, Any]:
        """The data of an operation, which may take so long if the gateway's usual time is too short.

        Raises:
            ConfigurationInvalid: the gateway cannot be reached or refuses; what and remedy are its own words.
        """
        body = json.dumps({"query": query, "variables": variables}).encode()
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if milliseconds is not None:
            headers["X-Request-Timeout"] = str(milliseconds)
        try:
            with self._open(self._endpoint, body, headers) as reply:
                answer = json.loads(reply.read(_BIGGEST))
        except urllib.error.HTTPError as error:
            answer = _errors(error)
        except (OSError, HTTPException, ValueError) as error:
            raise self._unreachable() from error
        if not isinstance(answer, dict) or not isinstance(answer.get("data"), dict) or answer.get("errors"):
            raise _refused(answer)
        data: dict[str, Any] = answer["data"]
        return data

    def listen(self, subscription: str) -> Iterator[None]:
        """Once for every event of a subscription (SSE), until the stream ends or breaks off, which raises nothing."""
        body = json.dumps({"query": subscription}).encode()
        headers = {"Content-Type": "application/json", "Accept": "text/event-stream"}
        with suppress(OSError, HTTPException, ValueError), self._open(self._endpoint, body, headers) as reply:
            while line := reply.readline(_LONGEST_LINE):
                if line.strip() == b"event: next":
                    yield

    def fetch(self, address: str, file: Path) -> None:
        """Write to ``file`` what a ticket of the gateway stands for.

        Raises:
            ConfigurationInvalid: it cannot be fetched, or the address is not the gateway's own.
        """
        try:
            with self._open(self._own(address), None, {}) as reply, file.open("wb") as stream:
                shutil.copyfileobj(reply, stream)
        except (OSError, HTTPException) as error:
            raise ConfigurationInvalid("the file could not be fetched or written", "try again") from error

    def send(self, file: Path, content: bytes) -> str:
        """The id of an upload with this content, declared under the file's name.

        Raises:
            ConfigurationInvalid: the gateway does not take it, in its own words.
        """
        declared = {"name": file.name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        made = self.ask(_UPLOAD, {"input": declared})["createUpload"]
        if made["problems"]:
            raise ConfigurationInvalid(f"{file}: {made['problems'][0]['message']}", made["problems"][0]["remedy"])
        upload = made["upload"]
        headers = {"Content-Type": "application/octet-stream"}
        try:
            with self._open(self._own(upload["url"]), content, headers, "PUT") as reply:
                reply.read(_BIGGEST)
        except urllib.error.HTTPError as error:
            raise _refused(_errors(error)) from error
        except (OSError, HTTPException) as error:
            raise self._unreachable() from error
        upload_id: str = upload["id"]
        return upload_id

    def _own(self, address: str) -> str:
        """An address that the gateway gave, as a whole one; raises ConfigurationInvalid if it is not the gateway's."""
        url = urljoin(self._endpoint, address)
        if urlsplit(url)[:2] != urlsplit(self._endpoint)[:2]:
            raise ConfigurationInvalid("the file lies with another host", "fetch it by hand, if you trust that host")
        return url

    def _open(self, url: str, body: bytes | None, headers: dict[str, str], method: str | None = None) -> Any:  # noqa: ANN401 - urllib's own reply
        request = urllib.request.Request(url, body, {**self._headers, **headers}, method=method)  # noqa: S310 - checked: http or https
        return self._opener.open(request, timeout=_SECONDS)

    def _unreachable(self) -> ConfigurationInvalid:
        place = urlsplit(self._endpoint).netloc.rpartition("@")[2]
        return ConfigurationInvalid(f"no gateway answers at {place}", "see that it runs, and what YIWANG_URL says")


def _errors(error: urllib.error.HTTPError) -> object:
    try:
        return json.loads(error.read(_BIGGEST))
    except ValueError:
        return None


def _refused(answer: object) -> ConfigurationInvalid:
    """The gateway's first error, in its own words."""
    try:
        first: Any = answer["errors"][0]  # type: ignore[index] # whatever it is
        return ConfigurationInvalid(str(first["message"]), str(first["extensions"]["remedy"]))
    except (KeyError, IndexError, TypeError):
        return ConfigurationInvalid("what answers is no gateway", "see what YIWANG_URL says")
