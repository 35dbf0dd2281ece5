"""Generated from the manifest's classes: the JSON Schema for editors and the reference page for people."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from adapters.kit.manifest.model import Manifest
from adapters.kit.manifest.references import NOW, PARAMETER, REFERENCES, REQUEST, ROW, SESSION
from gateway.core.outcome import Outcome

Schema = dict[str, Any]
"""A piece of JSON Schema."""

PAGE: Final = "manifest.md"
SCHEMA: Final = "manifest.schema.json"

_HEADINGS: Final = {
    "Manifest": "清单",
    "SystemSection": "系统",
    "Title": "名称",
    "Owner": "主管部门",
    "Offers": "可提供范围",
    "Protocol": "协议",
    "SoapProtocol": "SOAP 协议",
    "RestProtocol": "REST 协议",
    "Charset": "字符集",
    "Auth": "认证",
    "SessionAuth": "会话令牌",
    "Expired": "会话过期",
    "WsseAuth": "WS-Security",
    "BasicAuth": "HTTP Basic",
    "StaticAuth": "固定凭据",
    "Signature": "请求签名",
    "NowValue": "签名中的时间",
    "RandomValue": "签名中的随机数",
    "DigestValue": "签名中的摘要",
    "HmacValue": "签名中的 HMAC",
    "Sm2Value": "签名中的 SM2",
    "ReplySignature": "应答签名",
    "Limits": "限制",
    "Rate": "频率",
    "Success": "成功规则",
    "Operation": "操作",
    "Http": "HTTP 请求",
    "ResponseSection": "应答",
    "HoldersAt": "持证人",
    "FaceAt": "面信息",
    "Detail": "逐条细节",
    "Unwrap": "内嵌文档",
    "Decrypt": "解密",
    "RowSuccess": "逐条成功规则",
    "CaseAt": "办件状态",
    "HolderAt": "扫码所示持证人",
    "FileAt": "证照文件",
    "SealingAt": "盖章结果",
    "SealLogAt": "盖章日志",
    "ExchangeAt": "共享申请办理情况",
    "CorrectionAt": "校核办理情况",
    "ListedAt": "共享申请清单",
    "ResourceAt": "上级目录资源",
    "ItemsAt": "目录资源信息项",
    "Paging": "分页",
    "Subject": "测试对象",
    "SubjectHolder": "测试持证人",
    "SubjectLicence": "测试证照",
    "Probe": "探测",
    "SettingRef": "命名设置",
    "Given": "请求中的常量",
    "FromReference": "带缺省的引用",
    "CodedReference": "按代码表反查",
    "Stamp": "请求中的日期",
    "Length": "印章位置的长度",
    "FilePartOf": "multipart 中的文件",
    "ObjectOf": "嵌套对象",
    "ListOf": "列表",
    "JsonText": "字符串中的 JSON",
    "XmlText": "字符串中的 XML",
    "XmlDocument": "XML 文档",
    "Joined": "拼接的文本",
    "Base64Text": "base64 文本",
    "Encrypted": "密文",
    "DateAt": "应答中的日期",
    "CodeAt": "应答中的代码",
    "SplitAt": "拆分的文本",
    "FirstOf": "多个路径取其一",
    "Constant": "应答中的常量",
}


def json_schema() -> Schema:
    """The JSON Schema (2020-12) of a manifest. It knows the shape; the rules are known to ``check`` alone."""
    schema = _any_of(Manifest.model_json_schema(by_alias=True))
    assert isinstance(schema, dict)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def reference_page() -> str:
    """The manifest's keys as a page: a table for each section, then the references that requests may use."""
    schema = json_schema()
    sections: dict[str, Schema] = {"Manifest": schema, **schema["$defs"]}
    lines = [
        "# 清单参考 · Manifest reference",
        "",
        "Generated from `adapters/kit/manifest/`; `yiwang system check DIR` says what is wrong with a manifest.",
    ]
    for name in _reachable("Manifest", sections):
        lines += _section(name, sections[name])
    lines += ["", "## 引用 · References", "", "| root | attributes |", "|---|---|"]
    lines += [f"| `{root}` | {_codes(sorted(names))} |" for root, names in REFERENCES.items()]
    lines += [f"| `{ROW}` | the names in the calling detail's `with` |", f"| `{NOW}` | none: the moment of the call |"]
    lines += [f"| `{PARAMETER}` | names of information items: the fields by which a resource is asked for |"]
    lines += [f"| `{SESSION}` | `token` and the names in `auth.session.secrets` |"]
    lines += [f"| `{REQUEST}` | in signatures: the names that lead to a field of the request |"]
    return "\n".join(lines) + "\n"


