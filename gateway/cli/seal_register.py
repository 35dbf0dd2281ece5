"""`yiwang seal register` and `renew`: seals that were made and filed elsewhere come into a gateway's register."""

import base64
from pathlib import Path
from typing import Annotated, Any

import typer

from certs.x509 import CertificateInvalid, CertificateUnsupported, read_certificates
from gateway.cli.seal_desk import AsJson, Id, change, present_version, read_file
from gateway.core.errors import ConfigurationInvalid

_LARGEST_SEAL = 524_288
_LARGEST_CHAIN = 262_144
_PIECE = 90_000
"""Characters of a text that a gateway takes in a variable, and some to spare."""

_Seal = Annotated[Path, typer.Option(metavar="FILE", help="印章结构（.esl） · the seal's structure")]
_Certificate = Annotated[
    Path,
    typer.Option("--cert", metavar="FILE", help="签章人证书，可附证书链 · the signer's certificate, and its chain"),
]
_Key = Annotated[
    str | None, typer.Option(metavar="REF", help="本网关的密钥引用 · a key of the gateway: pkcs11:…, sdf:…, file:…")
]
_Platform = Annotated[str | None, typer.Option(metavar="CODE", help="或印章平台的系统代码 · or a seal platform's code")]
_Number = Annotated[str | None, typer.Option(help="平台给印章的编号 · what the platform calls the seal")]
_Mode = Annotated[str, typer.Option(help="发给平台：DIGEST 或 DOCUMENT · what the platform is sent")]


def register(  # noqa: PLR0913 - one option per part; typer calls by name
    *,
    seal: _Seal,
    certificate: _Certificate,
    owner: Annotated[str, typer.Option(metavar="CODE", help="归属机构的统一社会信用代码 · the owner's credit code")],
    key: _Key = None,
    platform: _Platform = None,
    number: _Number = None,
    mode: _Mode = "DIGEST",
    two_person: Annotated[
        bool, typer.Option("--two-person", help="每次用印另一人审批 · another officer approves each use")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """登记在他处备案的印章 · Register a seal that was filed elsewhere, by the hub office; prints its id."""
    route = _route(key, platform, number, mode)
    if route is None:
        raise ConfigurationInvalid("nothing says where the seal's key is", "give --key, or --platform and --number")
    values = {**_made(seal, certificate), "owner": owner, "route": route, "twoPerson": two_person}
    change("registerSeal", "RegisterSealInput", values, as_json=as_json)


def renew(
    seal_id: Id,
    *,
    seal: _Seal,
    certificate: _Certificate,
    key: _Key = None,
    platform: _Platform = None,
    number: _Number = None,
    mode: _Mode = "DIGEST",
    as_json: AsJson = False,
) -> None:
    """换发印章 · Renew a seal with another structure and certificate; its key stays unless one is named."""
    values = {**_made(seal, certificate), "route": _route(key, platform, number, mode)}
    values |= {"id": seal_id, "expectedVersion": present_version(seal_id)}
    change("renewSeal", "RenewSealInput", values, as_json=as_json)


def _made(seal: Path, certificate: Path) -> dict[str, Any]:
    """Structure and certificates as the schema wants them."""
    try:
        chain = read_certificates(read_file(certificate, _LARGEST_CHAIN))
    except (CertificateInvalid, CertificateUnsupported) as error:
        raise ConfigurationInvalid(
            f"{certificate} holds no certificates: {error}", "give PEM, the signer's certificate first"
        ) from error
    structure = _text(read_file(seal, _LARGEST_SEAL))
    pieces = [structure[start : start + _PIECE] for start in range(0, len(structure), _PIECE)]
    return {"structure": pieces, "certificates": [_text(one.der) for one in chain]}


def _route(key: str | None, platform: str | None, number: str | None, mode: str) -> dict[str, Any] | None:
    if key is not None and platform is not None:
        raise ConfigurationInvalid("a seal has one key", "give --key or --platform, not both")
    if platform is not None:
        if number is None or mode.upper() not in {"DIGEST", "DOCUMENT"}:
            raise ConfigurationInvalid(
                "the platform's number for the seal is missing, or the mode is none",
                "give --number, and DIGEST or DOCUMENT as --mode",
            )
        return {"platform": {"system": platform, "number": number, "mode": mode.upper()}}
    return None if key is None else {"key": key}


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
