"""Prove who calls, and hold up networks from which too much comes that proves nobody."""

from gateway.core import problems
from gateway.core.caller import Caller, Evidence
from gateway.core.errors import Refusal
from gateway.core.ports import CallerVerifier
from gateway.core.problems import ProblemCode
from gateway.core.rate import Admission


class VerifyCaller:
    """A CallerVerifier that counts failures per network; whoever proves himself is never held up by his neighbours."""

    def __init__(self, verifier: CallerVerifier, admission: Admission) -> None:
        self._verifier = verifier
        self._admission = admission

    async def verify(self, evidence: Evidence) -> Caller:
        """The caller whom the evidence names.

        Raises:
            Refusal: UNAUTHENTICATED if it proves nothing; LIMIT if its network has shown too much of that kind.
        """
        try:
            return await self._verifier.verify(evidence)
        except Refusal as refusal:
            theirs = (
                refusal.problem.code is ProblemCode.UNAUTHENTICATED and refusal.problem != problems.ISSUER_UNREACHABLE
            )
            if theirs and evidence.peer is not None:
                self._admission.note_stranger(evidence.peer)
            raise
