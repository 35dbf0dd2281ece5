"""The test that an engine passes before its first use: the standard's examples, refusals, agreement with another."""

from typing import Final

from certs.sm.engine import DEFAULT_ID, Sm2Engine, message_digest
from certs.sm.errors import CipherInvalid, EngineUnusable, KeyInvalid, SignatureInvalid
from certs.sm.keys import Sm2PrivateKey, Sm2PublicKey
from certs.sm.shapes import CipherForm, Signature

# GB/T 32918.5-2017 (GM/T 0003.5-2012), appendices A and C: a key that everybody knows.
KNOWN_KEY: Final = "3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8"
KNOWN_PUBLIC: Final = (
    "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
KNOWN_MESSAGE: Final = b"message digest"
KNOWN_DIGEST: Final = "F0B43E94BA45ACCAACE692ED534382EB17E6AB5A19CE7B31F4486FDFC0D28640"
KNOWN_SIGNATURE: Final = (
    "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
    "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
)
KNOWN_PLAIN: Final = b"encryption standard"
KNOWN_CIPHER: Final = (  # C1 C3 C2
    "04EBFC718E8D1798620432268E77FEB6415E2EDE0E073C0F4F640ECD2E149A73"
    "E858F9D81E5430A57B36DAAB8F950A3C64E6EE6A63094D99283AFF767E124DF0"
    "59983C18F809E262923C53AEC295D30383B54E39D609D160AFCB1908D0BD8766"
    "21886CA989CA9C7D58087307CA93092D651EFA"
)


def run(engine: Sm2Engine, reference: Sm2Engine | None = None) -> None:
    """Test ``engine``; what it makes is read by ``reference`` (by itself without one).

    Raises:
        EngineUnusable: it computes wrongly; the message says what.
    """
    key = Sm2PrivateKey.from_hex(KNOWN_KEY)
    try:
        public = Sm2PublicKey.from_hex(KNOWN_PUBLIC)
        _require(key.public == public, "key pairs")
        _require(message_digest(public, KNOWN_MESSAGE, ident=DEFAULT_ID).hex().upper() == KNOWN_DIGEST, "digests")
        _signatures(engine, reference or engine, key)
        _ciphertexts(engine, reference or engine, key)
    except (SignatureInvalid, CipherInvalid, KeyInvalid) as error:
        raise EngineUnusable(f"{engine.name} refuses what is right") from error


def _signatures(engine: Sm2Engine, reference: Sm2Engine, key: Sm2PrivateKey) -> None:
    known = Signature.from_raw(bytes.fromhex(KNOWN_SIGNATURE))
    engine.verify(key.public, KNOWN_MESSAGE, known)
    first, second = engine.sign(key, KNOWN_MESSAGE), engine.sign(key, KNOWN_MESSAGE)
    _require(first.r != second.r, "numbers used once")
    reference.verify(key.public, KNOWN_MESSAGE, first)
    try:
        engine.verify(key.public, KNOWN_MESSAGE, Signature(known.r, known.s ^ 1))
    except SignatureInvalid:
        return
    raise EngineUnusable(f"{engine.name} accepts a wrong signature")


def _ciphertexts(engine: Sm2Engine, reference: Sm2Engine, key: Sm2PrivateKey) -> None:
    known = bytes.fromhex(KNOWN_CIPHER)
    _require(engine.decrypt(key, known) == KNOWN_PLAIN, "plaintexts")
    made = engine.encrypt(key.public, KNOWN_PLAIN, form=CipherForm.C1C2C3)
    _require(reference.decrypt(key, made, form=CipherForm.C1C2C3) == KNOWN_PLAIN, "ciphertexts")
    try:
        engine.decrypt(key, known[:-1] + bytes([known[-1] ^ 1]))
    except CipherInvalid:
        return
    raise EngineUnusable(f"{engine.name} accepts a changed ciphertext")


def _require(condition: bool, what: str) -> None:  # noqa: FBT001 # a condition is its argument
    if not condition:
        raise EngineUnusable(f"the self-test found wrong {what}")
