"""The clocks of a request: what its steps do to them, and the runs that the deadlines are counted for."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

import msgspec

from gateway.core.sharing.deadlines import Pause, Run, Stage
from gateway.core.sharing.resources import SharingType
from gateway.core.sharing.steps import ENDED, Action, Effect, Mark, RequestState, Step

_STAGES: Final = {
    RequestState.OWN_APPROVAL: Stage.OWN_APPROVAL,
    RequestState.SUBMITTED: Stage.COMPLIANCE,
    RequestState.COMPLIANCE: Stage.COMPLIANCE,
    RequestState.WITH_PROVIDER: Stage.DECISION,
    RequestState.APPROVED: Stage.DELIVERY,
    RequestState.PARTLY_APPROVED: Stage.DELIVERY,
}


def marks_of(
    action: Action,
    before: RequestState,
    after: RequestState,
    sharing: SharingType,
    waiting: Iterable[RequestState | None],
) -> tuple[Mark, ...]:
    """What a step does to the clocks of a request.

    Args:
        action: the step, from the state ``before`` to the state ``after``.
        before: likewise.
        after: likewise.
        sharing: how the resource is shared, as of the step.
        waiting: states to which the request is to come back, so that their clocks stand still.
    """
    now, then = _stage(sharing, before), _stage(sharing, after)
    standing = {stage for stage in (_stage(sharing, state) for state in waiting) if stage is not None}
    if action is Action.EXTEND:
        return _marks(Effect.EXTEND, now)
    if action is Action.DELIVER:
        return _marks(Effect.END, now)
    if after is RequestState.RETURNED:
        return _marks(Effect.STOP, now)
    if after in ENDED and then is None:
        return tuple(Mark(stage, Effect.END) for stage in sorted(standing | ({now} if now else set())))
    if now is then:
        return ()
    return (*_marks(Effect.END, now), *_marks(Effect.RESUME if then in standing else Effect.START, then))


def runs_of(steps: Iterable[Step], begin: Callable[[Stage, datetime], Run]) -> tuple[Run, ...]:
    """The stages that these steps went through, in the order in which they began; ``begin`` makes one that begins."""
    runs: list[Run] = []
    for step in steps:
        for mark in step.marks:
            if mark.effect is Effect.START:
                runs.append(begin(mark.stage, step.at))
            else:
                place = max(place for place, run in enumerate(runs) if run.stage is mark.stage)
                runs[place] = _after(runs[place], mark.effect, step.at)
    return tuple(runs)


def _after(run: Run, effect: Effect, at: datetime) -> Run:
    if effect is Effect.STOP:
        return msgspec.structs.replace(run, pauses=(*run.pauses, Pause(at)))
    if effect is Effect.EXTEND:
        return msgspec.structs.replace(run, extended=True)
    over = tuple(Pause(pause.since, pause.until or at) for pause in run.pauses)
    if effect is Effect.RESUME:
        return msgspec.structs.replace(run, pauses=over)
    return msgspec.structs.replace(run, pauses=over, ended=at)


def _stage(sharing: SharingType, state: RequestState | None) -> Stage | None:
    """What is waited for in a state: of what is shared unconditionally nothing is checked before it is opened."""
    if state is RequestState.SUBMITTED and sharing is SharingType.UNCONDITIONAL:
        return Stage.DECISION
    return None if state is None else _STAGES.get(state)


def _marks(effect: Effect, stage: Stage | None) -> tuple[Mark, ...]:
    return () if stage is None else (Mark(stage, effect),)
