"""A manifest to read by, and one document in both spellings."""

from collections.abc import Callable
from typing import Any

import pytest
from lxml import etree

from adapters.kit.manifest.model import Manifest
from adapters.kit.mapping import Reader, compile_reading

CODES = {
    "state": {"01": "VALID", "05": "CANCELLED", "10": "VALID"},
    "document": {"1": "111", "2": "001"},
}
RESPONSE: dict[str, Any] = {
    "each": "data.list[]",
    "identifier": "code",
    "type": {"code": "kind", "table": "document"},
    "name": {"first": ("title", "fallback.title")},
    "number": "no",
    "holders": {
        "number": {"split": "ids", "by": ","},
        "name": {"split": "names", "by": ","},
        "type": {"code": "idTypes", "table": "document"},
    },
    "issuer": "issuer.@code",
    "issuerName": "issuer.name",
    "issuedOn": {"date": "issued", "as": ("yyyy-MM-dd", "epochMillis")},
    "validUntil": {"date": "until", "as": "yyyy/MM/dd", "noEnd": ("2099", "长期")},
    "state": {"code": "status", "table": "state"},
    "stateReason": "reason",
    "face": {"each": "groups[].fields[]", "name": "key", "label": "@label", "value": "value"},
    "asOf": {"date": "at", "as": "yyyyMMddHHmmss"},
    "more": "data.total",
}
SUCCESS = {"at": "ack", "in": ("SUCCESS", "0"), "code": "errors.0.code", "message": "errors.0.message"}


@pytest.fixture(scope="session")
def manifest_of() -> Callable[..., Manifest]:
    def build(*, unwrap: Any = (), **operation: Any) -> Manifest:
        return Manifest.model_validate(
            _tuples(
                {
                    "manifest": 1,
                    "system": {
                        "code": "sample",
                        "title": {"zh": "示例", "en": "Sample"},
                        "level": "province",
                        "regions": ("420000",),
                        "owner": {"name": "示例局", "creditCode": "11100000000013338W", "contact": "desk"},
                    },
                    "offers": {"holderTypes": ("111",), "licenceTypes": ("*",)},
                    "protocol": {"rest": {}, "endpoint": {"setting": "sample/url"}, "unwrap": unwrap},
                    "limits": {"rows": 50},
                    "success": SUCCESS,
                    "codes": CODES,
                    "operations": {"query": {"http": {"method": "POST", "path": "/q"}, **operation}},
                }
            )
        )

    return build


def _tuples(value: Any) -> Any:
    """Lists as a manifest's source gives them."""
    if isinstance(value, dict):
        return {key: _tuples(inner) for key, inner in value.items()}
    return tuple(map(_tuples, value)) if isinstance(value, list | tuple) else value


@pytest.fixture(scope="session")
def reader_of(manifest_of: Callable[..., Manifest]) -> Callable[..., Reader]:
    def build(*wanted: str, extras: dict[str, str] | None = None, **changed: Any) -> Reader:
        response = {name: value for name, value in {**RESPONSE, **changed}.items() if value is not None}
        manifest = manifest_of(response=response)
        return compile_reading(manifest, manifest.operations["query"], frozenset(wanted), extras)

    return build


@pytest.fixture(scope="session")
def as_xml() -> Callable[[Any], Any]:
    """The same document as elements: lists repeat, ``@x`` becomes an attribute, None is nil."""

    def build(document: Any) -> Any:
        root = etree.Element("{urn:sample}reply")
        _fill(root, document)
        return etree.fromstring(etree.tostring(root, encoding="UTF-8"))

    return build


def _fill(parent: Any, document: dict[str, Any]) -> None:
    for key, value in document.items():
        if key.startswith("@"):
            parent.set(key[1:], value)
            continue
        for one in value if isinstance(value, list) else [value]:
            child = etree.SubElement(parent, "{urn:sample}" + key)
            if isinstance(one, dict):
                _fill(child, one)
            elif one is None:
                child.set("{http://www.w3.org/2001/XMLSchema-instance}nil", "true")
            else:
                child.text = str(one)
