"""HTTP statuses of problems: by the problem where HTTP has a status for it, else by the class of its code."""

from collections.abc import Mapping
from typing import Any, Final

from gateway.core import problems
from gateway.core.problems import Problem, ProblemCode

OK: Final = 200
UNAUTHORIZED: Final = 401
METHOD_NOT_ALLOWED: Final = 405
NOBODY_READS: Final = 499
"""Status in the log of a request whose sender went away; nobody receives it."""

_BY_CODE: Final = {
    ProblemCode.UNAUTHENTICATED: UNAUTHORIZED,
    ProblemCode.FORBIDDEN: 403,
    ProblemCode.NOT_FOUND: 404,
    ProblemCode.CONFLICT: 409,
    ProblemCode.LIMIT: 413,
    ProblemCode.TIMEOUT: 504,
    ProblemCode.INTERNAL: 500,
}
_OTHERWISE: Final = 400
"""Also of documents that do not validate: the draft's 422 is younger than the audits and most clients."""
_BY_NUMBER: Final = {
    problems.METHOD_UNSUPPORTED.number: METHOD_NOT_ALLOWED,
    problems.GET_CHANGES_NOTHING.number: METHOD_NOT_ALLOWED,
    problems.GET_IS_PERSONAL.number: METHOD_NOT_ALLOWED,
    problems.NOT_ACCEPTABLE.number: 406,
    problems.ADDRESS_TOO_LONG.number: 414,
    problems.MEDIA_TYPE_UNSUPPORTED.number: 415,
    problems.ENCODING_UNSUPPORTED.number: 415,
    problems.STREAM_UNKNOWN.number: 404,
    problems.STREAM_TAKEN.number: 409,
    problems.OPERATION_ID_TAKEN.number: 409,
    problems.STREAMS_TOO_MANY.number: 429,
    problems.STREAM_OPERATIONS_TOO_MANY.number: 429,
    problems.STREAMS_ENDING.number: 503,
    problems.RATE_EXCEEDED.number: 429,
    problems.PROOFS_FAIL_TOO_OFTEN.number: 429,
    problems.HEADERS_TOO_LARGE.number: 431,
    problems.STORE_UNAVAILABLE.number: 503,
    problems.OVERLOADED.number: 503,
}
_OF_HTTP: Final = frozenset({problems.GET_CHANGES_NOTHING.number, problems.GET_IS_PERSONAL.number})
"""Found out from the document, but a matter of the HTTP request: the status is theirs for readers of JSON too."""


def status_of(problem: Problem) -> int:
    """The status of a request that was refused for this problem before its document was looked at."""
    return _BY_NUMBER.get(problem.number) or _BY_CODE.get(problem.code, _OTHERWISE)


def status_of_refused(body: Mapping[str, Any], *, reads_statuses: bool) -> int:
    """The status of a GraphQL response without data.

    Readers of plain JSON get 200: they take any other status for a failure of the transport.
    """
    extensions = body["errors"][0]["extensions"]
    number = extensions["number"]
    if not reads_statuses and number not in _OF_HTTP:
        return OK
    return _BY_NUMBER.get(number) or _BY_CODE.get(ProblemCode(extensions["code"]), _OTHERWISE)
