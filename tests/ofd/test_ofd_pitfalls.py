"""What real files of several makers do differently, and is read all the same (one test for each known habit)."""

import base64
import re

import pytest

from certs.examination import Check, Verdict
from certs.seals import SealVersion, assemble, to_be_signed
from certs.sm import Signature, sm3
from tests.ofd.archives import Part, archive
from tests.ofd.forging import resigned, run, value
from tests.ofd.world import (
    LIST,
    NOW,
    SIGN,
    changed,
    document,
    examined,
    failing,
    files,
    only,
    packed,
    replaced,
    seal,
    sealed,
    signer,
    usual,
)

DESCRIPTION = f"{SIGN}/Signature.xml"
VALUE = f"{SIGN}/SignedValue.dat"


@pytest.mark.parametrize("name", ["SM3", "sm3", "1.2.156.10197.1.401.1", " 1.2.156.10197.1.401 "])
def test_the_digest_has_several_names(name: str) -> None:
    assert failing(examined(resigned((b'"1.2.156.10197.1.401"', f'"{name}"'.encode())))) == {}


@pytest.mark.parametrize("name", ["SM2", "SM3withSM2", "sm2-with-sm3", "SM2_SM3"])
def test_the_method_may_be_a_word(name: str) -> None:
    assert failing(examined(resigned((b"1.2.156.10197.1.501", name.encode())))) == {}


@pytest.mark.parametrize(
    "time", ["20200101000000", "20990101000000Z", "20260304050607.123Z", "2026-03-04 05:06:07", "yesterday", ""]
)
def test_the_time_in_the_description_is_never_compared(time: str) -> None:
    assert failing(examined(resigned((b"20260304050607Z", time.encode())))) == {}


@pytest.mark.parametrize(("identifier", "highest"), [("1", "7"), ("01", ""), ("001", "0"), ("s001", "x"), ("0", "0")])
@pytest.mark.parametrize("behind", [False, True])
def test_identifiers_are_of_any_form(identifier: str, highest: str, behind: bool) -> None:
    entry = f'<Signature ID="{identifier}" Type="seal" BaseLoc="/{DESCRIPTION}"/>'
    most = f"<MaxSignId>{highest}</MaxSignId>" if highest else ""
    body = entry + most if behind else most + entry
    data = changed(usual(), {LIST: f"<Signatures>{body}</Signatures>".encode()})
    assert failing(examined(data)) == {}
    again = sealed(data)
    assert failing(examined(again)) == {}
    assert len({one.label for one in examined(again).signatures}) == 2


@pytest.mark.parametrize(
    "reference", [f"/{DESCRIPTION}", DESCRIPTION, "Sign_0/Signature.xml", "./Sign_0\\Signature.xml"]
)
@pytest.mark.parametrize("kind", ["", ' Type="Seal"'])
def test_places_are_written_from_the_root_or_from_the_folder_and_a_type_need_not_be(reference: str, kind: str) -> None:
    entry = f'<Signatures><Signature ID="1"{kind} BaseLoc="{reference}"/></Signatures>'
    assert failing(examined(changed(usual(), {LIST: entry.encode()}))) == {}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'FileRef="/Doc_0', b'FileRef="Doc_0'),
        (b'FileRef="/Doc_0', b'FileRef="../../../Doc_0'),
        (b"<ofd:SignedValue>/Doc_0/Signs/Sign_0/", b"<ofd:SignedValue>"),
        (b"<ofd:BaseLoc>/Doc_0/Signs/Sign_0/", b"<ofd:BaseLoc>"),
        (b"<ofd:BaseLoc>/Doc_0/Signs/Sign_0/Seal.esl</ofd:BaseLoc>", b" /Doc_0/Signs/Sign_0/Seal.esl "),
    ],
    ids=["from-the-root", "from-the-folder", "value", "seal", "seal-as-text"],
)
def test_references_are_written_in_several_ways(old: bytes, new: bytes) -> None:
    assert failing(examined(resigned((old, new)))) == {}


def test_the_list_may_lie_beside_the_document() -> None:
    contents = files(usual())
    moved = contents.pop(LIST)
    root = contents["OFD.xml"].replace(b"/Doc_0/Signs/Signatures.xml", b"Doc_0/Signatures.xml")
    old = sm3(contents["OFD.xml"]), sm3(root)
    data = packed({**contents, "OFD.xml": root, "Doc_0/Signatures.xml": moved})

    before, after = (base64.b64encode(digest) for digest in old)
    data = resigned((before, after), data=data)
    assert failing(examined(data)) == {}
    again = sealed(data)
    assert "Doc_0/Sign_1/Signature.xml" in files(again)
    assert failing(examined(again)) == {}


