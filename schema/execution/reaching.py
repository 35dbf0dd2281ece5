"""What a document may reach beyond the static schema, told from its text, before it is parsed."""

import re
from typing import Final

ROOT: Final = "shared_"
KIND: Final = "Shared_"
"""How names begin that the catalogue brings: root fields, and types. No name of the static schema begins so."""

_TYPED: Final = re.compile(rf"(?<![A-Za-z0-9_])(?:{ROOT}|{KIND})", re.ASCII)
_SCHEMA: Final = re.compile(r"(?<![A-Za-z0-9_])__(?:schema|type)(?![A-Za-z0-9_])", re.ASCII)


def reaches_typed(text: str) -> bool:
    """Whether it may name a field or a type that the catalogue brings; in a comment or a literal too."""
    return _TYPED.search(text) is not None


def asks_for_schema(text: str) -> bool:
    """Whether it may ask for the schema."""
    return _SCHEMA.search(text) is not None
