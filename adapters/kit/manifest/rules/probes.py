"""Rules on test subjects and the probe: that they exist, fit each other, change nothing and stay within bounds."""

from collections.abc import Iterator
from typing import Final

from pydantic_core import PydanticCustomError

from adapters.kit.manifest.findings import Remark, closest, listed, shown
from adapters.kit.manifest.measures import seconds
from adapters.kit.manifest.model import Limits
from adapters.kit.manifest.nodes import Kind, Node
from adapters.kit.manifest.probes import ABOUT
from adapters.kit.manifest.rules.scene import SCAN, Scene, remark, text_at
from adapters.kit.manifest.rules.values import leaves, meant_reference
from gateway.core.outcome import Outcome

MIN_EVERY: Final = 2.0
MAX_EVERY: Final = 3600.0
_OK, _NOT_FOUND = Outcome.OK.value, Outcome.NOT_FOUND.value
_DEFAULT_DEADLINE: Final = Limits().deadline


def subjects_are_one_thing(scene: Scene) -> Iterator[Remark]:
    """A subject is exactly one thing; a licence has a name; only scans are shown by a clerk."""
    for subject in scene.root.below("subjects").values():
        if subject.kind is not Kind.MAPPING:
            continue
        said = [name for name in ABOUT if name in subject.fields]
        if len(said) != 1:
            what = ("测试对象须且只能是一种", "a subject is exactly one thing")
            yield remark(subject.place, what, (f"写 {listed(ABOUT)} 之一", f"write one of {listed(ABOUT)}"))
        licence = subject.find("licence")
        if (
            licence is not None
            and licence.kind is Kind.MAPPING
            and not {"identifier", "number"} & licence.fields.keys()
        ):
            what = ("测试证照没有 identifier 也没有 number", "the licence has neither identifier nor number")
            yield remark(licence.place, what, ("至少写其中之一", "write at least one of them"))
        clerk = subject.find("clerk")
        if clerk is not None and "scan" not in subject.fields:
            what = ("clerk 只与 scan 同用", "clerk goes with scan only")
            yield remark(clerk.place, what, ("删去", "take it away"))


def probe_names_exist(scene: Scene) -> Iterator[Remark]:
    """The probe calls an operation there is, for a subject there is."""
    for key, names, what in (
        ("operation", scene.operations, ("没有这个操作", "there is no such operation")),
        ("subject", scene.root.below("subjects"), ("没有这个测试对象", "there is no such subject")),
    ):
        node = scene.root.find("probe", key)
        if node is None or node.text is None or node.text in names:
            continue
        remedy = (f"已声明：{listed(names)}", f"there are {listed(names)}")
        if not names:
            remedy = ("在清单中声明", "declare it")
        yield remark(node.at, what, remedy, closest(node.text, names))


def probe_asks_for_its_subject(scene: Scene) -> Iterator[Remark]:
    """The operation asks for what the subject is."""
    operation, subject = _probed(scene)
    node = scene.root.find("probe", "subject")
    if operation is None or subject is None or node is None:
        return
    about = next((name for name in ABOUT if name in subject.fields), None)
    references = (leaf.reference for leaf in leaves(operation.find("request")))
    used = {
        meant_reference(each.text) or each.text for each in references if each is not None and each.text is not None
    }
    if about is not None and not any(each.partition(".")[0] == about for each in used):
        what = (f"所探测的操作不查询 {about}", f"the operation that is probed asks for no {about}")
        yield remark(node.at, what, ("换一个测试对象或操作", "use another subject or another operation"))


def probe_changes_nothing(scene: Scene) -> Iterator[Remark]:
    """A probe is a read; the one exception is a scan that stands for nobody, which cannot be used up."""
    operation, _ = _probed(scene)
    node = scene.root.find("probe", "operation")
    if operation is None or node is None:
        return
    safe = operation.find("safe")
    if safe is not None and safe.scalar is True:
        return
    if text_at(operation, "serves") != SCAN:
        what = ("探测的操作须为 safe", "an operation that is probed is safe")
        yield remark(node.at, what, ("换一个只读操作", "use an operation that only reads"))
        return
    expect = scene.root.find("probe", "expect")
    named = [element.text for element in expect.elements] if expect is not None else [_OK]
    if named != [_NOT_FOUND]:
        place = node.at if expect is None else expect.at
        what = ("探测扫码时只能期望 NOT_FOUND", "a probe of scans expects NOT_FOUND alone")
        yield remark(
            place,
            what,
            ("写 expect: [NOT_FOUND]，扫码不得代表任何人", "write expect: [NOT_FOUND]; the code is nobody's"),
        )


def probe_is_bounded(scene: Scene) -> Iterator[Remark]:
    """Probes come neither too often nor too seldom, and none waits longer than a caller would."""
    every, deadline, slow = (_seconds(scene.root.find("probe", name)) for name in ("every", "deadline", "slow"))
    if every is not None and not MIN_EVERY <= every[1] <= MAX_EVERY:
        what = ("探测间隔须在 2s 至 1h 之间", "probes come every 2s to 1h")
        yield remark(every[0].at, what, ("写 2s 至 1h 的值", "write a duration from 2s to 1h"))
    limit = _seconds(scene.root.find("limits", "deadline"))
    most = _DEFAULT_DEADLINE if limit is None else limit[1]
    for bounded in (deadline, slow):
        if bounded is not None and not 0 < bounded[1] <= most:
            what = ("须大于 0，且不超过 limits 的 deadline", "more than nothing and at most the deadline of limits")
            yield remark(bounded[0].at, what, ("写更小的时长", "write a shorter duration"))


def credential_codes_are_refusals(scene: Scene) -> Iterator[Remark]:
    """A code that refuses our credentials is one that means DENIED."""
    tables = [scene.root.below("outcomes"), *(operation.below("outcomes") for operation in scene.operations.values())]
    denied = {code for table in tables for code, node in table.items() if node.text == Outcome.DENIED.value}
    listed_codes = scene.root.find("credentialCodes")
    for element in listed_codes.elements if listed_codes is not None else ():
        if element.text is not None and element.text not in denied:
            what = (f"代码 {shown(element.text)} 的含义不是 DENIED", f"code {shown(element.text)} does not mean DENIED")
            yield remark(
                element.at, what, ("在 outcomes 中写作 DENIED，或删去", "map it to DENIED in outcomes or take it away")
            )


def _probed(scene: Scene) -> tuple[Node | None, Node | None]:
    """The operation and the subject that the probe names, those that exist."""
    probe = scene.root.find("probe")
    if probe is None:
        return None, None
    operation, subject = text_at(probe, "operation"), text_at(probe, "subject")
    found = scene.root.below("subjects").get(subject or "")
    return scene.operations.get(operation or ""), found if found is not None and found.kind is Kind.MAPPING else None


def _seconds(node: Node | None) -> tuple[Node, float] | None:
    if node is None:
        return None
    try:
        return node, seconds(node.scalar)
    except PydanticCustomError:  # not of the form: the schema's finding
        return None
