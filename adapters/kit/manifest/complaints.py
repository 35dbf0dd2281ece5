"""Pydantic's kinds of error in the two languages of those who write manifests, with the remedy for each."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from adapters.kit.manifest.auth import INTO_PATTERN, STYLE_PATTERN
from adapters.kit.manifest.expressions import REFERENCE_PATTERN, RESPONSE_KEYS, SETTING_PATTERN, WORD_PATTERN
from adapters.kit.manifest.findings import listed
from adapters.kit.manifest.model import FILE_PATTERN, URL_PATH_PATTERN
from adapters.kit.manifest.nodes import Kind, Node
from adapters.kit.manifest.signing import PLACE_PATTERN, SIGN_FORMS
from gateway.core.text import Text

Context = Mapping[str, Any]
"""What pydantic says of an error beyond its kind: limits, patterns, the class or values it expected."""

_TEXT: Final = Text("文本", "text")
_NUMBER: Final = Text("数字", "a number")
_TRUTH: Final = Text("true 或 false", "true or false")
TYPES: Final = {
    "string_type": _TEXT,
    "int_type": _NUMBER,
    "int_from_float": _NUMBER,
    "float_type": _NUMBER,
    "bool_type": _TRUTH,
    "tuple_type": Text("列表", "a list"),
    "dict_type": Text("键值映射", "a mapping of keys"),
    "model_type": Text("键值映射", "a mapping of keys"),
}
"""Kinds that say only that a value is of another type, and the type that was expected."""

SETTING_EXPECTED: Final = Text("此处应为命名设置", "a named setting is expected here")
_NAME_A_SETTING: Final = Text(
    "写作 {setting: 系统代码/名称}；地址与密钥由运维人员填写，不写入清单",
    "write {setting: <system>/<name>}; operations fill addresses and secrets, a manifest never holds them",
)
WITHOUT_QUOTES: Final = Text("去掉引号", "write it without quotes")
_QUOTES: Final = Text("给该值加上引号", "put the value in quotes")

_PATTERNS: Final = {
    SETTING_PATTERN: Text(
        "系统代码/名称，小写字母、数字与连字符", "<system>/<name> in small letters, digits and hyphens"
    ),
    WORD_PATTERN: Text("小写字母与数字，以连字符分隔", "small letters and digits, joined by hyphens"),
    REFERENCE_PATTERN: Text(
        "引用，如 holder.number；常量写作 {value: …}", "a reference such as holder.number; a constant is {value: …}"
    ),
    INTO_PATTERN: Text("query.<名称> 或 header.<名称>", "query.<name> or header.<name>"),
    PLACE_PATTERN: Text(
        "header.<名称>、query.<名称>、body.<路径> 或 soapHeader.<元素>",
        "header.<name>, query.<name>, body.<path> or soapHeader.<element>",
    ),
    STYLE_PATTERN: Text("session、basic、wsse、static 或 sign.<名称>", "session, basic, wsse, static or sign.<name>"),
    URL_PATH_PATTERN: Text(
        "以 / 开头的路径，不含参数；{名称} 取请求字段", "a path that begins with /, without a query; {name} is a field"
    ),
    FILE_PATTERN: Text("本文件夹中的文件名", "the name of a file in the manifest's folder"),
}
_SIGN_DISCRIMINATOR: Final = "sign_form()"
_NO_STEP: Final = Text("不是签名中的值", "this is no value of a signature")
_NAME: Final = Text("字母开头的名称，不含空格", "a name that begins with a letter, without blanks")


def wrong_type(node: Node, expected: Iterable[tuple[str, Context]]) -> tuple[Text, Text]:
    """What to say of a value whose type is none of the expected ones."""
    kinds = list(expected)
    if any(context.get("class_name") == "SettingRef" for _, context in kinds):
        return SETTING_EXPECTED, _NAME_A_SETTING
    names = list(dict.fromkeys(TYPES[kind] for kind, _ in kinds))
    what = Text(
        f"此处应为{'或'.join(name.zh for name in names)}", f"{' or '.join(name.en for name in names)} is expected here"
    )
    if _TEXT in names and node.kind is Kind.SCALAR and node.scalar is not None:
        return what, _QUOTES
    unquoted = node.text is not None and {_NUMBER, _TRUTH}.issuperset(names)
    return what, WITHOUT_QUOTES if unquoted else _REWRITE


def mismatch(kind: str, context: Context) -> tuple[Text, Text]:
    """What to say of a value that is of the right type and yet wrong, and the remedy."""
    if kind in TYPES:
        return Text(f"此处应为{TYPES[kind].zh}", f"{TYPES[kind].en} is expected here"), _REWRITE
    if allowed := allowed_values(context):
        remedy = Text(f"可用值：{listed(allowed)}", f"one of: {listed(allowed)}")
        return Text("不是可用的值", "this is none of the possible values"), remedy
    if kind == "string_pattern_mismatch":
        form = _PATTERNS.get(context.get("pattern", ""), _NAME)
        return Text("写法不正确", "not written as it has to be"), Text(f"应为{form.zh}", f"expected: {form.en}")
    if kind == "union_tag_not_found":
        return _no_expression(context)
    if kind in _BOUNDS:
        name, words = _BOUNDS[kind]
        bound = words.format(bound=context[name])
        return bound, _REWRITE
    return _BY_KIND.get(kind, (Text("该值不符合要求", "the value is not what is expected"), _REWRITE))


def _no_expression(context: Context) -> tuple[Text, Text]:
    keys = listed(sorted(keys_of_expression(context)))
    if context.get("discriminator") == _SIGN_DISCRIMINATOR:
        return _NO_STEP, Text(f"写含 {keys} 之一的映射", f"write a mapping with one of {keys}")
    return (
        Text("映射中没有表达式的键", "the mapping is no expression"),
        Text(f"写路径，或使用 {keys} 之一", f"write a path, or an expression with one of {keys}"),
    )


def keys_of_expression(context: Context) -> frozenset[str]:
    """The keys of which one tells what an expression is."""
    return frozenset(SIGN_FORMS) if context.get("discriminator") == _SIGN_DISCRIMINATOR else RESPONSE_KEYS


def allowed_values(context: Context) -> list[str]:
    """The values that an error's context names as possible; empty if it names none."""
    expected = str(context.get("expected", ""))
    return [text or number for text, number in re.findall(r"'([^']*)'|([0-9]+)", expected)]


_REWRITE: Final = Text("改写该值", "change the value")
_BOUNDS: Final = {
    "greater_than_equal": ("ge", Text("最小为 {bound}", "at least {bound} is expected")),
    "less_than_equal": ("le", Text("最大为 {bound}", "at most {bound} is possible")),
    "string_too_short": ("min_length", Text("至少 {bound} 个字符", "at least {bound} character is expected")),
    "string_too_long": ("max_length", Text("最多 {bound} 个字符", "at most {bound} characters are possible")),
    "too_short": ("min_length", Text("至少 {bound} 项", "at least {bound} entry is expected")),
    "too_long": ("max_length", Text("最多 {bound} 项", "at most {bound} entries are possible")),
}
_BY_KIND: Final = {
    "duration": (
        Text("不是时长", "this is no duration"),
        Text("写整数与 ms、s、m 或 h，如 4s", "write a whole number with ms, s, m or h, such as 4s"),
    ),
    "size": (
        Text("不是大小", "this is no size"),
        Text("写整数与 B、KB 或 MB，如 20MB", "write a whole number with B, KB or MB, such as 20MB"),
    ),
}
