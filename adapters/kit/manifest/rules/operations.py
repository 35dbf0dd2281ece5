"""Rules on operations: how they are called, what they serve, and what they name of each other."""

from collections.abc import Iterator
from typing import Final

from adapters.kit.manifest.findings import Remark, closest, listed, shown
from adapters.kit.manifest.nodes import Kind, Node
from adapters.kit.manifest.rules.responses import APART
from adapters.kit.manifest.rules.scene import CHANGING, GET, LIST, SCAN, Scene, remark, text_at
from adapters.kit.manifest.rules.values import leaves, meant_reference
from adapters.kit.manifest.sealing import SIGN
from adapters.kit.manifest.sharing import SHARE, SHARE_CORRECT, SHARE_REQUEST, SHARE_WITHDRAW, SHARE_WITHDRAW_CORRECTION


def called_as_the_protocol_wants(scene: Scene) -> Iterator[Remark]:
    """Operations of a rest system have an HTTP request, those of a soap system none."""
    for name, operation in scene.operations.items():
        http, soap = operation.find("http"), operation.find("soap")
        if scene.speaks("rest") and http is None:
            what = (f"操作 {shown(name)} 没有 http", f"operation {shown(name)} has no http")
            yield remark(operation.place, what, ("写明 http 的 method 与 path", "say http with method and path"))
        if scene.speaks("rest") and soap is not None:
            what = ("soap 只用于 soap 系统的操作", "soap is for operations of soap systems only")
            yield remark(soap.place, what, ("删去", "take it away"))
        if scene.speaks("soap") and http is not None:
            what = ("soap 系统的操作没有 http", "an operation of a soap system has no http")
            yield remark(http.place, what, ("删去", "take it away"))


def served_once(scene: Scene) -> Iterator[Remark]:
    """A port method is served by one operation."""
    first: dict[str, str] = {}
    for name, operation in scene.serving().items():
        method = operation.find("serves")
        if method is None or method.text is None or method.text in {SIGN, SHARE}:
            continue  # sealing may be served by one operation for each mode, sharing by one for each resource
        if method.text in first:
            other = shown(first[method.text])
            what = (f"操作 {other} 已提供此方法", f"operation {other} already serves this")
            yield remark(method.at, what, ("只让一个操作提供", "let one operation serve it"))
        first.setdefault(method.text, name)


def served_wholly(scene: Scene) -> Iterator[Remark]:
    """What serves says how success shows, what the reply holds, and whether it may be repeated: all but a scan may."""
    for name, operation in scene.serving().items():
        if operation.find("success") is None and scene.root.find("success") is None:
            what = (
                f"操作 {shown(name)} 没有成功规则",
                f"nothing says whether operation {shown(name)} went well",
            )
            yield remark(operation.place, what, ("在操作或系统上写 success", "write success for it or for the system"))
        if operation.find("response") is None and text_at(operation, "serves") not in _SAY_NOTHING:
            what = (f"操作 {shown(name)} 没有 response", f"operation {shown(name)} has no response")
            yield remark(operation.place, what, ("写明应答如何成为记录", "say how its reply becomes rows"))
        safe = operation.find("safe")
        if text_at(operation, "serves") in CHANGING:
            if safe is not None and safe.scalar is True:
                yield remark(safe.at, *_UNSAFE[text_at(operation, "serves") or ""])
        elif safe is None or safe.scalar is False:
            what = (f"查询操作 {shown(name)} 须为 safe", f"operation {shown(name)} serves a read and is not safe")
            place = operation.place if safe is None else safe.at
            yield remark(place, what, ("写 safe: true，查询不得改变数据", "write safe: true; a read changes nothing"))


_SAY_NOTHING: Final = frozenset({SHARE_WITHDRAW, SHARE_WITHDRAW_CORRECTION})
_UNSAFE: Final = {
    SCAN: (
        ("扫码核验不得为 safe", "verifying a scan is not safe"),
        ("删去：码一经核验即失效", "take it away: the code is used up by it"),
    ),
    SIGN: (
        ("盖章不得为 safe", "sealing is not safe"),
        ("删去：重复即重复盖章", "take it away: a repetition would seal again"),
    ),
    SHARE_REQUEST: (
        ("提交共享申请不得为 safe", "a request for data is not safe"),
        ("删去：重复即重复申请", "take it away: a repetition would be another request"),
    ),
    SHARE_WITHDRAW: (
        ("撤回共享申请不得为 safe", "withdrawing a request is not safe"),
        ("删去：撤回不是查询", "take it away: it is no read"),
    ),
    SHARE_CORRECT: (
        ("提交校核不得为 safe", "disputing a record is not safe"),
        ("删去：重复即重复提出", "take it away: a repetition would be another dispute"),
    ),
    SHARE_WITHDRAW_CORRECTION: (
        ("撤回校核不得为 safe", "withdrawing a dispute is not safe"),
        ("删去：撤回不是查询", "take it away: it is no read"),
    ),
}


