"""A running gateway with an empty seal register, and tokens of those who come to it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import uvicorn
from pydantic import SecretStr

from certs.record_cipher import AesGcmRecordCipher
from certs.tokens import DevelopmentIssuer
from gateway.bootstrap.running import running
from gateway.cli.issuers import write_issuers
from gateway.core.caller import Application, Caller, Person
from gateway.settings import Mode, Settings
from gateway.system_clock import SystemClock
from tests.seal_register.entries import HEIR, OWNER
from tests.servers.client import http_client

CLOCK = SystemClock()
ISSUER = DevelopmentIssuer.generate(CLOCK)
RULES = f"""
edition = 1
[[body]]
code = "{OWNER}"
successor = "{HEIR}"
on = 2020-01-01
[[rule]]
id = "r"
applications = ["console"]
roles = ["citizen"]
bases = ["HOLDER"]
items = ["*"]
types = ["*"]
bodies = ["*"]
regions = ["*"]
show = ["name"]
source = "示例"
"""


def token(person: Person | None) -> str:
    return ISSUER.issue(Caller(Application("console", "控制台"), person), timedelta(hours=1))


def a_gateway(folder: Path) -> Settings:
    """Its settings; ``seal-trust`` in the folder holds the anchors of seals."""
    write_issuers(folder, ISSUER)
    files = {
        "id_key": bytes(range(64)), "systems": b"", "rules": RULES.encode(),
        "record_key": AesGcmRecordCipher.generate_key(),
    }  # fmt: skip
    for name, content in files.items():
        (folder / name).touch(0o600)
        (folder / name).write_bytes(content)
    (folder / "seal-trust").mkdir()
    named: dict[str, Any] = {name: folder / name for name in files}
    named |= {"issuers": folder / "issuers.toml", "seal_trust": folder / "seal-trust", "mode": Mode.DEVELOPMENT}
    named |= {"document_processes": 0}  # they would take longer to start than most tests do
    named |= {"database": SecretStr(f"sqlite:///{folder / 'gateway.sqlite'}")}
    return Settings.model_construct(**Settings().model_dump() | named)


@asynccontextmanager
async def served(settings: Settings) -> AsyncIterator[str]:
    """The address of the gateway, on a port of its own."""
    async with running(settings, CLOCK) as gateway:
        server = uvicorn.Server(uvicorn.Config(gateway.app, port=0, log_config=None, lifespan="off", ws="none"))
        serving = asyncio.create_task(server.serve())
        async with asyncio.timeout(60):
            while not server.started:  # noqa: ASYNC110 - uvicorn tells nobody
                await asyncio.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving


async def ask(url: str, who: Person | None, query: str, **variables: Any) -> dict[str, Any]:
    """The whole answer of the gateway."""
    headers = {"authorization": f"Bearer {token(who)}"}
    async with http_client() as client:
        sent = {"query": query, "variables": variables}
        answer: dict[str, Any] = (await client.post(f"{url}/graphql", json=sent, headers=headers)).json()
    return answer
