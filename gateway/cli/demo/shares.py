"""What is shared in the demo: a resource of the catalogue, a grant for the officer, and what its records say."""

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urljoin

from adapters.sandbox.population.register import Register
from adapters.sandbox.world.generate import World
from gateway.cli.demo.queries import DECIDE_SHARE, IMPORT_CATALOGUE, REQUEST_SHARE, UPLOAD
from gateway.cli.demo.scene import Scene
from gateway.cli.demo.share_bodies import provider
from gateway.core.clock import CHINA

RESOURCE: Final = "307001/00101"
TITLE: Final = "个人参保信息"
SYSTEM: Final = "share-population"
ASKED: Final = {"idNumber": "SHOW", "name": "MASK", "phone": "MASK", "state": "SHOW", "months": "SHOW", "base": "SHOW"}
"""What the officer asks for."""

REFUSED: Final = "base"
"""What of it the provider does not give."""

PER_DAY: Final = 200
_STATES: Final = {"1": "参保缴费", "2": "暂停缴费", "3": "终止缴费"}
_DAYS: Final = timedelta(days=90)
_HEADINGS: Final = (
    "信息资源代码", "信息资源名称", "提供方代码", "共享类型", "共享条件", "信息项名称", "信息项英文名", "数据类型",
    "敏感级别", "脱敏方式", "查询主键", "服务系统", "服务操作",
)  # fmt: skip
_ITEMS: Final = (
    ("公民身份号码", "idNumber", "字符型", "个人信息", "公民身份号码", "是"),
    ("姓名", "name", "字符型", "个人信息", "姓名", "否"),
    ("手机号码", "phone", "字符型", "个人信息", "手机号", "否"),
    ("参保状态", "state", "字符型", "个人信息", "全部", "否"),
    ("缴费月数", "months", "整数型", "个人信息", "全部", "否"),
    ("缴费基数", "base", "整数型", "个人信息", "全部", "否"),
    ("住址", "address", "字符型", "个人信息", "全部", "否"),
)
_RELATED: Final = ("事项编码", "信息资源代码", "所需信息项")


def import_catalogue(scene: Scene) -> None:
    """The hub office imports the resource, and what the item needs of it.

    Raises:
        ValueError: something is wrong with a table.
    """
    world = scene.world
    head = (RESOURCE, TITLE, provider(world).code, "有条件共享", "用于办理事项")
    served = (SYSTEM, "person")
    rows = [(*(head if number == 0 else ("",) * 5), *item, *served) for number, item in enumerate(_ITEMS)]
    _imported(scene, "RESOURCES", [_HEADINGS, *rows])
    needed = "、".join(title for title, name, *_ in _ITEMS if name in ASKED)
    _imported(scene, "ITEM_RELATIONS", [_RELATED, (world.item, RESOURCE, needed)])


def granted(scene: Scene, key: str) -> dict[str, Any]:
    """What came of a request: asked for by the officer, checked by the authority, approved in part by the provider.

    Raises:
        ValueError: one of them could not take his step.
    """
    world = scene.world
    until = datetime.now(CHINA).replace(microsecond=0) + _DAYS  # one moment for both: more than was asked is refused
    asked = {
        "idempotencyKey": key,
        "resource": RESOURCE,
        "terms": _terms(world, ASKED, until),
        "purpose": {"text": "核验参保情况", "basis": "示例条例第一条"},
    }
    made = _done(scene, "officer", REQUEST_SHARE, "requestShare", asked)
    for role, decision, more in (
        ("share-authority", "TAKE_UP", {}),
        ("share-authority", "PASS", {}),
        ("share-provider", "APPROVE", {"granted": _terms(world, _given(), until), "reason": "beyond-necessary"}),
    ):
        step = {"id": made["request"]["id"], "expectedVersion": made["request"]["version"], "decision": decision}
        made = _done(scene, role, DECIDE_SHARE, "decideShareRequest", step | more)
    return made


def expected_record(world: World, number: str) -> dict[str, Any]:
    """The record of a person as the grant opens it, from the register of the world."""
    record = Register(world).people[number]
    name, phone = str(record["xm"]), str(record["lxdh"])
    return {
        "idNumber": number,
        "name": name[0] + "*" * max(1, len(name) - 2) + name[2:][-1:],
        "phone": f"{phone[:3]}****{phone[-4:]}",
        "state": _STATES[str(record["cbzt"])],
        "months": int(str(record["jfys"])),
    }


def person(world: World) -> str:
    """The number of the person who is asked for: not the holder, who reads who used his own data."""
    return world.people[2].number


def _given() -> dict[str, str]:
    return {name: access for name, access in ASKED.items() if name != REFUSED}


def _terms(world: World, fields: Mapping[str, str], until: datetime) -> dict[str, Any]:
    return {
        "fields": [{"name": name, "access": access} for name, access in fields.items()],
        "items": [world.item],
        "applications": ["demo-hall"],
        "bodies": [world.officer.body.code],
        "perDay": PER_DAY,
        "validUntil": until.isoformat(),
    }


def _imported(scene: Scene, kind: str, rows: Sequence[Sequence[str]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    content = text.getvalue().encode("gb18030")
    declared = {"name": "catalogue.csv", "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    upload = scene.ask("hub", UPLOAD, {"input": declared}).data["createUpload"]["upload"]
    url = urljoin(f"{scene.stage.gateway}/graphql", upload["url"])
    scene.client.send(url, scene.stage.tokens["hub"], content)
    given = {"file": {"upload": upload["id"]}, "kind": kind}
    done = _done(scene, "hub", IMPORT_CATALOGUE, "importShareCatalogue", given)
    if done["findings"]:
        raise ValueError(f"the table is not imported: {done['findings']}")


def _done(scene: Scene, role: str, query: str, name: str, given: dict[str, Any]) -> dict[str, Any]:
    reply = scene.ask(role, query, {"input": given})
    done: dict[str, Any] | None = reply.data.get(name)
    if done is None or done["problems"]:
        raise ValueError(f"{name}: {reply.codes if done is None else done['problems']}")
    return done
