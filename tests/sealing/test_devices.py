"""Seals whose keys lie in devices, in a gateway that runs: through the device's absence, and only with its PIN."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from certs.seals import Picture, SealDraft, SignerList, make_seal
from certs.seals.pictures import round_seal
from certs.signers import HeldSigner
from certs.x509 import DevelopmentAuthority, KeyAlgorithm, PublicKey
from gateway.bootstrap import sealing
from gateway.services.sealing.pace import Pace
from gateway.settings import Settings
from gateway.system_clock import SystemClock
from tests.ofd.world import HELLO
from tests.pdf.documents import pdf
from tests.pdf.test_sealing import kept, pdfsig
from tests.seal_register.live import a_gateway, served
from tests.sealing.live import OFFICER, RULES, Live, register
from tests.sealing.test_over_http import SEAL, SEAL_MANY, VERIFY
from tests.servers.client import http_client
from tests.signers import emulated
from tests.signers.softhsm import PIN, softhsm_token
from tools import groups

CLOCK = SystemClock()


class Desk:
    """A gateway with a seal whose key is in a device, and an officer who has documents sealed with it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.settings: Settings = a_gateway(folder)
        (folder / "rules").write_text(RULES)
        self.count = 0
        monkeypatch.setattr(sealing, "Pace", lambda: Pace(longest_wait=0.2))

    @asynccontextmanager
    async def open(self, pins: dict[str, str]) -> AsyncIterator[Live]:
        """The gateway, from its start with these PINs to its end."""
        file = self.folder / "pins.toml"
        file.touch(0o600)
        file.write_text("".join(f'"{key}" = "{pin}"\n' for key, pin in pins.items()))
        settings = self.settings.model_copy(update={"seal_pins": file})
        async with served(settings) as url, http_client(base_url=url) as http:
            yield Live(http)

    async def register(self, gateway: Live, key: PublicKey, reference: str) -> None:
        """The seal, made by an authority that the gateway believes."""
        authority = DevelopmentAuthority.create(CLOCK)
        trust, chain = self.settings.seal_trust, authority.intermediate
        assert trust is not None
        (trust / "chain").mkdir()
        (trust / "root.pem").write_text(authority.root.certificate.to_pem())
        (trust / "chain" / "authority.pem").write_text(chain.certificate.to_pem())
        for name, of in (("root", authority.root), ("authority", chain)):
            (trust / f"{name}.crl").write_bytes(authority.crl(of))
        signer, maker = authority.certify("signer", key), authority.issue("maker")
        now = CLOCK.now().replace(microsecond=0)
        picture = Picture("PNG", round_seal("设备章").png, 42, 42)
        draft = SealDraft(
            kind=1, identity="DEVICE1", name="设备章", signers=SignerList(certificates=(signer.der,)), picture=picture,
            created_at=now, valid_from=now, valid_until=signer.not_after,
        )  # fmt: skip
        seal = await make_seal(draft, HeldSigner(maker.key, maker.certificate))
        gateway.seal = await register(gateway, seal.envelope.raw, [signer.der, chain.certificate.der], reference)

    async def asked(self, gateway: Live, document: bytes, *more: bytes) -> list[str]:
        """The ids of sealings of documents: of one by ``sealDocument``, of more by ``sealDocuments``."""
        documents = []
        for content in (document, *more):
            self.count += 1
            upload = await gateway.upload(content, f"{self.count}.bin")
            documents.append({"idempotencyKey": f"key-{self.count}", "file": {"upload": upload}})
        asked = {"use": await gateway.use(), "seal": gateway.seal, "at": {"page": 1, "x": 30, "y": 40}}
        if not more:
            made = (await gateway.ask(OFFICER, SEAL, input=asked | documents[0]))["sealDocument"]
            return [made["sealing"]["id"]]
        many = (await gateway.ask(OFFICER, SEAL_MANY, input=asked | {"documents": documents}))["sealDocuments"]
        return [one["id"] for one in many["sealings"]]


