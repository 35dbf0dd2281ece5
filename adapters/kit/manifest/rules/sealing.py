"""Rules on sealing: what may be done when a platform did not answer, what is sent, and what comes back."""

from collections.abc import Iterator
from typing import Final

from adapters.kit.manifest.findings import Remark, shown
from adapters.kit.manifest.nodes import Kind, Node
from adapters.kit.manifest.references import DOCUMENT
from adapters.kit.manifest.rules.scene import Scene, remark, text_at
from adapters.kit.manifest.rules.values import leaves, meant_reference
from adapters.kit.manifest.sealing import QUERY, SIGN
from adapters.kit.manifest.sharing import SHARE_CORRECT, SHARE_REQUEST

_KEY: Final = "sealing.key"
_SENT: Final = {"document": frozenset({DOCUMENT}), "digest": frozenset({"sealing.digest", "sealing.digestHex"})}
_GIVEN: Final = {"document": frozenset({"document", "documentUrl"}), "digest": frozenset({"signature"})}
_LENGTHS: Final = frozenset({"sealing.x", "sealing.y"})
_TAKE_AWAY: Final = ("删去", "take it away")


def sealing_says_how(scene: Scene) -> Iterator[Remark]:
    """What seals says in which modes, each mode once, and whether a key is sealed once; nothing else says that."""
    seen: set[str] = set()
    delivery: object = None
    for name, operation in scene.operations.items():
        modes, idempotent = operation.find("modes"), operation.find("idempotent")
        if text_at(operation, "serves") != SIGN:
            if modes is not None:
                what = ("只用于提供 SealService.sign 的操作", "this is for operations that serve SealService.sign")
                yield remark(modes.place, what, _TAKE_AWAY)
            if idempotent is not None and text_at(operation, "serves") not in {SHARE_REQUEST, SHARE_CORRECT}:
                what = (
                    f"只用于提供 {SIGN}、{SHARE_REQUEST} 或 {SHARE_CORRECT} 的操作",
                    f"this is for operations that serve {SIGN}, {SHARE_REQUEST} or {SHARE_CORRECT}",
                )
                yield remark(idempotent.place, what, _TAKE_AWAY)
            continue
        if not _modes(operation):
            what = (f"操作 {shown(name)} 没有写明 modes", f"nothing says what operation {shown(name)} is sent")
            remedy = ("写 modes: [document]、[digest] 或二者", "write modes: [document], [digest] or both")
            yield remark(operation.place if modes is None else modes.at, what, remedy)
        for mode, node in _modes(operation).items():
            if mode in seen:
                what = ("另一操作已按此方式盖章", "another operation seals in this mode already")
                yield remark(node.at, what, ("每种方式只由一个操作提供", "let one operation serve each mode"))
            seen.add(mode)
        if idempotent is None:
            what = (
                f"没有写明操作 {shown(name)} 无应答时能否重发",
                f"nothing says whether operation {shown(name)} may be sent again when there was no answer",
            )
            remedy = ("写 idempotent: true、false 或 query-first", "write idempotent: true, false or query-first")
            yield remark(operation.place, what, remedy)
        elif delivery is not None and idempotent.scalar != delivery:
            what = ("与另一盖章操作所写不同", "the other operation that seals says otherwise")
            yield remark(idempotent.at, what, ("各盖章操作写同一值", "let all that seal say the same"))
        else:
            delivery = idempotent.scalar


def sealing_asks_for_what_it_needs(scene: Scene) -> Iterator[Remark]:
    """What is sealed is sent; a key is sent where it is sealed once, and can be asked for where that is promised."""
    queries = [one for one in scene.operations.values() if text_at(one, "serves") == QUERY]
    for name, operation in _signing(scene):
        used = _references(operation)
        place = (operation.find("request") or operation).place
        for mode in _modes(operation):
            if not used & _SENT[mode]:
                words = " 或 ".join(sorted(_SENT[mode])), " or ".join(sorted(_SENT[mode]))
                what = (f"操作 {shown(name)} 没有用到 {words[0]}", f"operation {shown(name)} does not use {words[1]}")
                yield remark(place, what, ("把要盖章的内容写入请求", "put what is to be sealed into the request"))
        idempotent = operation.find("idempotent")
        if idempotent is None or idempotent.scalar is False:
            continue
        if _KEY not in used:
            what = (f"操作 {shown(name)} 没有用到 {_KEY}", f"operation {shown(name)} does not use {_KEY}")
            yield remark(place, what, ("把幂等键写入请求", "put the idempotency key into the request"))
        if idempotent.text == "query-first" and not any(_KEY in _references(query) for query in queries):
            what = ("没有按键查询的操作", "no operation asks what became of a key")
            remedy = (
                f"声明一个提供 {QUERY} 且用到 {_KEY} 的操作",
                f"declare an operation that serves {QUERY} and uses {_KEY}",
            )
            yield remark(idempotent.at, what, remedy)


