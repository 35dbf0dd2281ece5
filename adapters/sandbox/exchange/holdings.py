"""What the exchange's catalogue has: resources of ministries, of which some can be asked for here."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from adapters.sandbox.world.checkdigits import credit_code


class Item(msgspec.Struct, frozen=True):
    """An information item: name, title, type (C text, N number, D day), length, level of secrecy 1 to 4, mask rule."""

    name: str
    title: str
    type: str = "C"
    length: int | None = None
    level: str = "3"
    mask: str = "0"


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """A resource; ``sharing`` 1 unconditional, 2 conditional, 3 not shared; ``service`` its interface, if any."""

    number: str
    code: str
    title: str
    provider: str
    items: tuple[Item, ...]
    sharing: str = "2"
    keys: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    service: str | None = None
    condition: str = ""
    cycle: str = "每日"
    published: str = "20260105"

    @property
    def fields(self) -> frozenset[str]:
        """The names of its items."""
        return frozenset(item.name for item in self.items)


_ID: Final = Item("idNumber", "公民身份号码", length=18, level="4", mask="2")
_NAME: Final = Item("name", "姓名", length=50, mask="1")
_FIRM: Final = Item("creditCode", "统一社会信用代码", length=18, level="1", mask="3")
_CONDITION: Final = "用于依法办理政务服务事项，须说明办理依据"


def _provider(body: str) -> str:
    return credit_code("11", "100000", body)


def _others() -> tuple[Holding, ...]:
    """Resources that are only in the catalogue: nothing here answers for them."""
    titles = ("学历学位信息", "船舶登记信息", "残疾人基础信息", "不动产登记状态", "车辆登记状态", "婚姻登记状态")
    return tuple(
        Holding(
            number=f"GJ0000{place:06d}",
            code=f"307{place:03d}/{place:05d}",
            title=title,
            provider=_provider(f"0000{place:04d}"),
            items=(_ID, _NAME, Item("state", "状态")),
            keys=("idNumber",),
            sharing="3" if place == 1 + len(titles) else "2",
            condition=_CONDITION,
            cycle="每月",
        )
        for place, title in enumerate(titles, 2)
    )


_ALL: Final = (
    Holding(
        number="GJ0000000001",
        code="307101/00001",
        title="人口户籍基本信息",
        provider=_provider("00000101"),
        items=(
            _ID,
            _NAME,
            Item("sex", "性别"),
            Item("born", "出生日期", "D"),
            Item("region", "户籍地行政区划", length=6, level="2"),
            Item("address", "户籍地址", length=200, level="4"),
            Item("head", "户主标识", level="2"),
            Item("updated", "更新日期", "D", level="1"),
        ),
        keys=("idNumber",),
        service="household",
        condition=_CONDITION,
        cycle="实时",
    ),
    Holding(
        number="GJ0000000008",
        code="307102/00008",
        title="单位从业人员登记信息",
        provider=_provider("00000102"),
        items=(
            _FIRM,
            _ID,
            _NAME,
            Item("post", "岗位类别", level="2"),
            Item("since", "入职日期", "D"),
        ),
        keys=("creditCode",),
        parameters=("post",),
        service="staff",
        condition=_CONDITION,
    ),
    Holding(
        number="GJ0000000009",
        code="307103/00009",
        title="法人登记基本信息",
        provider=_provider("00000103"),
        items=(
            _FIRM,
            Item("firmName", "法人名称", length=200, level="1"),
            Item("status", "登记状态", level="1"),
            Item("founded", "成立日期", "D", level="1"),
            Item("capital", "注册资本（万元）", "N", level="1"),
        ),
        sharing="1",
        keys=("creditCode",),
        service="firm",
    ),
    *_others(),
)
RESOURCES: Final[Mapping[str, Holding]] = MappingProxyType({holding.number: holding for holding in _ALL})
"""By number."""


def row(holding: Holding) -> dict[str, object]:
    """A resource as the catalogue gives it."""
    return {
        "resourceNo": holding.number,
        "catalogCode": holding.code,
        "title": holding.title,
        "providerCode": holding.provider,
        "summary": f"{holding.title}（示例）",
        "shareType": holding.sharing,
        "shareCondition": holding.condition,
        "updateCycle": holding.cycle,
        "publishDate": holding.published,
        "serviceCode": holding.service,
        "queryKeys": ",".join(holding.keys),
        "queryParams": ",".join(holding.parameters),
        "items": [
            {
                "itemName": item.name,
                "itemTitle": item.title,
                "itemType": item.type,
                "itemLength": item.length,
                "secLevel": item.level,
                "maskRule": item.mask,
            }
            for item in holding.items
        ],
    }
