"""Documents: parsed, validated and measured once, then kept by their text.

The plan compiler will keep its plans beside the prepared document.
"""

import msgspec
from cachetools import LRUCache
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
    validate,
)

from gateway.core import problems
from gateway.core.errors import Refusal
from gateway.core.text import Text

_MOST_TOKENS = 4_000
_MOST_DEPTH = 16
_MOST_ROOT_FIELDS = 32
_MOST_ERRORS = 20
_KEPT = 1_000
_BIGGEST_KEPT = 50_000

_TOO_MANY_TOKENS = Text("超过 {limit} 个词元", "more than {limit} tokens").format(limit=_MOST_TOKENS)
_TOO_DEEP = Text("嵌套超过 {limit} 层", "nested deeper than {limit} levels").format(limit=_MOST_DEPTH)
_TOO_WIDE = Text("根字段超过 {limit} 个", "more than {limit} root fields").format(limit=_MOST_ROOT_FIELDS)


class PreparedDocument:
    """A valid document; ``selections`` remembers what was computed from its nodes."""

    def __init__(self, document: DocumentNode) -> None:
        self.document = document
        self.selections: LRUCache[object, frozenset[str]] = LRUCache(64)


class DocumentInvalid(Exception):
    """A document that the schema does not allow; ``errors`` say why, with locations."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        self.errors = errors
        super().__init__(errors[0].message)


class Documents:
    """A bounded cache of the prepared documents of one schema."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._prepared: LRUCache[str, PreparedDocument] = LRUCache(_KEPT)

    def prepare(self, query: str) -> PreparedDocument:
        """The prepared document of this text.

        Raises:
            DocumentInvalid: syntax or validation errors.
            Refusal: LIMIT, the document is too long, deep or wide.
        """
        prepared = self._prepared.get(query)
        if prepared is None:
            prepared = PreparedDocument(self._check(query))
            if len(query) <= _BIGGEST_KEPT:
                self._prepared[query] = prepared
        return prepared

    def _check(self, query: str) -> DocumentNode:
        try:
            document = parse(query, max_tokens=_MOST_TOKENS, allow_empty_selection_sets=False)
        except GraphQLError as error:
            if "token" in error.message and str(_MOST_TOKENS) in error.message:
                raise Refusal(problems.DOCUMENT_TOO_LARGE, reason=_TOO_MANY_TOKENS) from error
            raise DocumentInvalid([error]) from error
        measure = _Measure(document)
        for definition in document.definitions:
            if isinstance(definition, OperationDefinitionNode):
                measure.check(definition)
        if errors := validate(self._schema, document, max_errors=_MOST_ERRORS):
            raise DocumentInvalid(errors)
        return document


class _Size(msgspec.Struct, frozen=True):
    depth: int
    fields: int


class _Measure:
    """Depth and width of operations with fragments spread; measured before validation, so cycles are expected."""

    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._measured: dict[str, _Size] = {}

    def check(self, operation: OperationDefinitionNode) -> None:
        size = self._size(operation.selection_set, 0)
        if size.depth > _MOST_DEPTH:
            raise Refusal(problems.DOCUMENT_TOO_LARGE, reason=_TOO_DEEP)
        if size.fields > _MOST_ROOT_FIELDS:
            raise Refusal(problems.DOCUMENT_TOO_LARGE, reason=_TOO_WIDE)

    def _size(self, selections: SelectionSetNode, level: int) -> _Size:
        """Depth below ``selections`` and the number of fields at its own level."""
        if level > _MOST_DEPTH:
            raise Refusal(problems.DOCUMENT_TOO_LARGE, reason=_TOO_DEEP)
        depth = fields = 0
        for selection in selections.selections:
            if isinstance(selection, FieldNode):
                fields += 1
                below = self._size(selection.selection_set, level + 1).depth if selection.selection_set else 0
                depth = max(depth, 1 + below)
                continue
            if isinstance(selection, FragmentSpreadNode):
                size = self._fragment(selection.name.value, level)
            else:
                assert isinstance(selection, InlineFragmentNode), "the third and last kind of selection"
                size = self._size(selection.selection_set, level)
            depth, fields = max(depth, size.depth), fields + size.fields
        return _Size(depth, fields)

    def _fragment(self, name: str, level: int) -> _Size:
        if name not in self._measured:
            fragment = self._fragments.get(name)
            self._measured[name] = _Size(0, 0)  # a cycle ends here; validation reports it
            if fragment is not None:
                self._measured[name] = self._size(fragment.selection_set, level)
        return self._measured[name]