async def released(gateway: Live, sealing_id: str) -> bytes:
    """The sealed document, which the gateway finds valid when it is brought back."""
    done = await gateway.ended(sealing_id)
    assert (done["state"], done["problems"]) == ("RELEASED", []), done
    content = await gateway.fetch(done["file"]["url"])
    upload = await gateway.upload(content, "sealed")
    verified = await gateway.ask(OFFICER, VERIFY, input={"file": {"upload": upload}})
    assert verified["verifySealedDocument"]["verification"]["verdict"] == "VALID", verified
    return content


async def waiting(gateway: Live, sealing_id: str) -> dict[str, Any]:
    """The sealing, when it says what it waits for."""
    query = "query ($id: ID!) { sealing(id: $id) { state problems { code message remedy } file { url } } }"
    while True:
        found: dict[str, Any] = (await gateway.ask(OFFICER, query, id=sealing_id))["sealing"]
        if found["problems"]:
            return found
        await asyncio.sleep(0.05)


@pytest.mark.group("softhsm", needs="softhsm2 and python-pkcs11")
async def test_a_seal_in_a_pkcs11_device_is_used_over_http(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The PIN is wrong at first; the token is taken out later."""
    desk = Desk(tmp_path, monkeypatch)
    with softhsm_token(tmp_path, rsa=False) as device:
        reference = device.reference("object=ec;id=%02")
        async with desk.open({reference: "9999"}) as gateway:
            await desk.register(gateway, device.keys[KeyAlgorithm.EC], reference)
            seal = gateway.seal
            (first,) = await desk.asked(gateway, pdf("", text=("first",)))
            refused = await waiting(gateway, first)
            assert (refused["state"], refused["file"]) == ("SEALING", None)
            assert "refused the PIN" in refused["problems"][0]["message"]
            assert "YIWANG_SEAL_PINS" in refused["problems"][0]["remedy"]
        async with desk.open({reference: PIN}) as gateway:
            gateway.seal = seal
            sealed = await released(gateway, first)
            if groups.present("pdfsig"):
                assert "Signature is Valid." in pdfsig(kept(tmp_path, sealed))
            await goes_and_comes_back(desk, gateway, device.away, pdf("", text=("a",)), pdf("", text=("b",)))
            (unfit,) = await desk.asked(gateway, HELLO)
            failed = await gateway.ended(unfit)
            assert (failed["state"], failed["file"]) == ("FAILED", None)
            assert "SM2" in failed["problems"][0]["message"]


@pytest.mark.group("cc", needs="a C compiler and libcrypto 3")
async def test_a_seal_in_an_sdf_device_is_used_over_http(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The device is taken out between two documents."""
    desk, library = Desk(tmp_path, monkeypatch), emulated.emulated(tmp_path)
    reference = f"sdf:key=2?module-path={library}"
    async with desk.open({reference: "12345678"}) as gateway:
        await desk.register(gateway, emulated.public_key(library, 2), reference)
        (first,) = await desk.asked(gateway, HELLO)
        await released(gateway, first)
        await goes_and_comes_back(desk, gateway, lambda: emulated.away(library), pdf("", text=("a",)), HELLO)


async def goes_and_comes_back(
    desk: Desk, gateway: Live, away: Callable[[], AbstractContextManager[None]], *documents: bytes
) -> None:
    """While the device is away documents wait, and say why; they are sealed when it is back."""
    with away():
        sealings = await desk.asked(gateway, *documents)
        for sealing_id in sealings:
            told = await waiting(gateway, sealing_id)
            assert (told["state"], told["file"]) == ("SEALING", None)
            assert "nothing is sealed yet" in told["problems"][0]["message"]
            assert "bring-keys" in told["problems"][0]["remedy"]
    for sealing_id in sealings:
        await released(gateway, sealing_id)
