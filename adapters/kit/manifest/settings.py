"""Which named settings a manifest refers to."""

from collections.abc import Iterator

from pydantic import BaseModel

from adapters.kit.manifest.expressions import SettingRef
from adapters.kit.manifest.model import Manifest


def setting_names(manifest: Manifest) -> frozenset[str]:
    """The names of all settings that operations have to fill before the system can be opened."""
    return frozenset(_names(manifest))


def _names(part: object) -> Iterator[str]:
    if isinstance(part, SettingRef):
        yield part.setting
    elif isinstance(part, BaseModel):
        for name in type(part).model_fields:
            yield from _names(getattr(part, name))
    elif isinstance(part, dict):
        for value in part.values():
            yield from _names(value)
    elif isinstance(part, tuple):
        for value in part:
            yield from _names(value)
