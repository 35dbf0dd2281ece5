"""SoftHSM with a fresh token, which can be taken out and put back."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from certs.x509 import KeyAlgorithm, PublicKey, asn1

PIN: Final = "1234"
_PLACES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so")


@dataclass(frozen=True)
class SoftHsm:
    """SoftHSM's library and where it keeps its token, with the public halves of the keys in it."""

    library: Path
    tokens: Path
    keys: Mapping[KeyAlgorithm, PublicKey]

    def reference(self, find: str) -> str:
        """Of a key: id 1, called rsa, or id 2, called ec."""
        return f"pkcs11:token=seals;{find}?module-path={self.library}"

    @contextmanager
    def away(self) -> Iterator[None]:
        """The token is taken out."""
        self.tokens.rename(self.tokens.with_name("out"))
        try:
            yield
        finally:
            self.tokens.with_name("out").rename(self.tokens)


@contextmanager
def softhsm_token(folder: Path, *, rsa: bool = True) -> Iterator[SoftHsm]:
    """A token in which an EC key (id 2) and, which takes longer, an RSA key (id 1) were made."""
    import pkcs11 as theirs  # noqa: PLC0415 # optional
    from pkcs11.util.ec import encode_named_curve_parameters  # noqa: PLC0415 # optional
    from pkcs11.util.rsa import encode_rsa_public_key  # noqa: PLC0415 # optional

    tokens = folder / "tokens"
    tokens.mkdir()
    (folder / "conf").write_text(f"directories.tokendir = {tokens}\nlog.level = ERROR\n")
    path = next(found for found in map(Path, _PLACES) if found.exists())
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(folder / "conf")
    make = ["softhsm2-util", "--init-token", "--free", "--label", "seals", "--so-pin", "5678", "--pin", PIN]
    subprocess.run(make, check=True, capture_output=True, timeout=60)
    library = theirs.lib(str(path))
    try:
        with library.get_token(token_label="seals").open(rw=True, user_pin=PIN) as session:
            curve = {theirs.Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
            parameters = session.create_domain_parameters(theirs.KeyType.EC, curve, local=True)
            point, _ = parameters.generate_keypair(id=b"\x02", label="ec", store=True)
            inside = asn1.Reader(bytes(point[theirs.Attribute.EC_POINT])).take(asn1.OCTET_STRING)
            ec_key = asn1.sequence(
                asn1.sequence(asn1.oid("1.2.840.10045.2.1"), asn1.oid("1.2.840.10045.3.1.7")), asn1.bits(inside)
            )
            keys = {KeyAlgorithm.EC: PublicKey.read(ec_key)}
            if rsa:
                made, _ = session.generate_keypair(theirs.KeyType.RSA, 2_048, id=b"\x01", label="rsa", store=True)
                rsa_key = asn1.sequence(
                    asn1.sequence(asn1.oid("1.2.840.113549.1.1.1"), asn1.null()), asn1.bits(encode_rsa_public_key(made))
                )
                keys[KeyAlgorithm.RSA] = PublicKey.read(rsa_key)
        yield SoftHsm(path, tokens, keys)
    finally:
        theirs.unload(str(path))
        os.environ.pop("SOFTHSM2_CONF")
        if before is not None:
            os.environ["SOFTHSM2_CONF"] = before
