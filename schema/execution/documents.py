"""Documents: parsed, validated and measured once, then kept by their text.

The plan compiler will keep its plans beside the prepared document.
"""

from cachetools import LRUCache
from graphql import DocumentNode, GraphQLError, GraphQLSchema, parse, validate

from gateway.core import problems
from gateway.core.errors import Refusal
from schema.execution.cost import Costs
from schema.execution.measuring import MOST_TOKENS, TOO_MANY_TOKENS, measure, measure_text
from schema.execution.traits import Traits, traits_of

_MOST_ERRORS = 20
_KEPT_CHARACTERS = 500_000
"""Of all texts together: a prepared document takes about a hundred times its text."""


class PreparedDocument:
    """A document, valid by ``schema``; ``costs`` and ``selections`` remember what was computed from its nodes."""

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, costs: Costs, traits: Traits, characters: int
    ) -> None:
        self.schema = schema
        self.document = document
        self.traits = traits
        self.characters = characters
        self.costs = costs
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
        self._prepared: LRUCache[str, PreparedDocument] = LRUCache(
            _KEPT_CHARACTERS, lambda prepared: prepared.characters
        )

    def prepare(self, query: str, *, hide_suggestions: bool = False) -> PreparedDocument:
        """The prepared document of this text.

        Args:
            query: the text.
            hide_suggestions: whether errors keep to themselves which names the schema has in place of wrong ones.

        Raises:
            DocumentInvalid: syntax or validation errors.
            Refusal: LIMIT, the document is over one of the limits of ``measuring``.
        """
        prepared = self._prepared.get(query)
        if prepared is None:
            document = self._check(query, hide_suggestions=hide_suggestions)
            costs, traits = Costs(self._schema, document), traits_of(self._schema, document)
            prepared = PreparedDocument(self._schema, document, costs, traits, len(query))
            self._prepared[query] = prepared
        return prepared

    def _check(self, query: str, *, hide_suggestions: bool) -> DocumentNode:
        document = read_document(query)
        errors = validate(self._schema, document, max_errors=_MOST_ERRORS, hide_suggestions=hide_suggestions)
        if errors:
            raise DocumentInvalid(errors)
        return document


def read_document(query: str) -> DocumentNode:
    """The document of this text, parsed and measured, by no schema.

    Raises:
        DocumentInvalid: syntax errors.
        Refusal: LIMIT for a document that is too large.
    """
    measure_text(query)
    try:
        document = parse(query, max_tokens=MOST_TOKENS, allow_empty_selection_sets=False)
    except GraphQLError as error:
        if "token" in error.message and str(MOST_TOKENS) in error.message:
            raise Refusal(problems.DOCUMENT_TOO_LARGE, reason=TOO_MANY_TOKENS) from error
        raise DocumentInvalid([error]) from error
    measure(document)
    return document
