"""What an operation may bring and cost before it is carried out."""

from collections.abc import Mapping
from typing import Any, Final

from graphql import OperationDefinitionNode

from gateway.core import problems
from gateway.core.caller import Caller
from gateway.core.errors import Refusal
from gateway.core.rate import Admission
from schema.execution.documents import PreparedDocument
from schema.execution.inputs import check_variables

COST_LIMIT: Final = 100_000


class Limits:
    """The limits of one gateway. ``admission`` hears what operations cost; the web has asked it about the request."""

    def __init__(self, cost: int = COST_LIMIT, admission: Admission | None = None) -> None:
        self._cost = cost
        self._admission = admission

    def admit(
        self,
        prepared: PreparedDocument,
        operation: OperationDefinitionNode,
        variables: Mapping[str, Any],
        caller: Caller,
    ) -> int:
        """The cost of the operation, which has been charged.

        Raises:
            Refusal: LIMIT, for the variables or for the cost.
        """
        check_variables(variables)
        cost = prepared.costs.of(operation, variables)
        if cost > self._cost:
            raise Refusal(problems.COST_TOO_HIGH, cost=cost, limit=self._cost)
        if self._admission is not None:
            self._admission.spend(caller, cost)
        return cost
