"""Rules on requests: references that exist, tables, forms of dates, and no secret written out."""

import re
from collections.abc import Iterator
from typing import Final

from adapters.kit.manifest.expressions import XML_NAME_PATTERN, request_form
from adapters.kit.manifest.findings import Remark, closest, listed, shown
from adapters.kit.manifest.nodes import Kind, Node
from adapters.kit.manifest.references import MOMENTS, NOW, PARAMETER, REFERENCES, ROW, SESSION
from adapters.kit.manifest.rules.forms import table_remarks, unknown_form
from adapters.kit.manifest.rules.scene import Scene, remark
from adapters.kit.manifest.rules.values import BODY, KNOWN, PART, Leaf, Section, sections

_SECRET: Final = re.compile(r"secret|passw|pwd|token|credential|authorization|key$|密码|密钥|口令|令牌", re.IGNORECASE)
_NO_KEY: Final = re.compile(r"[\s<>]")
_LOOKS_SECRET: Final = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])[!-~]{12,}")
"""A constant in a signature that separates nothing: long, without blanks, of letters and digits."""


def references_exist(scene: Scene) -> Iterator[Remark]:
    """Every reference is one that its place knows."""
    for section in sections(scene):
        for leaf in section.leaves:
            node = leaf.reference
            if node is not None and node.text is not None and not _is_secret(leaf, section):
                yield from _reference(node, node.text, section)


def _reference(node: Node, text: str, section: Section) -> Iterator[Remark]:
    root, _, attribute = text.partition(".")
    if section.knows(text):
        return
    if root == ROW and section.general:
        yield from _row_reference(node, attribute, section.row)
        return
    names = section.names | (KNOWN if section.general else frozenset())
    if text in section.later:
        what = ("该值在其后才计算", "this value is computed only later")
        remedy = ("调整 values 的先后次序", "change the order of values")
        yield remark(node.at, what, remedy)
        return
    if text == BODY:
        what = ("body 只能直接写在 of 中", "body stands in of alone, by itself")
        yield remark(node.at, what, ("写入 of 列表", "write it into the list of of"))
        return
    if root == SESSION:
        given = listed(sorted(name for name in section.names if name.startswith(f"{SESSION}."))) or "–"
        what = ("登录不提供这个值", "the login gives no such value")
        remedy = (f"登录提供：{given}", f"a login gives {given}; add it to auth.session.secrets")
    elif root in REFERENCES and section.general:
        attributes = listed(sorted(REFERENCES[root]))
        what = (f"{root} 没有这个属性", f"{root} has no such attribute")
        remedy = (f"{root} 有：{attributes}", f"{root} has {attributes}")
    else:
        roots = listed(_beginnings(section))
        what = ("没有这个引用", "there is no such reference")
        remedy = (
            f"引用始于 {roots}；常量写作 {{value: …}}",
            f"a reference begins with {roots}; a constant is {{value: …}}",
        )
    yield remark(node.at, what, remedy, closest(text, names))


def _beginnings(section: Section) -> list[str]:
    """How references may begin here."""
    own = {name.partition(".")[0] for name in section.names} | section.opens
    return [*sorted(own), *([*sorted(REFERENCES), PARAMETER, ROW, NOW] if section.general else ())]


def _row_reference(node: Node, attribute: str, given: frozenset[str] | None) -> Iterator[Remark]:
    if given is None:
        what = ("row 只能用于被 detail 调用的操作", "row is known only to an operation that a detail calls")
        yield remark(node.at, what, ("改用其他引用", "use another reference"))
    elif attribute not in given:
        names = listed(sorted(given))
        what = ("调用它的 detail 没有给出这个名称", "the detail that calls it does not give this name")
        remedy = (f"在 with 中补上；已有：{names}", f"add it to with; given are: {names}")
        meant = closest(attribute, given)
        yield remark(node.at, what, remedy, f"{ROW}.{meant}" if meant else None)


def request_tables(scene: Scene) -> Iterator[Remark]:
    """Code tables that requests name exist."""
    for leaf in _leaves(scene):
        if leaf.form == "<code>":
            yield from table_remarks(scene, leaf.node.find("table"))


def request_dates(scene: Scene) -> Iterator[Remark]:
    """Stamps are of the moment of the call, and the forms that requests and signatures name can be written."""
    for section in sections(scene):
        for leaf in section.leaves:
            moment = leaf.node.find("date") if leaf.form == "<date>" else None
            if moment is not None and moment.text not in MOMENTS and section.knows(moment.text or ""):
                what = ("不是时刻", "this is no moment in time")
                moments = listed(sorted(MOMENTS))
                yield remark(moment.at, what, (f"写 {moments} 之一", f"write one of {moments}"))
    forms = [leaf.node.find("as") for leaf in _leaves(scene) if leaf.form == "<date>"]
    for signature in scene.root.below("auth", "sign").values():
        forms += (value.find("now") for value in signature.below("values").values())
    for form in forms:
        if form is not None:
            yield from unknown_form(form, whole_day=False)


def xml_can_be_written(scene: Scene) -> Iterator[Remark]:
    """Elements and attributes of XML have names that XML allows, and prefixes that are declared."""
    for leaf in _leaves(scene):
        fields = leaf.node.find("xml", "fields") if leaf.form == "<xml>" else None
        if fields is not None:
            root = leaf.node.find("xml", "root")
            right = root is not None and root.text is not None and re.fullmatch(XML_NAME_PATTERN, root.text)
            yield from _element(fields, frozenset(), (root.text or "", root) if root is not None and right else None)
    auth = scene.root.find("auth")
    sections_of_auth = (auth.find("static"), *auth.below("sign").values()) if auth is not None else ()
    for section in sections_of_auth:
        for place, value in section.below("into").items() if section is not None else ():
            kind, _, name = place.partition(".")
            if kind == "soapHeader":
                yield from _element(value, frozenset(), (name, value))


