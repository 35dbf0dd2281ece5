"""A running gateway with the register of the sandbox, its resource in the catalogue and those who decide on it."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import adapters.systems
from adapters.sandbox.running import Sandbox
from certs.audit_keys import AuditKeyKind, generate_audit_key
from certs.record_cipher import AesGcmRecordCipher
from gateway.core.issuers import DEVELOPMENT_ISSUER
from gateway.core.sharing.resources import ItemRelation
from gateway.core.use import Use, UseBasis
from gateway.settings import Settings
from gateway.store.database import database
from gateway.store.migrate import upgrade
from gateway.store.sharing.relations import SqlItemRelations
from gateway.store.sharing.resources import SqlResources
from gateway.store.uses import SqlUses
from gateway.system_clock import SystemClock
from tests.seal_register.live import CLOCK, a_gateway
from tests.sharing.making import HUB, ITEM, PROVIDER, REQUESTER
from tests.sharing_service.offices import person
from tests.sharing_use.site import PERSON, SYSTEM, a_resource

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
"""
ASKER = person("asker", REQUESTER)
CHECKER = person("checker", HUB)
GIVER = person("giver", PROVIDER)
USE = "use-1"


async def a_records_gateway(folder: Path, sandbox: Sandbox) -> Settings:
    """Its settings; the item needs names, telephones and states, and the asker has a use of it."""
    usual = a_gateway(folder)
    assert usual.database is not None
    values = sandbox.settings()[SYSTEM]
    lines = [
        "[[system]]",
        f'manifest = "{Path(adapters.systems.__path__[0]) / SYSTEM}"',
        f'hosts = ["{urlsplit(values["url"]).netloc}"]',
        'serves = { ports = ["ShareSource"], regions = ["420000"], types = ["*"], issuers = ["*"] }',
        "[system.settings]",
        *(f'{name} = "{value}"' for name, value in values.items()),
    ]
    files = {"systems": "\n".join(lines).encode(), "audit_key": generate_audit_key(AuditKeyKind.P256)}
    for name, content in (files | {"offices": OFFICES.encode()}).items():
        (folder / name).touch(0o600)
        (folder / name).write_bytes(content)
    url, now = usual.database.get_secret_value(), CLOCK.now()
    await upgrade(url)
    async with database(url, SystemClock()) as db:
        await SqlResources(db, CLOCK).put([a_resource()])
        needed = frozenset({"idNumber", "name", "phone", "state"})
        await SqlItemRelations(db).put([ItemRelation(item=ITEM, resource=PERSON, fields=needed)])
        use = Use(
            id=USE,
            item=ITEM,
            basis=UseBasis.STATUTORY,
            expires_at=now + timedelta(hours=1),
            owner_application="console",
            owner_subject=f"{DEVELOPMENT_ISSUER}#{ASKER.subject}",
            case="420102260302000000001",
            proven_at=now,
        )
        cipher = AesGcmRecordCipher.parse((folder / "record_key").read_bytes())
        await SqlUses(db, cipher).add(use, now, 10)
    named = {"audit_key": folder / "audit_key", "share_offices": folder / "offices", "deadline_ms": 60_000}
    return Settings.model_construct(**usual.model_dump() | named | {"database": usual.database})
