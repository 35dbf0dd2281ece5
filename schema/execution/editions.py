"""Editions of the schema: the static one, which every version of the gateway brings, and the one with typed fields.

What the catalogue adds is built off to the side and swapped in at once: an operation that runs, or a stream that is
open, ends by the schema that it was prepared by. Documents that name nothing of the catalogue and do not ask for the
schema are prepared by the static edition, so that nothing about them changes with it, nor costs more.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from graphql import ExecutionResult, FieldNode, GraphQLSchema, OperationDefinitionNode, execute_sync

from gateway.core import problems
from gateway.core.caller import Caller
from gateway.core.errors import Refusal
from gateway.core.text import Text
from gateway.services.sharing.catalogue.list_resources import sees_catalogue
from schema.execution.documents import Documents, PreparedDocument
from schema.execution.reaching import asks_for_schema, reaches_typed
from schema.execution.traits import INTROSPECTION

_ALONE: Final = INTROSPECTION | {"__typename"}
_MIXED = Text(
    "查询 schema 的文档须只包含 __schema 与 __type，不含其他字段，顶层不用片段",
    "a document that asks for the schema selects __schema and __type at its top, no other fields and no fragments",
)


class Edition:
    """A schema, and the documents that were prepared by it.

    Args:
        schema: which is valid.
        typed: the names of the root fields that the catalogue has brought, by code of resource.
    """

    def __init__(self, schema: GraphQLSchema, typed: Mapping[str, str] | None = None) -> None:
        self.schema = schema
        self.typed: Mapping[str, str] = typed or {}
        self._documents = Documents(schema)

    def prepare(self, text: str, *, hide_suggestions: bool) -> PreparedDocument:
        """As Documents; where the catalogue has brought names there are too many of them to look for similar ones."""
        return self._documents.prepare(text, hide_suggestions=hide_suggestions or bool(self.typed))


class Editions:
    """The static edition, and the one that is current, which is the static one at first."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.static = Edition(schema)
        self.current = self.static
        self._introspecting = asyncio.Lock()

    def swap(self, edition: Edition) -> None:
        """From now on, documents are prepared by this one."""
        self.current = edition

    def of(self, text: str, caller: Caller) -> Edition:
        """By which a document of this text is prepared; to whom the catalogue is closed, its fields are not there."""
        is_concerned = reaches_typed(text) or asks_for_schema(text)
        return self.current if is_concerned and sees_catalogue(caller) else self.static

    async def introspect(
        self, prepared: PreparedDocument, chosen: OperationDefinitionNode, arguments: Mapping[str, Any]
    ) -> ExecutionResult:
        """What an operation that asks for the schema is told, beside the event loop and one at a time.

        It takes as long as the catalogue is large. An operation that asks for anything else is refused: BAD_INPUT.
        """
        for selection in chosen.selection_set.selections:
            if not isinstance(selection, FieldNode) or selection.name.value not in _ALONE:
                raise Refusal(problems.DOCUMENT_INVALID, reason=_MIXED)
        return await asyncio.shield(asyncio.create_task(self._introspect(prepared, arguments)))

    async def _introspect(self, prepared: PreparedDocument, arguments: Mapping[str, Any]) -> ExecutionResult:
        async with self._introspecting:
            return await asyncio.to_thread(execute_sync, prepared.schema, prepared.document, **arguments)
