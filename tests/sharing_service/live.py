"""A running gateway with a catalogue of one resource, and tokens of those who share."""

from datetime import timedelta
from pathlib import Path

from gateway.bootstrap.addresses import database_address
from gateway.core.caller import Person, Role
from gateway.core.sharing.resources import ItemRelation
from gateway.settings import Settings
from gateway.store import migrate
from gateway.store.database import database
from gateway.store.sharing.relations import SqlItemRelations
from gateway.store.sharing.resources import SqlResources
from gateway.system_clock import SystemClock
from tests.seal_register.live import a_gateway, ask, served, token
from tests.sharing.making import CODE, HUB, ITEM, OFFICE, PROVIDER, REQUESTER, a_resource
from tests.sharing_service.offices import FIELDS, person

__all__ = ["CODE", "ITEM", "ask", "served", "token"]

OFFICES = f"""
edition = 1
[[authority]]
region = "420000"
body = "{HUB}"
[[body]]
code = "{PROVIDER}"
region = "420106"
[[body]]
code = "{REQUESTER}"
region = "420106"
own_office = "{OFFICE}"
"""
ASKER = person("asker", REQUESTER)
APPROVER = person("approver", OFFICE)
CHECKER = person("checker", HUB)
GIVER = person("giver", PROVIDER)
HUB_OFFICE = person("hub-1", None, Role.HUB)
AUDITOR = person("auditor", None, Role.AUDITOR)
CITIZEN = Person(subject="c", role=Role.CITIZEN, name="王测试", document_type="111", number="420106199001011231")
SOON = timedelta(days=30)


async def a_sharing_gateway(folder: Path) -> Settings:
    """Its settings; its catalogue has the resource, of which the item needs some fields."""
    made = a_gateway(folder)
    (folder / "offices.toml").write_text(OFFICES, "utf-8")
    settings = Settings.model_construct(
        **made.model_dump() | {"share_offices": folder / "offices.toml", "deadline_ms": 60_000}
    )
    assert settings.database is not None
    await migrate.upgrade(settings.database.get_secret_value())
    clock = SystemClock()
    async with database(database_address(settings), clock) as opened:
        await SqlResources(opened, clock).put([a_resource()])
        await SqlItemRelations(opened).put([ItemRelation(item=ITEM, resource=CODE, fields=FIELDS)])
    return settings
