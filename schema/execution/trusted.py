"""Trusted documents: the operations that operations staff have seen, named by their SHA-256 and never by asking.

A request names one as Apollo's clients do (``extensions.persistedQuery.sha256Hash``) or as GraphQL over HTTP does
(``documentId: "sha256:…"``). Where they are enforced, a document's text is carried out only if it is one of them.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec
from graphql import GraphQLSchema

from gateway.core import problems
from gateway.core.caller import Caller, Role
from gateway.core.errors import Refusal
from gateway.core.text import Language, Text
from schema.execution.documents import DocumentInvalid, Documents, read_document
from schema.execution.reaching import reaches_typed
from schema.execution.rendering import render_document_error

DEVELOPERS: Final = frozenset({Role.OPERATIONS, Role.DEPARTMENT})
"""Who may send text in development whatever is enforced."""

_DIGEST = re.compile(r"[0-9a-fA-F]{64}")
_PREFIX = "sha256:"
_NO_DIGEST = Text("不是 SHA-256", "it is no SHA-256")
_TWO = Text("documentId 与 persistedQuery 不一致", "documentId and persistedQuery name different documents")
_OF_ANOTHER = Text("与所带文档不符", "the document that came with it has another")
_NEITHER = Text("须给出 query 或文档标识", "it needs a query or a document's id")


class Enforced(msgspec.Struct, frozen=True, kw_only=True):
    """Who may carry out trusted documents only.

    Attributes:
        everywhere: every application; otherwise the ``applications`` of these codes.
        exempt: roles of persons who may send text all the same.
    """

    everywhere: bool = False
    applications: frozenset[str] = frozenset()
    exempt: frozenset[Role] = frozenset()

    def binds(self, caller: Caller) -> bool:
        """Whether the caller may carry out trusted documents only."""
        if caller.person is not None and caller.person.role in self.exempt:
            return False
        return self.everywhere or caller.application.code in self.applications


class TrustedDocuments:
    """The texts of the trusted documents by their SHA-256 (hexadecimal), and for whom there are no others.

    A text that ends with a line break, as most files do, is known by its SHA-256 without it too.
    """

    def __init__(self, texts: Mapping[str, str] | None = None, enforced: Enforced | None = None) -> None:
        bare = (text.removesuffix("\n") for text in (texts or {}).values() if text.endswith("\n"))
        self._texts = {_digest(text): text for text in bare} | dict(texts or {})
        self._enforced = enforced or Enforced()

    def text(
        self, query: str | None, document_id: str | None, extensions: Mapping[str, Any] | None, caller: Caller
    ) -> str:
        """The text of the document that a request sends or names.

        Raises:
            Refusal: BAD_INPUT for an id that is none or of another document, NOT_FOUND for one that is not trusted,
                FORBIDDEN for a text where only trusted documents are carried out.
        """
        digest, bound = _named(document_id, extensions), self._enforced.binds(caller)
        if query is None:
            if digest is None:
                raise Refusal(problems.BODY_INVALID, reason=_NEITHER)
            if digest not in self._texts:
                raise Refusal(problems.DOCUMENT_UNKNOWN_TO_BOUND if bound else problems.DOCUMENT_UNKNOWN)
            return self._texts[digest]
        if bound or digest is not None:
            own = _digest(query)
            if digest not in {None, own}:
                raise Refusal(problems.DOCUMENT_ID_INVALID, reason=_OF_ANOTHER)
            if bound and own not in self._texts:
                raise Refusal(problems.DOCUMENT_UNTRUSTED)
        return query


def examine_documents(schema: GraphQLSchema, texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What is wrong with documents by this schema and the limits: the document's SHA-256 and a sentence, in order."""
    documents = Documents(schema)
    for digest, text in sorted(texts.items()):
        try:
            if reaches_typed(text):  # whether it has the fields that it names is up to the catalogue, on that day
                read_document(text)
            else:
                documents.prepare(text)
        except DocumentInvalid as invalid:
            for error in invalid.errors:
                place = "".join(f"{one.line}:{one.column}: " for one in (error.locations or ())[:1])
                yield digest, place + str(render_document_error(error, Language.EN)["message"])
        except Refusal as refusal:
            yield digest, refusal.message(Language.EN)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _named(document_id: str | None, extensions: Mapping[str, Any] | None) -> str | None:
    named: list[tuple[str, object]] = []
    if document_id is not None:
        if not document_id.startswith(_PREFIX):
            raise Refusal(problems.DOCUMENT_ID_INVALID, "documentId", reason=_NO_DIGEST)
        named.append(("documentId", document_id.removeprefix(_PREFIX)))
    persisted = (extensions or {}).get("persistedQuery")
    if persisted is not None:
        digest = persisted.get("sha256Hash") if isinstance(persisted, Mapping) else None
        named.append(("extensions.persistedQuery.sha256Hash", digest))
    digests = set()
    for field, digest in named:
        if not isinstance(digest, str) or _DIGEST.fullmatch(digest) is None:
            raise Refusal(problems.DOCUMENT_ID_INVALID, field, reason=_NO_DIGEST)
        digests.add(digest.lower())
    if len(digests) > 1:
        raise Refusal(problems.DOCUMENT_ID_INVALID, "documentId", reason=_TWO)
    return digests.pop() if digests else None