def served_reads_are_useful(scene: Scene) -> Iterator[Remark]:
    """A list asks for the holder, a get for the licence, and both say which licence a row is."""
    for name, operation in scene.serving().items():
        method = text_at(operation, "serves")
        nodes = (leaf.reference for leaf in leaves(operation.find("request")))
        used = {meant_reference(node.text) for node in nodes if node is not None and node.text is not None}
        place = operation.find("request") or operation
        if method == LIST and "holder.number" not in used:
            what = (f"操作 {shown(name)} 没有用到 holder.number", f"operation {shown(name)} does not use holder.number")
            yield remark(place.place, what, ("把持有人证件号码写入请求", "put the holder's number into the request"))
        if method == GET and not used & {"licence.identifier", "licence.number"}:
            what = (
                f"操作 {shown(name)} 没有用到 licence.identifier 或 licence.number",
                f"operation {shown(name)} uses neither licence.identifier nor licence.number",
            )
            yield remark(place.place, what, ("把证照标识或编号写入请求", "put the licence's name into the request"))
        response = operation.find("response")
        if response is not None and response.kind is Kind.MAPPING and method in {LIST, GET}:
            yield from _rows_are_known(response, need_state=method == LIST)


def _rows_are_known(response: Node, *, need_state: bool) -> Iterator[Remark]:
    gives = response.find("detail", "gives")
    given = {*response.fields, *(node.text for node in (gives.elements if gives is not None else ()))}
    if not given & {"identifier", "number"}:
        what = ("记录没有 identifier 也没有 number", "rows have neither identifier nor number")
        yield remark(response.place, what, ("映射其中之一", "map one of them"))
    if need_state and "state" not in given:
        what = ("记录没有 state", "rows have no state")
        yield remark(response.place, what, ("映射证照状态", "map the state of the licence"))


def details_exist(scene: Scene) -> Iterator[Remark]:
    """A detail calls an operation there is, for fields that operation maps."""
    operations = scene.operations
    for name, operation in operations.items():
        detail = operation.find("response", "detail")
        target = detail.find("operation") if detail is not None else None
        if detail is None or target is None or target.text is None:
            continue
        called = operations.get(target.text)
        if called is None:
            yield _no_operation(target, target.text, operations)
            continue
        if target.text == name:
            what = ("detail 不能调用自己的操作", "a detail cannot call its own operation")
            yield remark(target.at, what, ("写另一个操作", "name another operation"))
            continue
        if "detail" in called.below("response"):
            what = ("被 detail 调用的操作不能再有 detail", "the operation has a detail itself")
            yield remark(target.at, what, ("细节只取一层", "details go one level deep"))
        mapped = called.below("response").keys() - (APART - {"holders", "face", "file"})
        gives = detail.find("gives")
        for field in gives.elements if gives is not None else ():
            if field.text is not None and field.text not in mapped:
                what = (f"操作 {shown(target.text)} 不映射此字段", f"operation {shown(target.text)} maps no such field")
                remedy = (f"它映射：{listed(sorted(mapped))}", f"it maps {listed(sorted(mapped))}")
                yield remark(field.at, what, remedy, closest(field.text, mapped))


def login_exists(scene: Scene) -> Iterator[Remark]:
    """The session's login is an operation there is."""
    node = scene.root.find("auth", "session", "login")
    if node is not None and node.text is not None and node.text not in scene.operations:
        yield _no_operation(node, node.text, scene.operations)


def _no_operation(node: Node, text: str, operations: dict[str, Node]) -> Remark:
    names = listed(operations)
    what = ("没有这个操作", "there is no such operation")
    return remark(node.at, what, (f"已声明的操作：{names}", f"the operations are {names}"), closest(text, operations))


def success_is_one_test(scene: Scene) -> Iterator[Remark]:
    """A success rule compares with one value or with several, not both."""
    operations = scene.operations.values()
    sections = [holder.find("success") for holder in (scene.root, *operations)]
    sections += (operation.find("response", "row") for operation in operations)
    for section in sections:
        if section is None or section.kind is not Kind.MAPPING:
            continue
        listed_values = section.find("in")
        empty = listed_values is None or (listed_values.kind is Kind.SEQUENCE and not listed_values.elements)
        if ("equals" in section.fields) == (not empty):
            what = ("equals 与 in 须且只能写一个", "exactly one of equals and in is expected")
            yield remark(section.place, what, ("写出表示成功的值", "write the value or values that mean success"))


def holders_and_face_say_something(scene: Scene) -> Iterator[Remark]:
    """Holders have a number or a name; a face is read in one way."""
    for operation in scene.operations.values():
        holders = operation.find("response", "holders")
        if holders is not None and holders.kind is Kind.MAPPING and not {"number", "name"} & holders.fields.keys():
            what = ("holders 没有 number 也没有 name", "holders have neither number nor name")
            yield remark(holders.place, what, ("至少映射其中之一", "map at least one of them"))
        face = operation.find("response", "face")
        if face is not None and face.kind is Kind.MAPPING:
            yield from _face(face)


def _face(face: Node) -> Iterator[Remark]:
    ways = {"json", "entries", "each"} & face.fields.keys()
    if len(ways) != 1:
        what = ("面信息须且只能用一种方式读取", "a face is read in exactly one way")
        yield remark(face.place, what, ("写 json、entries 或 each 之一", "write one of json, entries and each"))
    elif "each" in ways and not {"name", "value"} <= face.fields.keys():
        what = ("each 须有 name 与 value", "each needs name and value")
        yield remark(face.place, what, ("补上缺少的路径", "add the path that is missing"))
    elif "each" not in ways and {"name", "label", "value"} & face.fields.keys():
        what = ("name、label 与 value 只与 each 同用", "name, label and value go with each only")
        yield remark(face.place, what, ("删去，或改用 each", "take them away or use each"))
