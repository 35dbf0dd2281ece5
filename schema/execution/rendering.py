"""Errors in one form: sentence, code, number, field and remedy, and never the value that was at fault."""

import re
from typing import Any

import msgspec
from graphql import GraphQLError, ValueNode, print_ast

from gateway.core import problems
from gateway.core.errors import Refusal, StoreUnavailable
from gateway.core.problems import ProblemCode
from gateway.core.text import Language, Text

_LONGEST_REASON = 300
_HIDDEN = "…"
_WORDS = {problems.DOCUMENT_UNKNOWN.number: "PersistedQueryNotFound"}
"""Messages that are words of a protocol: clients of Apollo's compare this one, in whatever language they ask."""
_QUOTED_TOKEN = re.compile(r"\b(Int|Float|String|BlockString) (['\"]).*\2", re.DOTALL)
"""How the parser quotes a literal that it did not expect."""
_ARGUMENT = Text("参数的值不符合其类型", "an argument does not fit its type")


class Rendered(msgspec.Struct, frozen=True):
    """An error as it leaves, and the defect behind it if it was none of the caller's doing."""

    body: dict[str, Any]
    defect: BaseException | None = None


def render_refusal(refusal: Refusal, language: Language) -> dict[str, Any]:
    """A refusal as a GraphQL error without a place in the document."""
    extensions: dict[str, Any] = {
        "code": refusal.problem.code.value,
        "number": refusal.problem.number,
        "remedy": refusal.remedy(language),
    }
    if refusal.field is not None:
        extensions["field"] = refusal.field
    if refusal.problem.code is ProblemCode.LIMIT and "seconds" in refusal.values:
        extensions["retryAfter"] = refusal.values["seconds"]
    message = _WORDS.get(refusal.problem.number) or refusal.message(language)
    return {"message": message, "extensions": extensions}


def render_document_error(error: GraphQLError, language: Language) -> dict[str, Any]:
    """An error of the document itself, in the library's words but without the literals that it quotes."""
    refusal = _refusal_behind(error) or Refusal(
        problems.DOCUMENT_INVALID, reason=_without_literals(error)[:_LONGEST_REASON]
    )
    return _with_place(render_refusal(refusal, language), error)


def render_field_error(error: GraphQLError, request_id: str, language: Language) -> Rendered:
    """An error that a field raised: a refusal, or a defect of which the caller learns only the request's number."""
    refusal = _refusal_behind(error)
    if refusal is not None:
        return Rendered(_with_place(render_refusal(refusal, language), error))
    if _is_about_argument(error):
        refusal = Refusal(problems.DOCUMENT_INVALID, reason=_ARGUMENT)
        return Rendered(_with_place(render_refusal(refusal, language), error))
    defect = Refusal(problems.DEFECT, request_id=request_id)
    if isinstance(error.original_error, StoreUnavailable):
        defect = Refusal(problems.STORE_UNAVAILABLE)
    return Rendered(_with_place(render_refusal(defect, language), error), error.original_error or error)


def _without_literals(error: GraphQLError) -> str:
    """The message, but for literals: where a value is at fault it may be somebody's number."""
    message = _QUOTED_TOKEN.sub(r"\1", error.message)
    for node in error.nodes or ():
        if isinstance(node, ValueNode):
            literal = print_ast(node)
            message = message.replace(f"'{literal}'", _HIDDEN).replace(literal, _HIDDEN)
    return message


def _is_about_argument(error: GraphQLError) -> bool:
    """Whether the library refused an argument when its variables were known: it names the nodes, a value does not."""
    cause = error.original_error
    return isinstance(cause, GraphQLError) and cause.original_error is None and bool(cause.nodes)


def _refusal_behind(error: BaseException | None) -> Refusal | None:
    """The refusal that the libraries between have wrapped, however often."""
    while error is not None:
        if isinstance(error, Refusal):
            return error
        error = (error.original_error if isinstance(error, GraphQLError) else None) or error.__cause__
    return None


def _with_place(body: dict[str, Any], error: GraphQLError) -> dict[str, Any]:
    if error.locations:
        body["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    if error.path:
        body["path"] = list(error.path)
    return body
