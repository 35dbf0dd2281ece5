"""A running gateway that seals: its real workshop, store, worker and GraphQL, with a seal made for it."""

import asyncio
import base64
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.core.caller import Person, Role
from tests.seal_register.entries import OWNER
from tests.seal_register.live import a_gateway, served, token
from tests.servers.client import http_client

ITEM = "420106-100001"
RULES = f"""
edition = 1
[[item]]
code = "{ITEM}"
name = "某事项"
body = "{OWNER}"
regions = ["420000"]
types = ["*"]
[[rule]]
id = "r"
applications = ["console"]
roles = ["officer"]
bases = ["STATUTORY"]
items = ["*"]
types = ["*"]
bodies = ["*"]
regions = ["*"]
show = ["name"]
source = "示例"
"""


def person(role: Role, subject: str) -> Person:
    return Person(subject=subject, role=role, name="测试", account=subject, body=OWNER, post="p", region="420100")


OFFICER, SECOND = person(Role.OFFICER, "officer-1"), person(Role.OFFICER, "officer-2")
HUB, DEPARTMENT = person(Role.HUB, "hub-1"), person(Role.DEPARTMENT, "department-1")


@dataclass
class Live:
    """A gateway with a registered seal, and who asks it."""

    http: httpx.AsyncClient
    seal: str = ""

    async def ask(self, who: Person, query: str, **variables: Any) -> dict[str, Any]:
        """The data of the answer."""
        headers = {"authorization": f"Bearer {token(who)}", "accept-language": "en"}
        answer = (
            await self.http.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
        ).json()
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    async def upload(self, content: bytes, name: str, who: Person = OFFICER) -> str:
        query = "mutation ($input: CreateUploadInput!) { createUpload(input: $input) { upload { id url } } }"
        made = (await self.ask(who, query, input={"name": name, "bytes": len(content)}))["createUpload"]["upload"]
        headers = {"authorization": f"Bearer {token(who)}", "content-type": "application/octet-stream"}
        assert (await self.http.put(made["url"], content=content, headers=headers)).is_success
        return str(made["id"])

    async def use(self) -> str:
        query = "mutation ($input: OpenApplicationInput!) { openApplication(input: $input) { application { number } } }"
        opened = await self.ask(OFFICER, query, input={"item": ITEM})
        number = opened["openApplication"]["application"]["number"]
        query = "mutation ($input: OpenUseInput!) { openUse(input: $input) { use { id } problems { message } } }"
        used = await self.ask(OFFICER, query, input={"statutory": {"item": ITEM, "application": number}})
        return str(used["openUse"]["use"]["id"])

    async def ended(self, sealing: str) -> dict[str, Any]:
        """The sealing, when it has ended."""
        fields = "state problems { message } verification { verdict steps { number verdict message } }"
        query = f"query ($id: ID!) {{ sealing(id: $id) {{ {fields} file {{ url bytes sha256 }} }} }}"
        async with asyncio.timeout(60):
            while True:
                found: dict[str, Any] = (await self.ask(OFFICER, query, id=sealing))["sealing"]
                if found["state"] in {"RELEASED", "FAILED", "IN_DOUBT"}:
                    return found
                await asyncio.sleep(0.05)

    async def followed(self, who: Person, sealing: str) -> str:
        """All that the subscription tells, until it ends by itself."""
        query = "subscription ($id: ID!) { sealingProgress(id: $id) { state } }"
        headers = {"authorization": f"Bearer {token(who)}", "accept": "text/event-stream"}
        sent = {"query": query, "variables": {"id": sealing}}
        async with asyncio.timeout(60):
            return (await self.http.post("/graphql", json=sent, headers=headers)).text

    async def fetch(self, url: str) -> bytes:
        headers = {"authorization": f"Bearer {token(OFFICER)}"}
        return (await self.http.get(url, headers=headers)).content


async def make_seal(folder: Path) -> Path:
    """A seal with its key and the anchors of its maker."""
    command = ["seal", "make", str(folder / "box"), "--name", "某局业务专用章"]
    done = await asyncio.to_thread(CliRunner().invoke, app, command, env={"LANG": "C.UTF-8"})
    assert done.exit_code == 0, done.output
    return folder / "box"


@asynccontextmanager
async def live(folder: Path, **changed: Any) -> AsyncIterator[Live]:
    """The gateway, with the seal in its register and an authorisation for the owner's officers."""
    box = await make_seal(folder)
    settings = a_gateway(folder)
    (folder / "rules").write_text(RULES)
    shutil.copytree(box / "trust", folder / "seal-trust", dirs_exist_ok=True)
    settings = settings.model_copy(update=changed)
    async with served(settings) as url, http_client(base_url=url) as http:
        gateway = Live(http)
        chain = x509.load_pem_x509_certificates((box / "signer.pem").read_bytes())
        certificates = [one.public_bytes(Encoding.DER) for one in chain]
        key = f"file:{box / 'signer.key'}"
        gateway.seal = await register(gateway, (box / "seal.esl").read_bytes(), certificates, key)
        yield gateway


async def register(gateway: Live, structure: bytes, certificates: Sequence[bytes], key: str) -> str:
    """Register a seal whose key has this reference, and authorise the owner's officers to use it; its id."""
    registered = await gateway.ask(
        HUB,
        "mutation ($input: RegisterSealInput!) "
        "{ registerSeal(input: $input) { seal { id version } problems { message } } }",
        input={
            "structure": base64.b64encode(structure).decode(),
            "certificates": [base64.b64encode(one).decode() for one in certificates],
            "owner": OWNER,
            "route": {"key": key},
        },
    )
    seal = registered["registerSeal"]["seal"]
    assert seal is not None, registered
    authorised = await gateway.ask(
        DEPARTMENT,
        "mutation ($input: AuthoriseSealInput!) { authoriseSeal(input: $input) { seal { id } problems { message } } }",
        input={
            "id": seal["id"],
            "applications": ["console"],
            "bodies": [OWNER],
            "items": [ITEM],
            "documents": ["application/ofd", "application/pdf"],
            "until": (datetime.now(UTC) + timedelta(days=30)).isoformat(),
            "pages": 10,
            "expectedVersion": seal["version"],
        },
    )
    assert authorised["authoriseSeal"]["seal"] is not None, authorised
    return str(seal["id"])
