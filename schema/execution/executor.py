"""The executor that the web is given: one operation in, one response out."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from enum import Enum
from typing import Any

import msgspec
import structlog
from graphql import (
    ExecutionResult,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    execute,
    get_operation_ast,
    subscribe,
)

from gateway.core import problems
from gateway.core.call import Call
from gateway.core.defects import trace
from gateway.core.errors import Refusal
from gateway.core.text import Text
from schema.context import Context, UseCases
from schema.execution.documents import DocumentInvalid, PreparedDocument
from schema.execution.editions import Editions
from schema.execution.introspection import Introspection
from schema.execution.limits import Limits
from schema.execution.rendering import render_document_error, render_field_error, render_refusal
from schema.execution.trusted import TrustedDocuments
from schema.execution.variables import variable_errors

_log = structlog.get_logger("schema")
_NO_OPERATION = Text(
    "文档中没有所指名称的操作", "the document has no operation of that name, or several and none is named"
)
_MOST_VARIABLE_ERRORS = 20
_MOST_FIELD_ERRORS = 100


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """A GraphQL request as its sender wrote it: the text of a document, or what names a trusted one.

    ``document_id`` is the request's documentId; ``extensions`` may name the document too. ``by_get`` tells that it came
    in an address, where neither changes nor personal data belong.
    """

    query: str | None = None
    operation_name: str | None = None
    variables: Mapping[str, Any] | None = None
    document_id: str | None = None
    extensions: Mapping[str, Any] | None = None
    by_get: bool = False


class Fate(Enum):
    """How far a request came: REFUSED before execution, or EXECUTED, with or without field errors."""

    REFUSED = "REFUSED"
    EXECUTED = "EXECUTED"


class Response(msgspec.Struct, frozen=True):
    """A GraphQL response: ``body`` has ``data`` and ``errors`` as the specification orders them.

    ``cost`` is what the operation was charged; None of one that was refused. ``changed`` tells that a mutation ran: its
    answer may hold a code or an id that opens something.
    """

    fate: Fate
    body: dict[str, Any]
    cost: int | None = None
    changed: bool = False


class Executor:
    """Runs operations, each by the edition of the schema that is current when it comes."""

    def __init__(
        self,
        editions: Editions,
        use_cases: UseCases,
        *,
        trusted: TrustedDocuments | None = None,
        limits: Limits | None = None,
        introspection: Introspection | None = None,
    ) -> None:
        self._introspection = introspection or Introspection()
        self._editions = editions
        self._use_cases = use_cases
        self._trusted = trusted or TrustedDocuments()
        self._limits = limits or Limits()

    async def execute(self, operation: Operation, call: Call) -> Response:
        """The response; nothing that happens inside an operation is raised here but cancellation."""
        prepared = self._prepare(operation, call)
        if isinstance(prepared, Response):
            return prepared
        if _choose(prepared, operation).operation is OperationType.SUBSCRIPTION:
            return _refused([render_refusal(Refusal(problems.STREAM_NEEDED), call.language)])
        return await self._execute(prepared, operation, call)

    async def subscribe(self, operation: Operation, call: Call) -> Response | AsyncGenerator[Response, None]:
        """What a stream carries: of a subscription a response per event, of anything else its one response.

        The generator ends with its source; close it to end it before. Like ``execute`` it raises nothing: what breaks
        the source is told in the last response.
        """
        prepared = self._prepare(operation, call)
        if isinstance(prepared, Response):
            return prepared
        if _choose(prepared, operation).operation is not OperationType.SUBSCRIPTION:
            return await self._execute(prepared, operation, call)
        result = subscribe(prepared.schema, prepared.document, **self._arguments(prepared, operation, call))
        if not isinstance(result, (ExecutionResult, AsyncIterator)):
            result = await result
        if isinstance(result, ExecutionResult):  # no event came of it, so there is no data, not even null
            errors = self._response(result, prepared, operation, call).body["errors"]
            return _refused(errors)
        return self._responses(result, prepared, operation, call)

    def _prepare(self, operation: Operation, call: Call) -> PreparedDocument | Response:
        """The document, in which there is an operation to choose, or the response that refuses it."""
        try:
            text = self._trusted.text(operation.query, operation.document_id, operation.extensions, call.caller)
            may_introspect = self._introspection.allows(call.caller)
            edition = self._editions.of(text, call.caller)
            prepared = edition.prepare(text, hide_suggestions=not may_introspect)
            chosen = _choose(prepared, operation)
            if prepared.traits.introspects:
                _check_introspection(allowed=may_introspect)
            if operation.by_get:
                _check_get(prepared, chosen)
            self._limits.admit(prepared, chosen, operation.variables or {}, call.caller)
        except DocumentInvalid as invalid:
            return _refused([render_document_error(error, call.language) for error in invalid.errors])
        except Refusal as refusal:
            return _refused([render_refusal(refusal, call.language)])
        return prepared

    async def _execute(self, prepared: PreparedDocument, operation: Operation, call: Call) -> Response:
        arguments = self._arguments(prepared, operation, call)
        if prepared.traits.introspects and prepared.schema is not self._editions.static.schema:
            try:
                told = await self._editions.introspect(prepared, _choose(prepared, operation), arguments)
            except Refusal as refusal:
                return _refused([render_refusal(refusal, call.language)])
            return self._response(told, prepared, operation, call)
        result = execute(prepared.schema, prepared.document, **arguments)
        if not isinstance(result, ExecutionResult):
            result = await result
        return self._response(result, prepared, operation, call)

    async def _responses(
        self, results: AsyncIterator[ExecutionResult], prepared: PreparedDocument, operation: Operation, call: Call
    ) -> AsyncGenerator[Response, None]:
        async with aclosing(results):  # type: ignore[type-var] # it is a generator, declared as less
            try:
                async for result in results:
                    yield self._response(result, prepared, operation, call)
            except Exception as error:  # noqa: BLE001 - a source may break with anything; its reader learns that it did
                broken = error if isinstance(error, GraphQLError) else GraphQLError("", original_error=error)
                yield _refused([self._render(broken, call)])

    def _arguments(self, prepared: PreparedDocument, operation: Operation, call: Call) -> dict[str, Any]:
        return {
            "context_value": Context(call, prepared, self._use_cases, self._editions.current.typed),
            "variable_values": dict(operation.variables or {}),
            "max_coercion_errors": _MOST_VARIABLE_ERRORS,
            "operation_name": operation.operation_name,
        }

    def _response(
        self, result: ExecutionResult, prepared: PreparedDocument, operation: Operation, call: Call
    ) -> Response:
        if result.errors and result.data is None and all(error.path is None for error in result.errors):
            errors = list(
                variable_errors(prepared.schema, prepared.document, operation.operation_name, operation.variables or {})
            )
            return _refused([render_document_error(error, call.language) for error in errors[:_MOST_VARIABLE_ERRORS]])
        body: dict[str, Any] = {"data": result.data}
        if result.errors:
            body = {"errors": [self._render(error, call) for error in result.errors[:_MOST_FIELD_ERRORS]], **body}
        chosen = _choose(prepared, operation)
        cost = prepared.costs.of(chosen, operation.variables or {})
        return Response(Fate.EXECUTED, body, cost, changed=chosen.operation is OperationType.MUTATION)

    def _render(self, error: GraphQLError, call: Call) -> dict[str, Any]:
        rendered = render_field_error(error, call.request_id, call.language)
        if rendered.defect is not None:
            _log.error("field.defect", request_id=call.request_id, path=error.path, trace=trace(rendered.defect))
        return rendered.body


def _choose(prepared: PreparedDocument, operation: Operation) -> OperationDefinitionNode:
    chosen = get_operation_ast(prepared.document, operation.operation_name)
    if chosen is None:
        raise Refusal(problems.DOCUMENT_INVALID, "operationName", reason=_NO_OPERATION)
    return chosen


def _check_introspection(*, allowed: bool) -> None:
    if not allowed:
        raise Refusal(problems.INTROSPECTION_REFUSED)


def _check_get(prepared: PreparedDocument, chosen: OperationDefinitionNode) -> None:
    if chosen.operation is OperationType.MUTATION:
        raise Refusal(problems.GET_CHANGES_NOTHING)
    if prepared.traits.personal:
        raise Refusal(problems.GET_IS_PERSONAL)


def _refused(errors: list[dict[str, Any]]) -> Response:
    return Response(Fate.REFUSED, {"errors": errors})
