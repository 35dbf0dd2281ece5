"""Signature.xml: what a signature protects, with what and where it shows; read strictly, written in the schema's order.

The digest of this very file is what is signed, so two readings of it must not be possible: where an element that
decides something is there twice, at whatever depth, the file is refused.
"""

import base64
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec

from certs.ofd import xml
from certs.ofd.errors import OfdInvalid
from certs.ofd.geometry import Box
from certs.ofd.limits import Limits
from certs.ofd.placement import Stamp
from certs.ofd.signature_list import NAMESPACE
from gateway.core.text import Text

PROVIDER: Final = "Yiwang"
VERSION: Final = "1.0"
SM3_OID: Final = "1.2.156.10197.1.401"

_NOT_ONE = Text(
    "签名描述文件的根元素不是 Signature", "the root element of the signature's description is not Signature"
)
_TWICE = Text(
    "签名描述文件中 {name} 缺失或重复：可能被包装攻击",
    "the signature's description lacks {name} or has it more than once: it may have been wrapped",
)
_TOO_MANY = Text("签名描述文件引用的文件过多", "the signature's description names too many files")
_NO_VALUE = Text("签名描述文件中的摘要值有误", "a digest in the signature's description is none")
_ONCE = ("SignedInfo", "References", "SignedValue")
_AT_MOST_ONCE = ("SignatureMethod", "Seal", "SignatureDateTime")


class Reference(msgspec.Struct, frozen=True):
    """A file that a signature protects.

    Attributes:
        file: where it is, as it is written.
        value: the digest of its content.
    """

    file: str
    value: bytes


class Description(msgspec.Struct, frozen=True, kw_only=True):
    """A Signature.xml as it was read.

    Attributes:
        method: the signature's algorithm as it is written; empty if it is not said.
        check_method: the digest's algorithm as it is written; empty if it is not said.
        references: what it protects.
        seal: where Seal.esl is, as it is written; empty if it is not said.
        value: where SignedValue.dat is, likewise.
        stamps: where it shows.
    """

    method: str
    check_method: str
    references: Sequence[Reference]
    seal: str
    value: str
    stamps: Sequence[Stamp]


def read_description(data: bytes, path: str, limits: Limits) -> Description:
    """Read a Signature.xml.

    Raises:
        OfdInvalid: it cannot be read, is none, or can be understood in two ways.
    """
    root = xml.read_tree(data, path, limits)
    if root.name != "Signature":
        raise OfdInvalid(_NOT_ONE)
    names = [node.name for node in root.walk()]
    for name in _ONCE:
        if names.count(name) != 1:
            raise OfdInvalid(_TWICE.format(name=name))
    for name in _AT_MOST_ONCE:
        if names.count(name) > 1:
            raise OfdInvalid(_TWICE.format(name=name))
    info = root.first("SignedInfo")
    references = None if info is None else info.first("References")
    if info is None or references is None or root.first("SignedValue") is None:
        raise OfdInvalid(_TWICE.format(name="References"))
    seal = info.first("Seal")
    return Description(
        method=info.value("SignatureMethod"),
        check_method=references.attributes.get("CheckMethod", "").strip(),
        references=_references(references, limits),
        # The older drafts of the standard have the place as the element's own text.
        seal="" if seal is None else seal.value("BaseLoc") or seal.text.strip(),
        value=root.value("SignedValue"),
        stamps=[_stamp(node) for node in info.all("StampAnnot")],
    )


def _references(node: xml.Node, limits: Limits) -> Sequence[Reference]:
    nodes = node.all("Reference")
    if not nodes or len(nodes) > limits.references:
        raise OfdInvalid(_TOO_MANY if nodes else _TWICE.format(name="Reference"))
    found = []
    for one in nodes:
        values = one.all("CheckValue")
        if len(values) != 1:
            raise OfdInvalid(_NO_VALUE)
        try:
            value = base64.b64decode("".join(values[0].text.split()), validate=True)
        except ValueError:  # no base64, or not even ASCII
            raise OfdInvalid(_NO_VALUE) from None
        found.append(Reference(one.attributes.get("FileRef", ""), value))
    return found


def _stamp(node: xml.Node) -> Stamp:
    boundary = Box.read(node.attributes.get("Boundary")) or Box(0, 0, 0, 0)
    return Stamp(node.attributes.get("PageRef", ""), boundary, Box.read(node.attributes.get("Clip")))


def write_description(
    *,
    method: str,
    at: datetime,
    references: Sequence[tuple[str, bytes]],
    stamps: Sequence[Stamp] = (),
    seal: str = "",
    value: str,
) -> bytes:
    """A Signature.xml.

    Args:
        method: the signature algorithm's object identifier.
        at: the time of signing.
        references: absolute paths of what is protected, with the SM3 of the contents.
        stamps: where it shows.
        seal: the absolute path of Seal.esl; empty for a plain signature.
        value: the absolute path of SignedValue.dat.
    """
    head = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<ofd:Signature xmlns:ofd="{NAMESPACE}"><ofd:SignedInfo>'
        f'<ofd:Provider ProviderName="{PROVIDER}" Version="{VERSION}" Company="{PROVIDER}"/>'
        f"<ofd:SignatureMethod>{method}</ofd:SignatureMethod>"
        f"<ofd:SignatureDateTime>{at.astimezone(UTC):%Y%m%d%H%M%SZ}</ofd:SignatureDateTime>"
        f'<ofd:References CheckMethod="{SM3_OID}">'
    )
    parts = [head]
    parts += (
        f'<ofd:Reference FileRef="{xml.escaped(path)}">'
        f"<ofd:CheckValue>{base64.b64encode(digest).decode()}</ofd:CheckValue></ofd:Reference>"
        for path, digest in references
    )
    parts.append("</ofd:References>")
    for number, stamp in enumerate(stamps, 1):
        clip = "" if stamp.clip is None else f' Clip="{stamp.clip.written()}"'
        parts.append(
            f'<ofd:StampAnnot ID="a{number:03d}" PageRef="{xml.escaped(stamp.page)}"'
            f' Boundary="{stamp.boundary.written()}"{clip}/>'
        )
    if seal:
        parts.append(f"<ofd:Seal><ofd:BaseLoc>{xml.escaped(seal)}</ofd:BaseLoc></ofd:Seal>")
    parts.append(f"</ofd:SignedInfo><ofd:SignedValue>{xml.escaped(value)}</ofd:SignedValue></ofd:Signature>")
    return "".join(parts).encode()
