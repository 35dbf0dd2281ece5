"""SOAP requests for tests, put together as text so that nothing of the sandbox's own is used."""

import base64
import hashlib
from datetime import datetime

_OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
SERVICE = "http://licences.example/service/v1"
CERT = "{http://licences.example/types/cert}"


def token(settings: dict[str, str], created: datetime, nonce: bytes = b"first", *, text: bool = False) -> str:
    moment = created.isoformat()
    password, kind = settings["password"], "PasswordText"
    if not text:
        digest = hashlib.sha1(nonce + moment.encode() + password.encode()).digest()
        password, kind = base64.b64encode(digest).decode(), "PasswordDigest"
    return f"""<w:Security xmlns:w="{_OASIS}-wssecurity-secext-1.0.xsd" xmlns:u="{_OASIS}-wssecurity-utility-1.0.xsd">
      <w:UsernameToken><w:Username>{settings["username"]}</w:Username>
      <w:Password Type="{_OASIS}-username-token-profile-1.0#{kind}">{password}</w:Password>
      <w:Nonce>{base64.b64encode(nonce).decode()}</w:Nonce><u:Created>{moment}</u:Created></w:UsernameToken>
    </w:Security>"""


def envelope(security: str, payload: str) -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
    <s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header>{security}</s:Header>
    <s:Body>{payload}</s:Body></s:Envelope>""".strip().encode()


def by_holder(number: str, kind: str = "111", item: str = "item", more: str = "") -> str:
    return f"""<q:QueryCertByHolder xmlns:q="{SERVICE}" xmlns:h="http://licences.example/common/head">
      <q:Head><h:RequestId>1</h:RequestId><h:ItemCode>{item}</h:ItemCode></q:Head>
      <q:HolderCode>{number}</q:HolderCode><q:HolderTypeCode>{kind}</q:HolderTypeCode>{more}</q:QueryCertByHolder>"""


def by_identifier(identifier: str) -> str:
    return f"""<q:QueryCertByIdentifier xmlns:q="{SERVICE}" xmlns:h="http://licences.example/common/head">
      <q:Head><h:RequestId>1</h:RequestId><h:ItemCode>item</h:ItemCode></q:Head>
      <q:CertIdentifier>{identifier}</q:CertIdentifier></q:QueryCertByIdentifier>"""


PING = f'<q:Ping xmlns:q="{SERVICE}"/>'
