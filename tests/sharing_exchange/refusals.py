from typing import Any

import pytest

from gateway.core.errors import Refusal
from gateway.core.problems import Problem


async def refused(problem: Problem, attempt: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        await attempt
    assert caught.value.problem is problem, caught.value.problem.number
    return caught.value
