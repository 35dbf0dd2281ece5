"""The executor that the web is given: one operation in, one response out."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

import msgspec
import structlog
from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    execute,
    get_operation_ast,
)

from gateway.core import problems
from gateway.core.call import Call
from gateway.core.defects import trace
from gateway.core.errors import Refusal
from gateway.core.text import Text
from schema.context import Context, UseCases
from schema.execution.documents import DocumentInvalid, Documents, PreparedDocument
from schema.execution.rendering import render_document_error, render_field_error, render_refusal
from schema.execution.variables import variable_errors

_log = structlog.get_logger("schema")
_NO_OPERATION = Text(
    "文档中没有所指名称的操作", "the document has no operation of that name, or several and none is named"
)
_MOST_VARIABLE_ERRORS = 20


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """A GraphQL request as its sender wrote it."""

    query: str
    operation_name: str | None = None
    variables: Mapping[str, Any] | None = None


class Fate(Enum):
    """How far a request came: REFUSED before execution, or EXECUTED, with or without field errors."""

    REFUSED = "REFUSED"
    EXECUTED = "EXECUTED"


class Response(msgspec.Struct, frozen=True):
    """A GraphQL response: ``body`` has ``data`` and ``errors`` as the specification orders them."""

    fate: Fate
    body: dict[str, Any]


class Executor:
    """Runs operations against one schema."""

    def __init__(self, schema: GraphQLSchema, use_cases: UseCases) -> None:
        self._schema = schema
        self._use_cases = use_cases
        self._documents = Documents(schema)

    async def execute(self, operation: Operation, call: Call) -> Response:
        """The response; nothing that happens inside an operation is raised here but cancellation."""
        try:
            prepared = self._documents.prepare(operation.query)
            _choose(prepared, operation)
        except DocumentInvalid as invalid:
            return _refused([render_document_error(error, call.language) for error in invalid.errors])
        except Refusal as refusal:
            return _refused([render_refusal(refusal, call.language)])
        result = execute(
            self._schema,
            prepared.document,
            context_value=Context(call, prepared, self._use_cases),
            variable_values=dict(operation.variables or {}),
            max_coercion_errors=_MOST_VARIABLE_ERRORS,
            operation_name=operation.operation_name,
        )
        if not isinstance(result, ExecutionResult):
            result = await result
        if result.errors and result.data is None and all(error.path is None for error in result.errors):
            errors = list(
                variable_errors(self._schema, prepared.document, operation.operation_name, operation.variables or {})
            )
            return _refused([render_document_error(error, call.language) for error in errors[:_MOST_VARIABLE_ERRORS]])
        body: dict[str, Any] = {"data": result.data}
        if result.errors:
            body = {"errors": [self._render(error, call) for error in result.errors], **body}
        return Response(Fate.EXECUTED, body)

    def _render(self, error: GraphQLError, call: Call) -> dict[str, Any]:
        rendered = render_field_error(error, call.request_id, call.language)
        if rendered.defect is not None:
            _log.error("field.defect", request_id=call.request_id, path=error.path, trace=trace(rendered.defect))
        return rendered.body


def _choose(prepared: PreparedDocument, operation: Operation) -> None:
    if get_operation_ast(prepared.document, operation.operation_name) is None:
        raise Refusal(problems.DOCUMENT_INVALID, "operationName", reason=_NO_OPERATION)


def _refused(errors: list[dict[str, Any]]) -> Response:
    return Response(Fate.REFUSED, {"errors": errors})