def test_the_maker_of_the_software_may_stand_in_elements() -> None:
    provider = re.search(rb"<ofd:Provider [^>]*/>", files(usual())[DESCRIPTION])
    assert provider is not None
    elements = b"<ofd:Provider><ofd:ProviderName>x</ofd:ProviderName><ofd:Version>1</ofd:Version></ofd:Provider>"
    assert failing(examined(resigned((provider[0], elements)))) == {}
    assert failing(examined(resigned((provider[0], b"")))) == {}


def test_a_seal_need_not_lie_in_the_package() -> None:
    """Tax invoices carry it in the signature value only."""
    element = f"<ofd:Seal><ofd:BaseLoc>/{SIGN}/Seal.esl</ofd:BaseLoc></ofd:Seal>".encode()
    reference = re.search(rb'<ofd:Reference FileRef="/[^"]*Seal\.esl">.*?</ofd:Reference>', files(usual())[DESCRIPTION])
    assert reference is not None
    data = resigned((element, b""), (reference[0], b""))
    assert failing(examined(changed(data, {f"{SIGN}/Seal.esl": None}))) == {}


def test_a_value_may_be_written_as_two_bare_numbers() -> None:
    description = files(usual())[DESCRIPTION]
    signed = to_be_signed(seal(), at=NOW, data_hash=sm3(description), property_info=f"/{DESCRIPTION}")
    by = signer()
    bare = Signature.from_der(run(by.sign_raw(signed))).to_raw()
    data = assemble(signed, certificate=by.certificate.der, algorithm=by.algorithm, signature=bare)
    assert failing(examined(changed(usual(), {VALUE: data}))) == {}


def test_elements_come_in_any_order() -> None:
    """The reference implementation writes the value first and the stamps before the references."""
    description = files(usual())[DESCRIPTION]
    end = re.search(rb"<ofd:SignedValue>.*</ofd:SignedValue>", description)
    stamp = re.search(rb"<ofd:StampAnnot.*?/>", description)
    assert end is not None
    assert stamp is not None
    data = resigned(
        (end[0], b""), (b"<ofd:SignedInfo>", end[0] + b"<ofd:SignedInfo>"),
        (stamp[0], b""), (b"<ofd:References", stamp[0] + b"<ofd:References"),
    )  # fmt: skip
    assert failing(examined(data)) == {}


@pytest.mark.parametrize("namespace", [b"http://www.ofdspec.org", b"http://www.ofdspec.org/2020", b"urn:none"])
def test_namespaces_of_other_drafts_are_read(namespace: bytes) -> None:
    assert failing(examined(resigned((b"http://www.ofdspec.org/2016", namespace)))) == {}


def test_a_path_need_not_begin_with_a_slash_in_the_signed_properties() -> None:
    assert failing(examined(resigned(path=DESCRIPTION))) == {}


def test_packing_again_and_junk_before_the_archive_change_nothing() -> None:
    assert failing(examined(packed(files(usual())))) == {}
    contents = files(usual())
    parts = [Part(name.encode(), content) for name, content in contents.items() if name != "OFD.xml"]
    assert failing(examined(archive(parts, before=b"printer", root=contents["OFD.xml"]))) == {}


def test_old_names_are_covered_and_found() -> None:
    contents = document("")
    parts = [Part(name.encode(), content) for name, content in contents.items() if name != "OFD.xml"]
    data = sealed(archive([*parts, Part("附件.txt".encode("gbk"), b"text")], root=contents["OFD.xml"]))
    assert failing(examined(data)) == {}
    assert 'FileRef="/附件.txt"' in files(data)[DESCRIPTION].decode()


def test_versions_that_do_not_agree_are_found() -> None:
    description = files(usual())[DESCRIPTION]
    made = value(description, with_seal=seal(SealVersion.V5))
    data = changed(usual(), {VALUE: made, f"{SIGN}/Seal.esl": seal(SealVersion.V5).envelope.raw})
    assert failing(examined(data)) == only(Check.DIGESTS)
    v4, v5 = b"\x02\x01\x04" + seal().envelope.raw[:4], b"\x02\x01\x05" + seal().envelope.raw[:4]
    mixed = files(usual())[VALUE].replace(v4, v5)
    assert failing(examined(changed(usual(), {VALUE: mixed})))["signature"] is Verdict.INVALID


def test_a_document_without_a_type_in_its_list_and_a_plain_value_is_no_seal() -> None:
    data = replaced(usual(), LIST, b'Type="Seal"', b'Type="Unknown"')
    assert failing(examined(data)) == only(Check.SIGNATURE)
