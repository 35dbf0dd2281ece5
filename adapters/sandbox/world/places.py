"""Regions and public bodies of the synthetic province: real region codes, invented bodies."""

from adapters.sandbox.world.checkdigits import credit_code
from adapters.sandbox.world.model import Body

REGIONS = (
    "420102", "420103", "420104", "420105", "420106", "420107", "420111", "420202", "420203", "420302", "420502",
    "420503", "420602", "420606", "420704", "420802", "420902", "421002", "421003", "421102", "421202", "421303",
    "422801",
)  # fmt: skip
"""County codes of province 42 (GB/T 2260) in which people live and bodies sit."""

DEPARTMENTS = {
    "police": "公安局",
    "market": "市场监督管理局",
    "civil": "民政局",
    "health": "卫生健康委员会",
    "transport": "交通运输局",
    "estate": "自然资源和规划局",
    "labour": "人力资源和社会保障局",
    "education": "教育局",
    "housing": "住房和城乡建设局",
    "emergency": "应急管理局",
    "disabled": "残疾人联合会",
    "service": "政务服务和大数据管理局",
}
"""Departments by key, with the end of their bodies' names."""

_NATIONAL_BODY = 90_000_001


def county_bodies() -> dict[tuple[str, str], Body]:
    """Every department's body in every region, by (region, department); the same in every world."""
    bodies = {}
    for place, region in enumerate(REGIONS):
        for order, (department, ending) in enumerate(DEPARTMENTS.items()):
            code = credit_code("11", region, f"{70_000_000 + place * 1_000 + order * 7 + 1:08}")
            bodies[region, department] = Body(code, f"示例{ending}({region})", region, department)
    return bodies


def defining_bodies() -> dict[str, Body]:
    """The example bodies that define licence types, one a department."""
    return {
        department: Body(
            credit_code("11", "100000", f"{_NATIONAL_BODY + order * 11:08}"), f"示例国家{ending}", "100000", department
        )
        for order, (department, ending) in enumerate(DEPARTMENTS.items())
    }
