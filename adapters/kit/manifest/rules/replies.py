"""Rules on what replies are beyond rows of licences: embedded documents, cases, files, pages."""

from collections.abc import Iterator
from typing import Final

from adapters.kit.manifest.findings import Remark, shown
from adapters.kit.manifest.nodes import Kind, Node
from adapters.kit.manifest.rules.forms import path_of
from adapters.kit.manifest.rules.responses import APART, unwrap_steps
from adapters.kit.manifest.rules.scene import FILE, GET, LIST, SCAN, STATUS, Scene, remark, text_at
from adapters.kit.manifest.rules.values import leaves, meant_reference
from adapters.kit.manifest.sealing import LOG, QUERY, SIGN
from adapters.kit.manifest.sharing import (
    SHARE,
    SHARE_CATALOGUE,
    SHARE_CORRECT,
    SHARE_CORRECTION,
    SHARE_LIST,
    SHARE_REQUEST,
    SHARE_STATUS,
    SHARE_WITHDRAW,
    SHARE_WITHDRAW_CORRECTION,
)

_GIVES: Final = {
    STATUS: "case",
    SCAN: "holder",
    FILE: "file",
    SIGN: "sealing",
    QUERY: "sealing",
    LOG: "log",
    SHARE: "record",
    SHARE_REQUEST: "exchange",
    SHARE_STATUS: "exchange",
    SHARE_CORRECT: "correction",
    SHARE_CORRECTION: "correction",
    SHARE_LIST: "listed",
    SHARE_CATALOGUE: "resource",
}
_GIVEN_BY: Final = {key: port for port, key in reversed(_GIVES.items())}
_ASKED_WITH: Final = {
    STATUS: frozenset({"case.number"}),
    SCAN: frozenset({"scan.code"}),
    FILE: frozenset({"licence.identifier", "licence.number"}),
    SIGN: frozenset({"sealing.seal"}),
    QUERY: frozenset({"sealing.key", "sealing.number"}),
    LOG: frozenset({"sealing.day"}),
    SHARE_REQUEST: frozenset({"share.number"}),
    SHARE_STATUS: frozenset({"share.key", "share.request"}),
    SHARE_LIST: frozenset({"share.day"}),
    SHARE_WITHDRAW: frozenset({"share.request"}),
    SHARE_CORRECT: frozenset({"share.number", "share.request"}),
    SHARE_CORRECTION: frozenset({"share.key", "share.correction"}),
    SHARE_WITHDRAW_CORRECTION: frozenset({"share.correction"}),
}
"""Of these references, a request to serve the method uses at least one."""
_NAMES: Final = frozenset({"identifier", "number"})
_IN_PAGES: Final = frozenset({LIST, GET, LOG, SHARE, SHARE_LIST, SHARE_CATALOGUE})
_PAGES: Final = {"page": "page.number", "offset": "page.offset", "token": "page.token"}


def embedded_documents_are_told(scene: Scene) -> Iterator[Remark]:
    """A document lies in one value, and a ciphertext says how it is written and under what it is encrypted."""
    for operation in (None, *scene.operations.values()):
        for step in unwrap_steps(scene, operation):
            yield from _one_value(step.find("at"))
            decrypt = step.find("decrypt")
            if decrypt is None or decrypt.kind is not Kind.MAPPING:
                continue
            if step.find("encoding") is None:
                what = ("密文没有写明编码", "nothing says how the ciphertext is written")
                yield remark(decrypt.place, what, ("写 encoding: hex 或 base64", "write encoding: hex or base64"))
            yield from _cipher(decrypt)


def _one_value(at: Node | None) -> Iterator[Remark]:
    path = path_of(at)
    if at is None or path is None or not path.segments:
        return
    last = path.segments[-1]
    if last.each or isinstance(last.step, int):
        what = (
            "内嵌文档的路径不能以序号或 [] 结尾",
            "the path of an embedded document does not end in an index or []",
        )
        remedy = ("去掉：只有一个元素时自动取用", "take it away: a single element is found by itself")
        yield remark(at.at, what, remedy)


def _cipher(decrypt: Node) -> Iterator[Remark]:
    keys = decrypt.fields
    if ("sm2" in keys) == ("sm4" in keys):
        what = ("须且只能写明一种密码算法", "exactly one cipher is expected")
        yield remark(
            decrypt.place, what, ("写 sm2 或 sm4，其值为密钥的命名设置", "write sm2 or sm4 with the key's setting")
        )
        return
    if "sm2" in keys:
        for key in ("mode", "iv"):
            if key in keys:
                yield remark(keys[key].place, (f"{key} 只用于 sm4", f"{key} goes with sm4 only"), _TAKE_AWAY)
        return
    if "form" in keys:
        yield remark(keys["form"].place, ("form 只用于 sm2", "form goes with sm2 only"), _TAKE_AWAY)
    chained = text_at(decrypt, "mode") == "CBC"
    if chained and "iv" not in keys:
        what = ("CBC 须有 iv", "CBC needs an iv")
        yield remark(keys["mode"].at, what, ("写 iv: {setting: …}", "write iv: {setting: …}"))
    if not chained and "iv" in keys:
        yield remark(
            keys["iv"].place,
            ("iv 只用于 CBC", "iv goes with CBC only"),
            ("写 mode: CBC，或删去", "write mode: CBC or take it away"),
        )


