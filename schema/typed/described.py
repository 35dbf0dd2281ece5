"""What the schema says of a resource and its fields: the catalogue's words, and kinds of values in both tongues."""

from collections.abc import Mapping
from typing import Final

from gateway.core.sharing.resources import InformationItem, ItemType, Resource, Sensitivity
from gateway.core.text import Text

_LONGEST: Final = 200
_LINE: Final = Text("{type}；{sensitivity}", "{type}; {sensitivity}")
_SIZED: Final = Text("{type}，至多 {length} 位；{sensitivity}", "{type} of {length} at most; {sensitivity}")
_RECORDS: Final = Text(
    "按授权使用共享数据“{title}”（{code}）；只查询所选字段，未给出的字段在 withheld 中说明",
    "Records of the resource {code} under a grant of it; only the fields that are selected are asked for, and "
    "`withheld` says which of them are not given, and why",
)
_ROW: Final = Text("共享数据“{title}”的一条记录", "A record of the resource {code}")
_RESULT: Final = Text(
    "“{title}”的共享数据，附可离线核验的凭据",
    "Records of {code}, with a receipt that can be verified without the gateway",
)
_TYPES: Final[Mapping[ItemType, Text]] = {
    ItemType.TEXT: Text("文本", "text"),
    ItemType.INTEGER: Text("整数", "a whole number"),
    ItemType.DECIMAL: Text("数值", "a decimal number"),
    ItemType.DATE: Text("日期", "a day"),
    ItemType.INSTANT: Text("时刻", "an instant"),
    ItemType.BOOLEAN: Text("是否", "true or false"),
}
_SENSITIVITIES: Final[Mapping[Sensitivity, Text]] = {
    Sensitivity.OPEN: Text("公开", "open"),
    Sensitivity.INTERNAL: Text("内部", "internal"),
    Sensitivity.PERSONAL: Text("个人信息", "personal"),
    Sensitivity.SENSITIVE: Text("敏感个人信息", "sensitive"),
}


def of_records(resource: Resource) -> str:
    """Of its root field."""
    return _joined(_RECORDS, resource)


def of_row(resource: Resource) -> str:
    """Of the type of its records."""
    return _joined(_ROW, resource)


def of_result(resource: Resource) -> str:
    """Of the type of an answer."""
    return _joined(_RESULT, resource)


def of_item(item: InformationItem) -> str:
    """Title, type, length and sensitivity of a field, and its name in the catalogue."""
    kind, sensitivity = _TYPES[item.type], _SENSITIVITIES[item.sensitivity]
    line = _LINE if item.length is None else _SIZED
    title, name = _plain(item.title), _plain(item.name)
    zh = line.zh.format(type=kind.zh, length=item.length, sensitivity=sensitivity.zh)
    en = line.en.format(type=kind.en, length=item.length, sensitivity=sensitivity.en)
    return f"{title}（{zh}）· {name}: {en}"


def _joined(text: Text, resource: Resource) -> str:
    values = {"title": _plain(resource.title), "code": _plain(resource.code)}
    return f"{text.zh.format(**values)} · {text.en.format(**values)}"


def _plain(text: str) -> str:
    """On one line, of bounded length, without what cannot be printed: a table wrote it."""
    return "".join(each if each.isprintable() else " " for each in text[:_LONGEST]).strip()
