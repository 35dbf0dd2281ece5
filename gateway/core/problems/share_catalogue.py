"""Problems of keeping the catalogue of data sharing, and of reports on it."""

from gateway.core.problems.catalogue import ProblemCode, entry

CATALOGUE_CHANGED = entry(
    "YW-SC-01",
    ProblemCode.CONFLICT,
    (
        "导入期间目录被他人变更，未导入任何内容",
        "somebody else changed the catalogue meanwhile, so nothing was imported",
    ),
    ("重新导入同一文件", "import the same file again"),
)
SHARED_RESOURCE_CHANGED = entry(
    "YW-SC-02",
    ProblemCode.CONFLICT,
    ("查询期间目录资源已变更，数据未返回", "the resource changed in the catalogue meanwhile, so nothing is given"),
    ("重新查询，按现行目录决定", "ask again; it is decided by the catalogue as it is now"),
)
SHARE_REPORT_YEAR = entry(
    "YW-SC-03",
    ProblemCode.BAD_INPUT,
    ("年度须在 {first} 到 {last} 之间", "a report is of a year from {first} to {last}"),
    ("填写已开始的年度", "name a year that has begun"),
)