_TAKE_AWAY = ("删去", "take it away")


def served_with_what_it_gives(scene: Scene) -> Iterator[Remark]:
    """What serves a case, a holder or a file says where it is, by itself or by its detail, and nothing else does."""
    details = set(_file_details(scene))
    for name, operation in scene.operations.items():
        method, response = text_at(operation, "serves"), operation.find("response")
        needed = _GIVES.get(method or "")
        if method in _ASKED_WITH:
            yield from _is_asked_for(name, operation, _ASKED_WITH[method])
        if response is None or response.kind is not Kind.MAPPING:
            continue
        by_detail = _gives_file(response) and method == FILE
        if needed is not None:
            if not by_detail and needed not in response.fields:
                what = (f"应答没有 {needed}", f"the response has no {needed}")
                remedy = (f"写 {needed}，说明其在应答中的位置", f"write {needed}: where it is in the reply")
                yield remark(response.place, what, remedy)
            yield from _beside(response, needed, _NAMES if by_detail else frozenset())
        for key, port in _GIVEN_BY.items():
            if key in response.fields and key != needed and not (key == "file" and name in details):
                what = (f"{key} 只用于提供 {port} 的操作", f"{key} is for an operation that serves {port}")
                remedy = (f"写 serves: {port}，或删去", f"write serves: {port} or take it away")
                yield remark(response.fields[key].place, what, remedy)


def _beside(response: Node, needed: str, possible: frozenset[str]) -> Iterator[Remark]:
    for key in sorted(response.fields.keys() - (APART - {"holders", "face"}) - possible):
        what = (f"{needed} 的应答不含证照字段", f"a response with a {needed} has no fields of licences")
        yield remark(response.fields[key].place, what, _TAKE_AWAY)


def _file_details(scene: Scene) -> Iterator[str]:
    """The operations that a detail calls for a file."""
    for operation in scene.operations.values():
        response = operation.find("response")
        target = text_at(response, "detail", "operation") if response is not None else None
        if response is not None and target is not None and _gives_file(response):
            yield target


def _gives_file(response: Node) -> bool:
    gives = response.find("detail", "gives")
    return gives is not None and any(element.text == "file" for element in gives.elements)


def _is_asked_for(name: str, operation: Node, wanted: frozenset[str]) -> Iterator[Remark]:
    if not wanted & _references(operation):
        place = (operation.find("request") or operation).place
        words = " 或 ".join(sorted(wanted)), " or ".join(sorted(wanted))
        what = (f"操作 {shown(name)} 没有用到 {words[0]}", f"operation {shown(name)} does not use {words[1]}")
        yield remark(place, what, ("把所问的编号写入请求", "put what is asked for into the request"))


def files_are_in_one_place(scene: Scene) -> Iterator[Remark]:
    """A file is inline or at an address; only an address is rewritten."""
    for operation in scene.operations.values():
        file = operation.find("response", "file")
        if file is None or file.kind is not Kind.MAPPING:
            continue
        if ("base64" in file.fields) == ("url" in file.fields):
            what = ("文件须且只能在一处", "a file is in exactly one place")
            yield remark(file.place, what, ("写 base64 或 url", "write base64 or url"))
        elif "rewrite" in file.fields and "url" not in file.fields:
            what = ("rewrite 只用于 url", "rewrite goes with url only")
            yield remark(file.fields["rewrite"].place, what, _TAKE_AWAY)


def pages_are_asked_for(scene: Scene) -> Iterator[Remark]:
    """Paging is for lists, its request says which page, and what tells pages apart is there."""
    for name, operation in scene.operations.items():
        paging, used = operation.find("paging"), _references(operation)
        if paging is None:
            if any(reference.startswith("page.") for reference in used):
                what = (f"操作 {shown(name)} 没有 paging", f"operation {shown(name)} has no paging")
                remedy = ("写 paging，或改用其他引用", "write paging or use another reference")
                yield remark((operation.find("request") or operation).place, what, remedy)
            continue
        if text_at(operation, "serves") not in _IN_PAGES:
            what = (
                "paging 只用于提供证照、日志、目录、清单或共享数据的操作",
                "paging is for lists: licences, a log, records, requests, resources",
            )
            yield remark(paging.place, what, _TAKE_AWAY)
        by = text_at(paging, "by")
        needed = _PAGES.get(by or "")
        if needed is not None and needed not in used:
            what = (f"请求没有用到 {needed}", f"the request does not use {needed}")
            yield remark(paging.place, what, (f"把 {needed} 写入请求", f"put {needed} into the request"))
        if needed is not None and (by == "token") != ("next" in paging.fields):
            what = ("next 与 by: token 同用", "next goes with by: token, and token with next")
            yield remark(
                paging.place, what, ("写下一页令牌的路径，或删去", "write the path of the next token or take it away")
            )


def _references(operation: Node) -> set[str]:
    """The references of a request, misspelt ones as they were meant."""
    nodes = (leaf.reference for leaf in leaves(operation.find("request")))
    return {meant_reference(node.text) or "" for node in nodes if node is not None and node.text is not None}
