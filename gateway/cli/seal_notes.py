"""What `yiwang seal sign` says on standard error of a document that it has sealed all the same."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from certs.documents import DocumentFormat, Trust, examine_document, format_of
from certs.examination import Verdict
from gateway.cli.seal_problems import FAILURES
from gateway.core.text import Text

_ENDINGS: Final = {f".{one}": one for one in DocumentFormat}
_NAMED = Text(
    "注意：{target} 的内容是 {form}，与扩展名不符",
    "note: {target} is written as {form}, as its source is: its name says otherwise",
)
_BROKEN = Text(
    "注意：{source} 中已有不成立的签章（{labels}），加盖新章不会使其成立",
    "note: {source} already bears signatures that do not hold ({labels}); sealing it again does not mend them",
)
_MOST_LABELS: Final = 5


def notes(source: Path, target: Path, trust: Trust, now: datetime) -> Iterator[Text]:
    """What speaks neither against sealing nor for silence: a misleading name, and signatures that did not hold before.

    Args:
        source: what was sealed.
        target: where to.
        trust: what is believed of the signatures that it had.
        now: the present time.
    """
    form = format_of(source)
    if _ENDINGS.get(target.suffix.lower(), form) is not form:
        yield _NAMED.format(target=target, form=form.upper())
    try:
        found = examine_document(source, trust, now)
    except FAILURES:  # it was sealed; what cannot be examined is for `verify` to say
        return
    broken = [one.label for one in found.signatures if one.verdict is Verdict.INVALID]
    if broken:
        yield _BROKEN.format(source=source, labels=", ".join(broken[:_MOST_LABELS]))
