"""The timestamps in an export of the audit, examined against authorities that the reader trusts."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from certs.documents import Trust
from certs.examination import worst_step
from certs.timestamps import Imprint, examine_token
from certs.x509 import Hash
from gateway.core.audit.findings import Report, Step, Verdict
from gateway.core.text import Text

NUMBER: Final = 9
"""Of the step, behind those of ``gateway.core.audit.examine``."""

SUFFIX: Final = ".tst"
NAME: Final = "timestamps"
_NONE: Final = Text("检查点均未加盖时间戳", "no checkpoint bears a timestamp")
_SOME: Final = Text("{count} 个时间戳成立，最早 {first}", "{count} timestamps hold, the first of {first}")
_WRONG: Final = Text("{name}：{reason}", "{name}: {reason}")
_LOST: Final = Text("时间戳所属的检查点缺失", "the checkpoint of a timestamp is missing")
_SAID: Final = {"VALID": Verdict.VALID, "INVALID": Verdict.INVALID}
"""What is not known and what cannot be judged are alike here."""


def stamps_of(files: Mapping[str, bytes]) -> list[str]:
    """The names of the timestamps of an export."""
    return sorted(name for name in files if name.startswith("checkpoints/") and name.endswith(SUFFIX))


def examine_stamps(files: Mapping[str, bytes], folder: Path, now: datetime) -> Step:
    """Whether every timestamp is over its checkpoint, by an authority whose chain ends in the folder of trust.

    Raises:
        ConfigurationInvalid: the folder cannot be read.
    """
    trust = Trust.read(folder)
    found, times = [], []
    for name in stamps_of(files):
        record = files.get(name.removesuffix(SUFFIX))
        if record is None:
            return Step(NUMBER, NAME, Verdict.INVALID, _LOST)
        about = Imprint.of(record, Hash.SHA256)
        judged = examine_token(
            files[name], about, trust.anchors, now, certificates=trust.between, evidence=trust.evidence
        )
        found.append((name, judged.step))
        if judged.time is not None:
            times.append(judged.time)
    if not found:
        return Step(NUMBER, NAME, Verdict.UNDECIDED, _NONE)
    worst = worst_step(step for _, step in found)
    verdict = _SAID.get(worst.verdict.value, Verdict.UNDECIDED)
    if verdict is Verdict.VALID:
        first = min(times).isoformat(timespec="seconds")
        return Step(NUMBER, NAME, verdict, _SOME.format(count=len(found), first=first))
    name = next(name for name, step in found if step is worst)
    said = Text(
        _WRONG.zh.format(name=name, reason=worst.message.zh), _WRONG.en.format(name=name, reason=worst.message.en)
    )
    return Step(NUMBER, NAME, verdict, said)


def with_stamps(report: Report, step: Step) -> Report:
    """The report with this step; INVALID counts before UNDECIDED."""
    verdicts = {report.verdict, step.verdict}
    verdict = next((one for one in (Verdict.INVALID, Verdict.UNDECIDED) if one in verdicts), Verdict.VALID)
    return Report(verdict, (*report.steps, step))
