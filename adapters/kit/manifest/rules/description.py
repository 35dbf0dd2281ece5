"""Rules that hold a manifest against the WSDL: its operations, the fields of requests, the paths of replies."""

from collections.abc import Iterator

import msgspec

from adapters.kit.manifest.expressions import request_form
from adapters.kit.manifest.findings import Remark, closest, listed, shown
from adapters.kit.manifest.nodes import Kind, Node
from adapters.kit.manifest.outline import OperationOutline, Outline
from adapters.kit.manifest.rules.forms import path_of
from adapters.kit.manifest.rules.responses import PathAt, embedded_paths, outcome_paths, response_paths
from adapters.kit.manifest.rules.scene import Scene, remark
from adapters.kit.mapping.paths import Segment


def operations_are_described(scene: Scene) -> Iterator[Remark]:
    """Every operation is one of the WSDL's."""
    if scene.description is None:
        return
    described = scene.description.operations
    for name, operation in scene.operations.items():
        alias = operation.find("soap")
        known = alias.text if alias is not None else name
        if known is not None and known not in described:
            what = ("WSDL 中没有这个操作", "the WSDL has no such operation")
            remedy = (f"WSDL 中有：{listed(described)}", f"the WSDL has {listed(described)}")
            place = operation.place if alias is None else alias.at
            yield remark(place, what, remedy, closest(known, described))


def requests_are_described(scene: Scene) -> Iterator[Remark]:
    """Every field of a request is one of the operation's."""
    for operation, outline in _described(scene):
        request = operation.find("request")
        if request is not None:
            yield from _fields(request, outline.request)


def _fields(node: Node, outline: Outline) -> Iterator[Remark]:
    for key, child in node.fields.items():
        if key.removeprefix("@") in outline.attributes and key.startswith("@"):
            continue
        inner = outline.children.get(key)
        if inner is None:
            if not outline.open:
                yield _unknown(child, key, outline)
            continue
        form = request_form(child.data())
        if form in {"<nested>", "<object>"}:
            below = child.find("object") if form == "<object>" else child
            if below is not None and below.kind is Kind.MAPPING:
                yield from _fields(below, inner)
        elif inner.children and not inner.open and form != "<list>":
            what = (f"{shown(key)} 含有子元素", f"{shown(key)} holds elements, not a value")
            remedy = (f"写出其字段：{listed(inner.children)}", f"write its fields: {listed(inner.children)}")
            yield remark(child.place, what, remedy)


def _unknown(node: Node, key: str, outline: Outline) -> Remark:
    names = _names(outline)
    what = (f"WSDL 的请求中没有 {shown(key)}", f"the WSDL's request has no {shown(key)}")
    return remark(node.place, what, (f"此处有：{listed(names)}", f"it has {listed(names)} here"), closest(key, names))


def replies_are_described(scene: Scene) -> Iterator[Remark]:
    """Every path of a reply leads to something the WSDL has."""
    for operation, outline in _described(scene):
        own = operation.find("success")
        paths = [*outcome_paths(own if own is not None else scene.root.find("success"))]
        response = operation.find("response")
        paths += response_paths(response) if response is not None else ()
        following = operation.find("paging", "next")
        paths += (PathAt(following),) if following is not None else ()
        reply = outline.reply
        for node in embedded_paths(scene, operation):
            yield from _path(PathAt(node), reply)
            path = path_of(node)
            reply = _opened(reply, path.segments) if path is not None else reply
        for each in paths:
            yield from _path(each, reply)


def _opened(outline: Outline, segments: tuple[Segment, ...]) -> Outline:
    """The outline with a document inside the element at a path: nothing is known of what it holds."""
    names = [segment for segment in segments if not isinstance(segment.step, int)]
    if not names:
        return Outline(open=True)
    key = closest(names[0].key, outline.children)  # a misspelt path is reported where it stands
    if key is None:
        return outline
    inner = _opened(outline.children[key], tuple(names[1:]))
    return msgspec.structs.replace(outline, children={**outline.children, key: inner})


def _path(path: PathAt, reply: Outline) -> Iterator[Remark]:
    start: Outline | None = reply
    for base in path.bases:
        start = _follow(base, start) if start is not None else None
    if start is None:  # the base is wrong or open: nothing can be said of what starts there
        return
    yield from _steps(path.node, start)


def _follow(node: Node, start: Outline) -> Outline | None:
    path = path_of(node)
    outline: Outline | None = start if path is not None else None
    for segment in path.segments if path is not None else ():
        outline = _step(segment, outline) if outline is not None else None
    return outline


def _step(segment: Segment, outline: Outline) -> Outline | None:
    if segment.attribute or isinstance(segment.step, int):
        return outline
    # a misspelt base is reported where it stands; what starts from it is still held against what was meant
    return outline.children.get(closest(segment.step, outline.children) or "")


def _steps(node: Node, start: Outline) -> Iterator[Remark]:
    path = path_of(node)
    outline = start
    for segment in path.segments if path is not None else ():
        if segment.attribute:
            if str(segment.step) not in outline.attributes and not outline.open:
                yield _lost(node, str(segment.step), sorted(outline.attributes), prefix="@")
            return
        if isinstance(segment.step, int):
            if not outline.many and not outline.open:
                what = ("此处的元素不重复，没有序号", "the element is not repeated and has no index")
                yield remark(node.at, what, ("去掉序号", "take the index away"))
            continue
        below = outline.children.get(segment.step)
        if below is None:
            if not outline.open:
                yield _lost(node, segment.step, list(outline.children))
            return
        if segment.each and not below.many and not below.open:
            what = ("[] 处的元素不重复", "the element at [] is not repeated")
            repeated = listed(name for name, child in outline.children.items() if child.many)
            remedy = (
                f"去掉 []；此处重复的有：{repeated or '无'}",
                f"take [] away; repeated here: {repeated or 'nothing'}",
            )
            yield remark(node.at, what, remedy)
        outline = below


def _lost(node: Node, name: str, known: list[str], prefix: str = "") -> Remark:
    meant = closest(name, known)
    what = ("路径在 WSDL 的应答中走不通", "the path leads nowhere in the WSDL's reply")
    names = listed(known) or "–"
    suggestion = f"{prefix}{meant}" if meant is not None else None
    return remark(node.at, what, (f"走不通之处有：{names}", f"where it breaks off there are: {names}"), suggestion)


def _names(outline: Outline) -> list[str]:
    return [*outline.children, *(f"@{name}" for name in sorted(outline.attributes))]


def _described(scene: Scene) -> Iterator[tuple[Node, OperationOutline]]:
    """The operations that the WSDL has, or was meant to have, with their outlines."""
    if scene.description is None:
        return
    described = scene.description.operations
    for name, operation in scene.operations.items():
        alias = operation.find("soap")
        known = alias.text if alias is not None else name
        outline = described.get(closest(known, described) or "") if known is not None else None
        if outline is not None:
            yield operation, outline
