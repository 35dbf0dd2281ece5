"""What several rules ask of a single value: that its code table exists, that its path or form can be read."""

from collections.abc import Iterator

from adapters.kit.manifest.findings import Remark, closest, listed
from adapters.kit.manifest.nodes import Kind, Node
from adapters.kit.manifest.rules.scene import Scene, remark
from adapters.kit.mapping.forms import FormInvalid, parse_form
from adapters.kit.mapping.paths import Path, PathInvalid, parse_path
from gateway.core.text import Text


def table_remarks(scene: Scene, node: Node | None) -> Iterator[Remark]:
    """A code table that is named is there."""
    tables = scene.root.below("codes")
    if node is None or node.text is None or node.text in tables:
        return
    remedy = (
        (f"已有的代码表：{listed(tables)}", f"the code tables are {listed(tables)}")
        if tables
        else ("在 codes 中写出此表", "write the table under codes")
    )
    yield remark(node.at, ("没有这个代码表", "there is no such code table"), remedy, closest(node.text, tables))


def unknown_form(node: Node, *, whole_day: bool) -> Iterator[Remark]:
    """The forms of a date (one, or a list of them) are known; to be read, each must name a whole day."""
    if node.kind is Kind.SEQUENCE:
        for element in node.elements:
            yield from unknown_form(element, whole_day=whole_day)
    elif node.text:
        try:
            form = parse_form(node.text)
        except FormInvalid as error:
            what = ("不是日期格式", "this is no form of a date")
            yield Remark(node.at, Text(*what), error.reason)
            return
        if whole_day and form.read is None:
            lacks = ("日期格式缺少年、月或日", "the form lacks year, month or day")
            yield remark(node.at, lacks, ("写全 yyyy、MM 与 dd", "name yyyy, MM and dd"))


def path_of(node: Node | None) -> Path | None:
    """The path in a node, or None if it is none (which ``paths_parse`` reports)."""
    if node is None or not node.text:
        return None
    try:
        return parse_path(node.text)
    except PathInvalid:
        return None


def unreadable_path(node: Node, *, over_elements: bool) -> Iterator[Remark]:
    """A path parses, and goes over elements only where rows are told apart."""
    if not node.text:
        return
    try:
        path = parse_path(node.text)
    except PathInvalid as error:
        place = error.position + 1
        wrong = Text(f"路径第 {place} 个字符处有误", f"the path is wrong at its character {place}")
        yield Remark(node.at, wrong, error.reason)
        return
    if path.iterates and not over_elements:
        what = ("[] 只用于 each", "[] is written only in each")
        yield remark(node.at, what, ("去掉 []，或写明序号", "take [] away or name one element by its index"))
