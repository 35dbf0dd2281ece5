"""The manifest's classes as a tree of keys: which keys may stand where."""

from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Annotated, ForwardRef, TypeGuard, Union, get_args, get_origin

from pydantic import Tag
from typing_extensions import TypeAliasType

from adapters.kit.manifest import expressions
from adapters.kit.manifest.expressions import Strict
from adapters.kit.manifest.model import Manifest

Loc = tuple[str | int, ...]
_Branch = tuple[str | None, object]


def keys_of(model: type[Strict]) -> dict[str, str]:
    """The keys of a section as manifests spell them, with their descriptions."""
    return {field.alias or name: field.description or "" for name, field in model.model_fields.items()}


def sections_at(loc: Loc) -> list[type[Strict]]:
    """The classes that may stand at a pydantic location: keys, indexes and ``<tags>``."""
    branches: list[_Branch] = [(None, Manifest)]
    for part in loc:
        if isinstance(part, str) and part.startswith("<"):
            branches = [branch for branch in branches if branch[0] == part]
        else:
            branches = [below for _, kind in branches for below in _below(kind, part)]
    return [kind for _, kind in branches if _is_section(kind)]


def branches_of(annotation: object, tag: str | None = None) -> Iterator[_Branch]:
    """The alternatives of an annotation, each with the tag under which a union knows it."""
    if isinstance(annotation, ForwardRef):
        annotation = getattr(expressions, annotation.__forward_arg__)
    if isinstance(annotation, TypeAliasType):
        annotation = annotation.__value__
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *metadata = get_args(annotation)
        named = next((item.tag for item in metadata if isinstance(item, Tag)), tag)
        yield from branches_of(inner, named)
    elif origin in {Union, UnionType}:
        for alternative in get_args(annotation):
            yield from branches_of(alternative, tag)
    elif annotation is not NoneType:
        yield tag, annotation


def _below(kind: object, part: str | int) -> Iterator[_Branch]:
    if _is_section(kind):
        for name, field in kind.model_fields.items():
            if (field.alias or name) == part:
                yield from branches_of(field.annotation)
    elif get_origin(kind) is dict:
        yield from branches_of(get_args(kind)[1])
    elif get_origin(kind) is tuple and isinstance(part, int):
        yield from branches_of(get_args(kind)[0])


def _is_section(kind: object) -> TypeGuard[type[Strict]]:
    return isinstance(kind, type) and issubclass(kind, Strict)
