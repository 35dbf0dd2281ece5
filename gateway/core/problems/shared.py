"""Problems of using shared data under grants."""

from gateway.core.problems.catalogue import ProblemCode, entry

SHARED_PARAMETERS_INVALID = entry(
    "YW-SU-01",
    ProblemCode.BAD_INPUT,
    (
        "parameters 须为对象，至多 {limit} 项，值须符合字段的类型与长度",
        "parameters is an object of {limit} values at most, each of its field's type and length",
    ),
    (
        "以字段名为键、文本或整数为值；日期写作 2026-03-02",
        "write names of fields with texts or whole numbers, and days as 2026-03-02",
    ),
)
SHARED_NOT_SERVED = entry(
    "YW-SU-02",
    ProblemCode.CONFLICT,
    ("该资源尚未接入提供服务的系统", "no system answers for this resource yet"),
    ("由提供单位在目录中登记服务系统", "have its provider name the system in the catalogue"),
)
SHARED_FIELDS_INVALID = entry(
    "YW-SU-03",
    ProblemCode.BAD_INPUT,
    ("fields 须为 1 到 {limit} 个字段名", "fields is 1 to {limit} names"),
    ("列出所需字段，或不填写以查询全部开放字段", "name what is needed, or leave it out for all that is opened"),
)
SHARED_GRANT_CHANGED = entry(
    "YW-SU-04",
    ProblemCode.FORBIDDEN,
    ("查询期间授权已终止或变更，数据未返回", "the grant ended or changed meanwhile, so nothing is given"),
    ("核对授权后重新查询", "look at the grant, then ask again"),
)
SHARED_OTHER_HOLDER = entry(
    "YW-SU-05",
    ProblemCode.FORBIDDEN,
    ("当前用途不及于所查对象", "the use does not reach whom is asked for"),
    ("为该对象另行开启用途", "open a use that reaches this person or body"),
)
SHARED_NOTHING_SELECTED = entry(
    "YW-SU-06",
    ProblemCode.BAD_INPUT,
    ("nodes 下未选择任何字段", "no field of the records is selected"),
    ("在 nodes 下选择所需的字段", "select below nodes what is needed"),
)
