"""The trusted documents as operations keep them: a manifest file, or a folder of documents and manifests.

A manifest is what Apollo's tools write (``{"format": "apollo-persisted-query-manifest", "version": 1, "operations":
[{"id", "name", "type", "body"}]}``) or the plain ``{"<sha256>": "<document>"}``. In a folder every ``.json`` is a
manifest and every ``.graphql`` a document.
"""

import hashlib
from pathlib import Path
from typing import Any

import msgspec

_BIGGEST = 10_000_000
_MOST = 5_000
_FORMAT = "apollo-persisted-query-manifest"


class _Operation(msgspec.Struct, frozen=True):
    id: str
    body: str


class _Manifest(msgspec.Struct, frozen=True):
    format: str
    version: int
    operations: list[_Operation]


class TrustedTexts(msgspec.Struct, frozen=True):
    """What was read.

    Attributes:
        texts: documents by their SHA-256, hexadecimal in lower case.
        places: where each was found, by its SHA-256.
        findings: what is wrong with the files, a line each; a document that a line is about is not in ``texts``.
    """

    texts: dict[str, str]
    places: dict[str, str]
    findings: list[str]


def read_trusted_texts(place: Path) -> TrustedTexts:
    """Every document of the file or folder; whether they fit a schema is not looked at."""
    read = TrustedTexts({}, {}, [])
    files = [place]
    if place.is_dir():
        files = sorted(file for file in place.rglob("*") if file.suffix in {".json", ".graphql"} and file.is_file())
    if not files:
        read.findings.append(f"{place}: holds no .graphql and no .json file; put the documents there")
    for file in files:
        try:
            _read(file, read)
        except OSError as error:
            read.findings.append(f"{file}: cannot be read: {error.strerror}; check its path and its rights")
        except msgspec.ValidationError as error:
            read.findings.append(f"{file}: {error}; give a manifest of Apollo's, or an object of texts by SHA-256")
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            read.findings.append(f"{file}: {error}; mend the file")
        except _TooMuch as error:
            read.findings.append(f"{file}: {error}; keep what is in use")
            break
    return read


class _TooMuch(Exception):
    pass


def _read(file: Path, read: TrustedTexts) -> None:
    with file.open("rb") as opened:
        content = opened.read(_BIGGEST + 1)
    if len(content) > _BIGGEST:
        raise _TooMuch(f"is larger than {_BIGGEST} bytes")
    if file.suffix == ".graphql":
        text = content.decode()
        _add(read, str(file), _digest(text), text)
        return
    for name, digest, text in _entries(msgspec.json.decode(content)):
        where = f"{file}: {name}"
        if digest != _digest(text):
            read.findings.append(f"{where}: its id is not the SHA-256 of its document; make the manifest anew")
        else:
            _add(read, where, digest, text)


def _entries(content: Any) -> list[tuple[str, str, str]]:  # noqa: ANN401 - any JSON until it is converted
    if isinstance(content, dict) and "format" in content:
        manifest = msgspec.convert(content, _Manifest)
        if manifest.format != _FORMAT or manifest.version != 1:
            raise msgspec.ValidationError(f"its format is not {_FORMAT}, version 1")
        return [(f"operations[{n}]", one.id.lower(), one.body) for n, one in enumerate(manifest.operations)]
    plain = msgspec.convert(content, dict[str, str])
    return [(digest[:80], digest.lower(), text) for digest, text in plain.items()]


def _add(read: TrustedTexts, place: str, digest: str, text: str) -> None:
    if len(read.texts) >= _MOST and digest not in read.texts:
        raise _TooMuch(f"there are more than {_MOST} documents")
    read.texts[digest] = text
    read.places[digest] = place


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
