"""The words in which the gateway says that a value could not be taken as it came."""

from gateway.core.licence import PUBLIC_NAMES, Warned
from gateway.core.text import Language, Text

REASONS: dict[str, Text] = {
    "several-values": Text("应为单个值而得到多个", "several values where one belongs; the first is taken"),
    "not-a-text": Text("应为文本而得到结构", "a structure where a text belongs"),
    "too-long": Text("内容过长，已截断", "longer than the bound; cut"),
    "too-many": Text("条目过多，已截断", "more entries than the bound; cut"),
    "too-deep": Text("嵌套过深，已截断", "nested deeper than the bound; cut"),
    "not-a-date": Text("不是约定格式的日期", "not a date in the declared form"),
    "not-a-number": Text("不是非负整数，或数值过大", "not a whole number from 0 up, or too large"),
    "impossible-date": Text("日期不存在", "a date that does not exist"),
    "unknown-code": Text("代码不在码表中，已保留原码", "a code that the table does not know; the raw code is kept"),
    "unequal-parts": Text("各列数量不一致", "columns of different lengths"),
    "not-json": Text("内嵌 JSON 无法读取", "embedded JSON that cannot be read"),
    "not-an-object": Text("应为对象", "something else where an object belongs"),
    "name-missing": Text("信息项缺少名称", "an entry without a name"),
    "check": Text("标识校验位不符", "the check character does not fit"),
    "type": Text("标识中的类型代码不规范", "a malformed type code in the identifier"),
    "issuer": Text("标识中的签发机构代码不规范", "a malformed issuer code in the identifier"),
    "shape": Text("不符合证照标识的格式", "not of the shape of a licence identifier"),
    "detail": Text("明细查询未成功", "the system did not give its details"),
    "root": Text("标识缺少根节点", "the identifier lacks its root"),
}
"""Every reason that a Warned may carry."""


def warning_text(warned: Warned, language: Language) -> str:
    """The warning as a sentence: the field by its public name and what is the matter with it."""
    return f"{PUBLIC_NAMES[warned.field]}: {REASONS[warned.reason].render(language)}"
