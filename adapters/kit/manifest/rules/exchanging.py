"""Rules on exchanges: what may be done when a request was not answered, and what has to be told of one."""

from collections.abc import Iterator
from typing import Final

from adapters.kit.manifest.findings import Remark, shown
from adapters.kit.manifest.nodes import Kind, Node
from adapters.kit.manifest.rules.scene import Scene, remark, text_at
from adapters.kit.manifest.rules.values import leaves, meant_reference
from adapters.kit.manifest.sharing import SHARE_CORRECT, SHARE_CORRECTION, SHARE_REQUEST, SHARE_STATUS

_KEY: Final = "share.key"
_NEEDED: Final = {
    SHARE_REQUEST: ("exchange", "number", "申请编号", "the number of the request"),
    SHARE_STATUS: ("exchange", "standing", "办理情况", "how far the request is"),
    SHARE_CORRECT: ("correction", "number", "校核编号", "the number of the dispute"),
    SHARE_CORRECTION: ("correction", "standing", "办理情况", "how far the dispute is"),
}
_ASKED_BY: Final = {SHARE_REQUEST: SHARE_STATUS, SHARE_CORRECT: SHARE_CORRECTION}
"""What is sent, and by what it is asked for."""

_NEVER: Final = {
    SHARE_REQUEST: ("提交的申请无从查询", "a request can never be asked for"),
    SHARE_CORRECT: ("提交的校核无从查询", "a dispute can never be asked for"),
}


def exchange_says_how(scene: Scene) -> Iterator[Remark]:
    """What is sent says whether its key is taken once; a key is sent where that matters, and asked for as promised."""
    for name, operation in scene.operations.items():
        sent = text_at(operation, "serves") or ""
        if sent not in _ASKED_BY:
            continue
        asks = [one for one in scene.operations.values() if text_at(one, "serves") == _ASKED_BY[sent]]
        idempotent = operation.find("idempotent")
        if not asks:
            remedy = (f"声明一个提供 {_ASKED_BY[sent]} 的操作", f"declare an operation that serves {_ASKED_BY[sent]}")
            yield remark(operation.place, _NEVER[sent], remedy)
        if idempotent is None:
            what = (
                f"没有写明操作 {shown(name)} 无应答时能否重发",
                f"nothing says whether operation {shown(name)} may be sent again when there was no answer",
            )
            remedy = ("写 idempotent: true、false 或 query-first", "write idempotent: true, false or query-first")
            yield remark(operation.place, what, remedy)
            continue
        if idempotent.scalar is False:
            continue
        if _KEY not in _references(operation):
            what = (f"操作 {shown(name)} 没有用到 {_KEY}", f"operation {shown(name)} does not use {_KEY}")
            place = (operation.find("request") or operation).place
            yield remark(place, what, ("把幂等键写入请求", "put the idempotency key into the request"))
        if idempotent.text == "query-first" and not any(_KEY in _references(one) for one in asks):
            what = ("没有按键查询的操作", "no operation asks what became of a key")
            remedy = (
                f"声明一个提供 {_ASKED_BY[sent]} 且用到 {_KEY} 的操作",
                f"declare an operation that serves {_ASKED_BY[sent]} and uses {_KEY}",
            )
            yield remark(idempotent.at, what, remedy)


def exchange_tells_what_is_needed(scene: Scene) -> Iterator[Remark]:
    """The answer to what is sent has its number, that to a question for it how far it is."""
    for name, operation in scene.operations.items():
        needed = _NEEDED.get(text_at(operation, "serves") or "")
        if needed is None:
            continue
        section, key, zh, en = needed
        said = operation.find("response", section)
        if said is None or said.kind is not Kind.MAPPING or key in said.fields:
            continue
        what = (f"操作 {shown(name)} 没有写明{zh}", f"nothing says where {shown(name)} gives {en}")
        yield remark(said.place, what, (f"写 {key}", f"write {key}"))


def _references(operation: Node) -> set[str]:
    nodes = (leaf.reference for leaf in leaves(operation.find("request")))
    return {meant_reference(node.text) or "" for node in nodes if node is not None and node.text is not None}