def _element(node: Node, known: frozenset[str], named: tuple[str, Node] | None) -> Iterator[Remark]:
    """An element's children and attributes; ``named`` is its own name and where it stands."""
    known |= {key.partition(":")[2] for key in node.fields if key.startswith("@xmlns:")}
    attributes = ((key[1:], child) for key, child in node.fields.items() if key.startswith("@"))
    for name, place in (*attributes, *((named,) if named is not None else ())):
        prefix, colon, _ = name.rpartition(":")
        if _NO_KEY.search(name):
            continue  # the schema's finding
        if re.fullmatch(XML_NAME_PATTERN, name) is None:
            what = ("不能用作 XML 名称", "XML has no such name")
            yield remark(place.place, what, ("改用字母开头的名称", "write a name that begins with a letter"))
        elif colon and prefix not in known | {"xmlns", "xml"}:
            what = ("前缀没有声明", "the prefix is not declared")
            remedy = (f"在元素上写 @xmlns:{shown(prefix)}", f"write @xmlns:{shown(prefix)} in the element")
            yield remark(place.place, what, remedy)
    for key, child in node.fields.items():
        if not key.startswith("@") and key != "." and node.kind is Kind.MAPPING and not _is_expression(node):
            yield from _element(child, known, (key, child))


def _is_expression(node: Node) -> bool:
    return request_form(node.data()) != "<nested>"


def ciphertexts_have_one_key(scene: Scene) -> Iterator[Remark]:
    """A ciphertext has one key, and what else it says goes with that."""
    for leaf in _leaves(scene):
        fields = leaf.node.fields if leaf.form == "<encrypt>" else {}
        if {"sm2", "sm4"} <= fields.keys():
            what = ("写了两种密钥", "two keys are named")
            yield remark(fields["sm4"].place, what, ("只留 sm2 或 sm4", "keep sm2 or sm4"))
            continue
        for key, owner in (("form", "sm2"), ("mode", "sm4"), ("iv", "sm4")):
            if key in fields and owner not in fields:
                what = (f"{key} 只与 {owner} 同用", f"{key} goes with {owner} only")
                yield remark(fields[key].place, what, ("删去", "take it away"))
        mode = fields.get("mode")
        if "sm4" in fields and ("iv" in fields) != (mode is not None and mode.text == "CBC"):
            what = ("CBC 须有 iv，iv 只用于 CBC", "CBC needs iv, and iv goes with CBC only")
            place = fields.get("iv") or mode or leaf.node
            yield remark(place.place, what, ("写 mode: CBC 与 iv，或都不写", "write mode: CBC with iv, or neither"))


def paths_take_fields(scene: Scene) -> Iterator[Remark]:
    """What a path takes is a field of the request."""
    for operation in scene.operations.values():
        path = operation.find("http", "path")
        fields = operation.below("request")
        for name in re.findall(r"\{([A-Za-z0-9_-]+)\}", (path.text or "") if path is not None else ""):
            if path is not None and name not in fields:
                names = listed(fields) or "–"
                what = (f"请求中没有字段 {shown(name)}", f"the request has no field {shown(name)}")
                remedy = (f"请求字段有：{names}", f"the request's fields are {names}")
                yield remark(path.at, what, remedy, closest(name, fields))


def no_secrets(scene: Scene) -> Iterator[Remark]:
    """What is called a secret is a named setting, in requests and in auth."""
    for section in sections(scene):
        for leaf in section.leaves:
            if _is_secret(leaf, section):
                yield _secret(_written(leaf), leaf.keys[-1], scene.code)
    for style in scene.root.below("auth").values():
        for key, node in style.fields.items():
            if key in {"username", "password"} and node.kind is Kind.SCALAR and node.scalar is not None:
                yield _secret(node, key, scene.code)


def _leaves(scene: Scene) -> Iterator[Leaf]:
    return (leaf for section in sections(scene) for leaf in section.leaves)


def _is_secret(leaf: Leaf, section: Section) -> bool:
    """Whether something is written out under a name that promises a secret."""
    text = leaf.node.text
    if leaf.form == "<key>":
        meant = closest(text, section.names | section.later | KNOWN) if text is not None else None
        return text is not None and not section.knows(text) and meant is None
    if PART in leaf.keys[:1]:
        written = _written(leaf).text
        return leaf.form == "<value>" and written is not None and _LOOKS_SECRET.fullmatch(written) is not None
    if not any(_SECRET.search(key) for key in leaf.keys):
        return False
    if leaf.form in {"<value>", "<from>"}:
        return _written(leaf).scalar not in {None, ""}
    if leaf.form != "<reference>":
        return False
    return not (
        section.knows(text or "") or (text or "").startswith((f"{ROW}.", f"{SESSION}.")) or text in section.later
    )


def _written(leaf: Leaf) -> Node:
    """The constant in a leaf."""
    return leaf.node.find({"<value>": "value", "<from>": "or"}.get(leaf.form, "")) or leaf.node


def _secret(node: Node, key: str, code: str | None) -> Remark:
    setting = f"{code or '<system>'}/<name>"
    return remark(
        node.at,
        (
            f"{shown(key)} 处写有常量：密钥须为命名设置",
            f"a constant stands at {shown(key)}: secrets are named settings",
        ),
        (
            f"写作 {{setting: {setting}}}；若是真实密钥，视为已泄露并立即更换",
            f"write {{setting: {setting}}}; if it was a real secret, it has leaked: change it",
        ),
    )
