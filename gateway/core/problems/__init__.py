"""The catalogue of problems: every public error, its number, code, sentence and remedy.

A number is ``YW-<group>-<nn>`` and is never used for anything else again; docs/reference/errors.md is made of it.
"""

from gateway.core.problems.callers import *
from gateway.core.problems.catalogue import Problem, ProblemCode, catalogue, find_problem
from gateway.core.problems.documents import *
from gateway.core.problems.inputs import *
from gateway.core.problems.operations import *
from gateway.core.problems.requests import *
from gateway.core.problems.sealing import *
from gateway.core.problems.seals import *
from gateway.core.problems.share_catalogue import *
from gateway.core.problems.share_exchanges import *
from gateway.core.problems.share_exports import *
from gateway.core.problems.shared import *
from gateway.core.problems.shares import *
from gateway.core.problems.transfers import *
from gateway.core.problems.uses import *

__all__ = ["Problem", "ProblemCode", "catalogue", "find_problem"]