def write_reference(docs: Path) -> None:
    """Write page and schema to ``reference/`` below the documentation's folder."""
    folder = docs / "reference"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / PAGE).write_text(reference_page(), encoding="utf-8")
    (folder / SCHEMA).write_text(schema_text(), encoding="utf-8")


def schema_text() -> str:
    """The JSON Schema as its file holds it."""
    return json.dumps(json_schema(), ensure_ascii=False, indent=2) + "\n"


def _any_of(piece: object) -> object:
    """The schema with ``anyOf`` for ``oneOf``: an expression may look like a nested object too. Keys are closed."""
    if isinstance(piece, dict):
        closed = {"additionalProperties": False} if "patternProperties" in piece else {}
        return {"anyOf" if key == "oneOf" else key: _any_of(value) for key, value in piece.items()} | closed
    if isinstance(piece, list):
        return [_any_of(value) for value in piece]
    return piece


def _section(name: str, section: Schema) -> Iterator[str]:
    yield from ("", f"## {_HEADINGS[name]} · {name}", "")
    yield from (section.get("description", "").replace("``", "`"), "")
    yield from ("| key | type | default | meaning |", "|---|---|---|---|")
    needed = section.get("required", ())
    for key, field in section["properties"].items():
        default = "needed" if key in needed else _default(field)
        yield f"| `{key}` | {_type(field)} | {default} | {_cell(field.get('description', ''))} |"


def _default(field: Schema) -> str:
    default = field.get("default")
    if not default and default is not False:
        return "–"
    if isinstance(default, dict):
        return "its defaults"
    return f"`{default if isinstance(default, str) else json.dumps(default)}`"


def _type(field: Schema) -> str:
    if "$ref" in field:
        return _section_type(_name(field["$ref"]))
    if "anyOf" in field:
        return _alternatives([each for each in field["anyOf"] if each.get("type") != "null"])
    if "enum" in field or "const" in field:
        return _codes(field.get("enum") or [field["const"]])
    if field["type"] == "array":
        return f"list of {_type(field['items'])}"
    if field["type"] == "object":
        values = field.get("additionalProperties") or next(iter(field["patternProperties"].values()))
        return f"names → {_type(values)}"
    return {"string": "text", "boolean": "true or false"}.get(field["type"], str(field["type"]))


def _section_type(name: str) -> str:
    if name == "RequestValue":
        return "reference or expression"
    return f"[{name}](#{_anchor(name)})" if name in _HEADINGS else _codes(list(Outcome))


def _alternatives(kinds: list[Schema]) -> str:
    if any(_name(kind.get("$ref", "")) == "CodeAt" for kind in kinds):
        return "path or expression"
    return " or ".join(_type(kind) for kind in kinds)


def _reachable(name: str, sections: dict[str, Schema]) -> list[str]:
    """Sections in the order in which a reader meets them."""
    seen: dict[str, None] = {}
    waiting = [name]
    while waiting:
        here = waiting.pop(0)
        if here not in seen:
            seen[here] = None
            waiting[:0] = _refs(sections[here], top=here == name)
    return [each for each in seen if "properties" in sections[each]]


def _refs(piece: object, *, top: bool = False) -> Iterator[str]:
    if isinstance(piece, dict):
        for key, value in piece.items():
            if key == "$ref":
                yield _name(value)
            elif not (top and key == "$defs") and key != "mapping":
                yield from _refs(value)
    elif isinstance(piece, list):
        for value in piece:
            yield from _refs(value)


def _name(ref: str) -> str:
    return ref.rpartition("/")[2]


def _anchor(name: str) -> str:
    return f"{_HEADINGS[name]}--{name}".lower().replace(" ", "-")


def _codes(values: list[Any]) -> str:
    return " ".join(f"`{value}`" for value in values)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "\\<")
