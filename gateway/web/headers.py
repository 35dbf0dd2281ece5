"""Headers of one request, taken apart once: a dozen readers look at them."""

from typing import TypeVar, overload

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import Receive, Scope

T = TypeVar("T")


class IndexedHeaders(Headers):
    """The library's headers; looking one up costs the same however many there are."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope=scope)
        self._index: dict[str, list[str]] = {}
        for name, value in self.raw:
            self._index.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))

    @overload
    def get(self, key: str, default: None = None, /) -> str | None: ...
    @overload
    def get(self, key: str, default: T, /) -> str | T: ...
    def get(self, key: str, default: object = None, /) -> object:
        """The first value of a header."""
        values = self._index.get(key.lower())
        return values[0] if values else default

    def getlist(self, key: str) -> list[str]:
        """Every value of a header, in order."""
        return self._index.get(key.lower(), [])


class IndexedRequest(Request):
    """A request with such headers."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        super().__init__(scope, receive)
        self._headers = IndexedHeaders(scope)