def sealing_gives_something(scene: Scene) -> Iterator[Remark]:
    """What is sealed comes back: at once, or where it is pending to a query."""
    queries = [one for one in scene.operations.values() if text_at(one, "serves") == QUERY]
    later = {key for query in queries for key in query.below("response", "sealing")}
    for name, operation in _signing(scene):
        sealing = operation.find("response", "sealing")
        if sealing is None or sealing.kind is not Kind.MAPPING:
            continue
        for mode in _modes(operation):
            if not _GIVEN[mode] & (sealing.fields.keys() | later):
                keys = " 或 ".join(sorted(_GIVEN[mode])), " or ".join(sorted(_GIVEN[mode]))
                what = (f"操作 {shown(name)} 的结果无处可取", f"nothing says where the result of {shown(name)} is")
                yield remark(sealing.place, what, (f"写 {keys[0]}", f"write {keys[1]}"))
        pending = "PENDING" in _states(scene, sealing)
        if pending and not queries:
            what = ("未完成的请求无从查询", "a request that is pending can never be asked for")
            yield remark(sealing.place, what, (f"声明一个提供 {QUERY} 的操作", f"declare one that serves {QUERY}"))
    for operation in scene.operations.values():
        sealing = operation.find("response", "sealing")
        rewrite = sealing.find("rewrite") if sealing is not None else None
        if sealing is not None and rewrite is not None and "documentUrl" not in sealing.fields:
            what = ("rewrite 只用于 documentUrl", "rewrite goes with documentUrl only")
            yield remark(rewrite.place, what, _TAKE_AWAY)


def lengths_and_files_are_of_sealing(scene: Scene) -> Iterator[Remark]:
    """Lengths are of a seal's place; a file is the document, and only a multipart body carries it."""
    for operation in scene.operations.values():
        multipart = text_at(operation, "http", "body") == "multipart"
        for leaf in leaves(operation.find("request")):
            node = leaf.reference
            if node is None or node.text is None:
                continue
            if leaf.form == "<length>" and node.text not in _LENGTHS and meant_reference(node.text) == node.text:
                what = ("不是长度", "this is no length")
                yield remark(node.at, what, ("写 sealing.x 或 sealing.y", "write sealing.x or sealing.y"))
            if leaf.form == "<file>" and node.text != DOCUMENT and meant_reference(node.text) == node.text:
                what = ("不是文件", "this is no file")
                yield remark(node.at, what, (f"写 {DOCUMENT}", f"write {DOCUMENT}"))
            elif leaf.form == "<file>" and not multipart:
                what = ("file 只用于 multipart 请求体", "a file goes into a multipart body only")
                remedy = ("写 http.body: multipart，或直接引用", "write http.body: multipart, or the reference alone")
                yield remark(leaf.node.place, what, remedy)
            elif leaf.form == "<reference>" and node.text == DOCUMENT and multipart:
                what = ("multipart 请求体中的文档须写作 file", "in a multipart body the document is a file")
                yield remark(node.at, what, (f"写 {{file: {DOCUMENT}}}", f"write {{file: {DOCUMENT}}}"))


def _signing(scene: Scene) -> Iterator[tuple[str, Node]]:
    return ((name, one) for name, one in scene.operations.items() if text_at(one, "serves") == SIGN)


def _modes(operation: Node) -> dict[str, Node]:
    modes = operation.find("modes")
    return {node.text: node for node in (modes.elements if modes is not None else ()) if node.text in _SENT}


def _states(scene: Scene, sealing: Node) -> set[str]:
    """The words that a state may be read as."""
    constant, table = text_at(sealing, "state", "value"), text_at(sealing, "state", "table")
    words = {node.text for node in scene.root.below("codes", table).values()} if table is not None else {constant}
    return {word for word in words if word is not None}


def _references(operation: Node) -> set[str]:
    nodes = (leaf.reference for leaf in leaves(operation.find("request")))
    return {meant_reference(node.text) or "" for node in nodes if node is not None and node.text is not None}
