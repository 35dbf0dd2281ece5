"""How departments write the headings and words of a catalogue's table."""

from collections.abc import Mapping
from typing import Any, Final

from gateway.core.sharing.headings import plain, spelt
from gateway.core.sharing.resources import ItemType, Masking, Sensitivity, SharingType

SPELLINGS: Final = {
    "code": ("信息资源代码", "资源代码", "信息资源编码", "资源编码", "目录代码", "目录编码", "数据目录代码"),
    "title": ("信息资源名称", "资源名称", "目录名称", "数据目录名称", "数据资源名称"),
    "provider": (
        "资源提供方代码", "信息资源提供方代码", "提供方代码", "提供单位代码", "数源单位代码", "统一社会信用代码",
        "提供方统一社会信用代码", "提供单位统一社会信用代码", "数源单位统一社会信用代码",
    ),
    "abstract": ("信息资源摘要", "资源摘要", "摘要", "资源描述"),
    "format": ("信息资源格式", "资源格式", "信息资源格式分类", "数据格式"),
    "sharing": ("共享类型", "共享属性", "共享方式分类"),
    "condition": ("共享条件", "有条件共享条件"),
    "update_cycle": ("更新周期", "更新频率"),
    "published_on": ("发布日期", "目录发布日期"),
    "item": ("信息项名称", "数据项名称", "字段名称", "字段中文名", "字段中文名称", "信息项", "数据项"),
    "name": ("信息项英文名", "信息项代码", "数据项英文名", "数据项编码", "字段英文名", "字段英文名称", "字段代码"),
    "type": ("数据类型", "信息项类型", "信息项数据类型", "字段类型", "类型"),
    "length": ("数据长度", "信息项长度", "字段长度", "长度"),
    "sensitivity": ("敏感级别", "敏感程度", "数据分级", "安全级别", "数据级别"),
    "masking": ("脱敏方式", "脱敏规则"),
    "keys": ("查询主键", "是否主键", "是否查询主键"),
    "parameters": ("查询条件", "是否查询条件"),
    "upstream": ("上级平台", "上级交换平台", "交换平台"),
    "number": ("上级平台编号", "上级目录编号", "交换平台编号"),
    "system": ("服务系统", "接口系统"),
    "operation": ("服务操作", "接口名称", "接口操作"),
    "": (
        "序号", "信息资源提供方", "资源提供方", "提供方", "提供单位", "数源单位", "信息资源分类", "资源分类", "分类",
        "共享方式", "开放属性", "开放类型", "开放条件", "是否向社会开放", "关联资源代码", "关联类目名称", "备注",
        "信息项信息", "共享属性信息", "开放属性信息", "类", "项", "目", "细目",
    ),
}  # fmt: skip
"""Headings by what they are of; those under the empty name are known, and not needed."""

COLUMNS: Final = spelt(SPELLINGS)
"""Names of columns by every heading that means them."""

_VALUES: Final[Mapping[str, Mapping[Any, tuple[str, ...]]]] = {
    "sharing": {
        SharingType.UNCONDITIONAL: ("无条件共享", "无条件", "1"),
        SharingType.CONDITIONAL: ("有条件共享", "有条件", "2"),
        SharingType.NOT_SHARED: ("不予共享", "不共享", "3"),
    },
    "type": {
        ItemType.TEXT: ("字符型", "字符型C", "C", "字符串", "字符串型", "文本", "文本型", "varchar", "char", "string"),
        ItemType.INTEGER: ("整数型", "整型", "整数", "int", "integer", "bigint"),
        ItemType.DECIMAL: ("数值型", "数值型N", "N", "数值", "数字", "货币型", "decimal", "number", "numeric"),
        ItemType.DATE: ("日期型", "日期型D", "D", "日期", "date"),
        ItemType.INSTANT: ("日期时间型", "日期时间型T", "T", "日期时间", "时间", "datetime", "timestamp"),
        ItemType.BOOLEAN: ("逻辑型", "逻辑型L", "L", "布尔", "布尔型", "boolean"),
    },
    "sensitivity": {
        Sensitivity.OPEN: ("公开", "可公开"),
        Sensitivity.INTERNAL: ("内部", "一般", "非敏感"),
        Sensitivity.PERSONAL: ("个人信息", "个人", "较敏感"),
        Sensitivity.SENSITIVE: ("敏感个人信息", "敏感", "高敏感"),
    },
    "masking": {
        Masking.ALL: ("全部", "全部隐藏"),
        Masking.NAME: ("姓名",),
        Masking.CITIZEN_ID: ("公民身份号码", "身份证号", "身份证号码"),
        Masking.CREDIT_CODE: ("统一社会信用代码",),
        Masking.PHONE: ("手机号", "手机号码", "电话"),
        Masking.NUMBER: ("证件号码", "编号"),
    },
    "keys": {"yes": ("是", "Y", "√", "1", "主键"), "no": ("否", "N", "0", "×")},
}  # fmt: skip


def _read(name: str) -> dict[str, Any]:
    return {plain(spelling): value for value, spellings in _VALUES[name].items() for spelling in spellings}


SHARING: Final = _read("sharing")
TYPES: Final = _read("type")
SENSITIVITIES: Final = _read("sensitivity")
MASKINGS: Final = _read("masking")
FLAGS: Final = _read("keys")
SHOWN: Final = {name: [spellings[0] for spellings in values.values()] for name, values in _VALUES.items()}
SHOWN["parameters"] = SHOWN["keys"]
TELLING: Final = (
    (("身份号码", "身份证"), Masking.CITIZEN_ID),
    (("信用代码",), Masking.CREDIT_CODE),
    (("手机", "电话", "联系方式"), Masking.PHONE),
    (("姓名",), Masking.NAME),
    (("证件号", "护照号"), Masking.NUMBER),
    (("住址", "地址", "出生日期", "民族", "婚姻", "银行账号"), Masking.ALL),
)


def usual(title: str) -> tuple[Sensitivity, Masking]:
    """What an information item of this title is where the table does not say: on the careful side."""
    for words, masking in TELLING:
        if any(word in title for word in words):
            sensitivity = Sensitivity.INTERNAL if masking is Masking.CREDIT_CODE else Sensitivity.PERSONAL
            return sensitivity, masking
    return Sensitivity.INTERNAL, Masking.ALL
