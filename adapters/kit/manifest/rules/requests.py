"""Rules on requests: references that exist, tables, forms of dates, and no secret written out."""

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from adapters.kit.manifest.expressions import request_form
from adapters.kit.manifest.findings import Remark, closest, listed, shown
from adapters.kit.manifest.nodes import Kind, Node
from adapters.kit.manifest.references import NOW, REFERENCES, ROW
from adapters.kit.manifest.rules.forms import table_remarks, unknown_form
from adapters.kit.manifest.rules.scene import Scene, remark, text_at

_SECRET: Final = re.compile(r"secret|passw|pwd|token|credential|key$|密码|密钥|口令|令牌", re.IGNORECASE)
_ALL: Final = {*(f"{root}.{name}" for root, names in REFERENCES.items() for name in names), NOW}


class Leaf(msgspec.Struct, frozen=True):
    """A value of a request: its form as a tag, its node, and the field names that lead to it."""

    form: str
    node: Node
    keys: tuple[str, ...]

    @property
    def reference(self) -> Node | None:
        """The reference in it."""
        if self.form == "<reference>":
            return self.node
        key = {"<from>": "from", "<code>": "code", "<date>": "date"}.get(self.form)
        return self.node.find(key) if key is not None else None


def leaves(node: Node | None, keys: tuple[str, ...] = ()) -> Iterator[Leaf]:
    """All values of a request below a mapping of its fields."""
    for key, child in node.fields.items() if node is not None else ():
        form = request_form(child.data())
        if form == "<nested>":
            yield from leaves(child, (*keys, key))
        elif form == "<object>":
            yield from leaves(child.find("object"), (*keys, key))
        else:
            yield Leaf(form, child, (*keys, key))


def meant_reference(text: str) -> str | None:
    """The reference that a text is, or is most likely a misspelling of."""
    return text if text in _ALL else closest(text, _ALL)


def references_exist(scene: Scene) -> Iterator[Remark]:
    """Every reference is a known root with one of its attributes."""
    given = _given_to_details(scene)
    for name, operation in scene.operations.items():
        for leaf in leaves(operation.find("request")):
            node = leaf.reference
            if node is not None and node.text is not None and not _is_secret(leaf):
                yield from _reference(node, node.text, given.get(name))


def _reference(node: Node, text: str, given: frozenset[str] | None) -> Iterator[Remark]:
    root, _, attribute = text.partition(".")
    if text == NOW or attribute in REFERENCES.get(root, ()):
        return
    if root == ROW:
        yield from _row_reference(node, attribute, given)
        return
    if root in REFERENCES:
        names = listed(sorted(REFERENCES[root]))
        what = (f"{root} 没有这个属性", f"{root} has no such attribute")
        remedy = (f"{root} 有：{names}", f"{root} has {names}")
    else:
        names = listed([*sorted(REFERENCES), ROW, NOW])
        what = ("没有这个引用", "there is no such reference")
        remedy = (
            f"引用始于 {names}；常量写作 {{value: …}}",
            f"a reference begins with {names}; a constant is {{value: …}}",
        )
    yield remark(node.at, what, remedy, closest(text, _ALL))


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


def _given_to_details(scene: Scene) -> dict[str, frozenset[str]]:
    """Operation → the names that every detail calling it gives."""
    given: dict[str, frozenset[str]] = {}
    for operation in scene.operations.values():
        detail = operation.find("response", "detail")
        target = text_at(detail, "operation") if detail is not None else None
        if detail is not None and target is not None:
            names = frozenset(detail.below("with"))
            given[target] = given.get(target, names) & names
    return given


def request_tables(scene: Scene) -> Iterator[Remark]:
    """Code tables that requests name exist."""
    for operation in scene.operations.values():
        for leaf in leaves(operation.find("request")):
            if leaf.form == "<code>":
                yield from table_remarks(scene, leaf.node.find("table"))


def request_dates(scene: Scene) -> Iterator[Remark]:
    """Forms of dates that requests name can be written."""
    for operation in scene.operations.values():
        for leaf in leaves(operation.find("request")):
            form = leaf.node.find("as") if leaf.form == "<date>" else None
            if form is not None:
                yield from unknown_form(form, whole_day=False)


def no_secrets(scene: Scene) -> Iterator[Remark]:
    """What is called a secret is a named setting, in requests and in auth."""
    for operation in scene.operations.values():
        for leaf in leaves(operation.find("request")):
            if _is_secret(leaf):
                yield _secret(_written(leaf), leaf.keys[-1], scene.code)
    for style in scene.root.below("auth").values():
        for key, node in style.fields.items():
            if key in {"username", "password"} and node.kind is Kind.SCALAR and node.scalar is not None:
                yield _secret(node, key, scene.code)


def _is_secret(leaf: Leaf) -> bool:
    """Whether something is written out under a name that promises a secret."""
    if not any(_SECRET.search(key) for key in leaf.keys):
        return False
    if leaf.form in {"<value>", "<from>"}:
        return _written(leaf).scalar not in {None, ""}
    text = leaf.node.text
    return leaf.form == "<reference>" and not (text in _ALL or (text or "").startswith(f"{ROW}."))


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
