"""What stands behind ``pkcs11:`` and ``sdf:``: attributes in the form of RFC 7512."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import unquote_to_bytes

from gateway.core.errors import KeyUnusable

_SECRET = "pin-value"  # noqa: S105 - the name of an attribute


@dataclass(frozen=True, slots=True)
class Locator:
    """Attributes that find a key (``token=…;id=%01``), and how to get there, after a question mark."""

    find: Mapping[str, bytes]
    reach: Mapping[str, bytes]

    @classmethod
    def read(cls, text: str, find: Collection[str], reach: Collection[str]) -> Self:
        """Read attributes of these names; each at most once.

        Raises:
            KeyUnusable: an attribute is unknown, comes twice or has no value, or a PIN stands in the reference.
        """
        path, _, query = text.partition("?")
        return cls(_attributes(path, ";", find), _attributes(query, "&", reach))

    def text(self, name: str) -> str | None:
        """The value of an attribute as text, None if it is not given.

        Raises:
            KeyUnusable: it is no UTF-8.
        """
        value = self.find.get(name, self.reach.get(name))
        try:
            return None if value is None else value.decode()
        except UnicodeDecodeError:
            raise KeyUnusable(f"the key's reference has an attribute {name} that is no text") from None

    def library(self) -> str:
        """The absolute path of the device's library.

        Raises:
            KeyUnusable: it is not given or not absolute, so that another directory's library would be loaded.
        """
        path = self.text("module-path")
        if path is None or not path.startswith("/"):
            raise KeyUnusable("the key's reference needs module-path=, the absolute path of the device's library")
        return path


def _attributes(text: str, separator: str, known: Collection[str]) -> Mapping[str, bytes]:
    found: dict[str, bytes] = {}
    for part in filter(None, text.split(separator)):
        name, _, value = part.partition("=")
        if name == _SECRET:
            raise KeyUnusable("a PIN does not belong into a key's reference: give it by itself")
        if name not in known or name in found or not value:
            raise KeyUnusable("a key's reference has an attribute that is unknown, empty or given twice")
        found[name] = unquote_to_bytes(value)
    return found
