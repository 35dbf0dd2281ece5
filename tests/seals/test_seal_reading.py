"""Seals and signatures are read back as made, documented deviations are taken, anything else is refused."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certs.examination import Verdict
from certs.seals import (
    LARGEST_SEAL,
    LARGEST_SIGNATURE,
    CertificateDigest,
    Extension,
    Listing,
    Picture,
    SealInvalid,
    SealUnsupported,
    SealVersion,
    SignerList,
    SignerListKind,
    examine_seal,
    examine_signature,
    make_seal,
    read_seal,
    read_signature,
    to_be_signed,
)
from certs.seals.making import seal_info
from certs.sm import Signature, sm3
from certs.x509 import Hash
from certs.x509.asn1 import (
    GENERALIZED_TIME,
    IA5_STRING,
    UTC_TIME,
    UTF8_STRING,
    bits,
    boolean,
    element,
    explicit,
    generalized_time,
    integer,
    octets,
    oid,
    sequence,
    utf8,
)
from tests.seals import making

SM2 = "1.2.156.10197.1.501"
PRINTABLE = 0x13
ONE = sequence(octets(b"certificate"))


def header(version: int = 4, magic: bytes = b"ES", more: bytes = b"") -> bytes:
    return sequence(element(IA5_STRING, magic), integer(version), element(IA5_STRING, b"V"), more)


def properties(
    *,
    kind: bytes | None = None,
    name: bytes | None = None,
    list_kind: bytes | None = None,
    members: bytes = ONE,
    times: Sequence[bytes] | None = None,
) -> bytes:
    moments = times or [generalized_time(making.NOW)] * 3
    parts = (kind or integer(1), name or utf8("章"), integer(1) if list_kind is None else list_kind, members, *moments)
    return sequence(*parts)


def picture(width: int = 40, height: int = 30, kind: bytes = b"PNG") -> bytes:
    return sequence(element(IA5_STRING, kind), octets(b"picture"), integer(width), integer(height))


def info(
    *, top: bytes | None = None, number: bytes | None = None, own: bytes | None = None, pic: bytes | None = None,
    more: bytes = b"",
) -> bytes:  # fmt: skip
    return sequence(top or header(), number or element(IA5_STRING, b"1"), own or properties(), pic or picture(), more)


def v4(content: bytes | None = None, signature: bytes = b"s", more: bytes = b"") -> bytes:
    return sequence(content or info(), octets(b"maker"), oid(SM2), bits(signature), more)


def v1(content: bytes, more: bytes = b"") -> bytes:
    return sequence(content, sequence(octets(b"maker"), oid(SM2), bits(b"s"), more))


V1_INFO = info(top=header(1), own=properties(list_kind=b"", times=[element(UTC_TIME, b"200422021807Z")] * 3))


# ---- what was made is read back

moments = st.datetimes(datetime(1900, 1, 1), datetime(9999, 12, 30), timezones=st.just(UTC)).map(  # noqa: DTZ001 # the zone is beside
    lambda moment: moment.replace(microsecond=0)
)
ascii_text = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=40)
lists = st.one_of(
    st.builds(SignerList, certificates=st.lists(st.binary(max_size=60), min_size=1, max_size=4).map(tuple)),
    st.builds(
        SignerList,
        digests=st.lists(st.builds(CertificateDigest, ascii_text, st.binary(max_size=40)), min_size=1, max_size=4).map(
            tuple
        ),
    ),
)
extensions = st.lists(
    st.builds(
        Extension, st.sampled_from(["1.2.3", "2.999.1", "0.9.128.16384", "1.2.156.10197"]), st.booleans(), st.binary()
    ),
    max_size=3,
).map(tuple)


@given(
    st.sampled_from([SealVersion.V4, SealVersion.V5]),
    st.integers(0, 2**31 - 1),
    ascii_text,
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60),
    lists,
    st.builds(Picture, ascii_text, st.binary(max_size=400), st.integers(1, 1_000), st.integers(1, 1_000)),
    moments,
    moments,
    extensions,
)
def test_a_seal_is_read_back_as_it_was_drafted(  # noqa: PLR0917 # hypothesis fills them by place
    version: SealVersion,
    kind: int,
    identity: str,
    name: str,
    signers: SignerList,
    look: Picture,
    created: datetime,
    start: datetime,
    more: tuple[Extension, ...],
) -> None:
    end = start + timedelta(seconds=1)
    draft = making.draft(
        version=version, kind=kind, identity=identity, name=name, signers=signers, picture=look, created_at=created,
        valid_from=start, valid_until=end, extensions=more,
    )  # fmt: skip
    raw = v4(seal_info(draft))
    seal = read_seal(raw)
    assert (seal.version, seal.header_version, seal.vendor) == (version, version.value, "YIWANG")
    assert (seal.kind, seal.identity, seal.name) == (kind, identity, name)
    assert (seal.signers, seal.picture, seal.extensions) == (signers, look, more)
    assert (seal.created_at, seal.valid_from, seal.valid_until) == (created, start, end)
    assert seal.envelope.raw == raw
    assert seal.envelope.info_raw == seal.envelope.signed_raw == seal_info(draft)
    assert seal.deviations == ()


@given(moments, st.binary(max_size=64), ascii_text)
def test_a_signature_is_read_back_as_it_was_made(at: datetime, digest: bytes, path: str) -> None:
    seal = making.usual_seal()
    tbs = to_be_signed(seal, at=at, data_hash=digest, property_info=path)
    raw = sequence(tbs, octets(b"signer"), oid(SM2), bits(b"value"), explicit(0, bits(b"token")))
    signed = read_signature(raw)
    assert (signed.signed_at, signed.data_hash, signed.property_info) == (at, digest, path)
    assert (signed.version, signed.seal, signed.seal_raw) == (4, seal, seal.envelope.raw)
    assert (signed.envelope.signed_raw, signed.envelope.raw) == (tbs, raw)
    assert (signed.envelope.certificate, signed.envelope.algorithm) == (b"signer", SM2)
    assert (signed.envelope.signature, signed.envelope.timestamp) == (b"value", b"token")
    assert (signed.time_token, signed.extensions, signed.deviations) == (None, (), ())


@given(st.binary(max_size=300))
def test_nothing_but_a_refusal_comes_out_of_any_bytes(data: bytes) -> None:
    for read in (read_seal, read_signature):
        with pytest.raises(SealInvalid):
            read(data)


# ---- deviations that real files have

DEVIATIONS = {
    "the default FALSE written out": (
        v4(info(more=sequence(sequence(oid("1.2.3"), boolean(value=False), octets(b"x"))))),
        ["the default FALSE is written out"],
    ),
    "extensions under [0]": (v4(info(more=explicit(0, sequence(sequence(oid("1.2.3"), octets(b"x")))))), []),
    "bare extensions": (v4(info(more=sequence(sequence(oid("1.2.3"), octets(b"x"))))), []),
    "bare r and s": (v4(signature=b"s" * 64), ["a signature is written as bare r and s instead of in DER"]),
    "a number as UTF8String": (
        v4(info(number=utf8("编号"))), ["a text is of another string type than the standard's"]
    ),
    "a name in GB 18030": (v4(info(own=properties(name=element(UTF8_STRING, "印章".encode("gb18030"))))), []),
    "times as UTCTime": (
        v4(info(own=properties(times=[element(UTC_TIME, b"200422021807Z")] * 3))),
        ["a time is of another type than the standard's"],
    ),
    "times with fractions": (
        v4(info(own=properties(times=[element(GENERALIZED_TIME, b"20200422021807.25Z")] * 3))), []
    ),
    "times without a zone": (
        v4(info(own=properties(times=[element(GENERALIZED_TIME, b"20200422101807")] * 3))),
        ["a time names no zone and is taken as China's"],
    ),
    "a timestamp in V4": (
        v4(more=explicit(0, bits(b"token"))), ["a seal of V4 has a timestamp, which V5 brought"]
    ),
    "V1 with times as GeneralizedTime": (
        v1(info(top=header(1), own=properties(list_kind=b""))), ["a time is of another type than the standard's"]
    ),
    "V1 by the letter": (v1(V1_INFO), []),
}  # fmt: skip


@pytest.mark.parametrize("case", list(DEVIATIONS))
def test_what_real_files_do_is_taken_and_noted(case: str) -> None:
    data, notes = DEVIATIONS[case]
    seal = read_seal(data)
    assert [note.en for note in seal.deviations] == notes
    if "time" in case and "timestamp" not in case and "V1" not in case:
        assert seal.created_at.replace(microsecond=0) == datetime(2020, 4, 22, 2, 18, 7, tzinfo=UTC)


def test_the_report_names_the_deviations() -> None:
    data, _ = DEVIATIONS["the default FALSE written out"]
    assert "it departs from the standard: the default FALSE is written out" in examine_seal(data, None)[1].message.en


# ---- refusals

REFUSED = {
    "nothing": b"",
    "no sequence": octets(b"x"),
    "something behind it": v4() + b"\0",
    "three fields": sequence(info(), octets(b"m"), oid(SM2)),
    "six fields": v4(more=explicit(0, bits(b"t")) + integer(1)),
    "fields of other types": sequence(info(), oid(SM2), octets(b"m"), bits(b"s")),
    "something behind the timestamp": v4(more=explicit(0, bits(b"t"), bits(b"t"))),
    "something else for the timestamp": v4(more=explicit(1, bits(b"t"))),
    "something behind V1's signature": v1(V1_INFO, integer(1)),
    "another magic": v4(info(top=header(magic=b"EX"))),
    "something behind the header": v4(info(top=header(more=integer(1)))),
    "a text of another kind": v4(info(number=integer(1))),
    "nothing where a text should be": sequence(sequence(header()), octets(b"m"), oid(SM2), bits(b"s")),
    "a text in no encoding": v4(info(number=element(IA5_STRING, b"\xff\xff"))),
    "a text too long": v4(info(number=element(IA5_STRING, b"x" * 4_097))),
    "a number too large": v4(info(pic=picture(width=2**31))),
    "a negative number": v4(info(pic=picture(width=-1))),
    "a picture without width": v4(info(pic=picture(width=0))),
    "a picture without height": v4(info(pic=picture(height=0))),
    "a picture wider than ten metres": v4(info(pic=picture(width=10_001))),
    "no signers": v4(info(own=properties(members=sequence()))),
    "too many signers": v4(info(own=properties(members=sequence(*[octets(b"")] * 1_001)))),
    "a digest where certificates are said to be": v4(
        info(own=properties(members=sequence(sequence(element(PRINTABLE, b"SM3"), octets(b"x")))))
    ),
    "a certificate where digests are said to be": v4(info(own=properties(list_kind=integer(2)))),
    "something behind a digest": v4(
        info(
            own=properties(
                list_kind=integer(2),
                members=sequence(sequence(element(PRINTABLE, b"SM3"), octets(b"x"), integer(1))),
            )
        )
    ),
    "a time with letters": v4(info(own=properties(times=[element(GENERALIZED_TIME, b"2020042202180xZ")] * 3))),
    "a month thirteen": v4(info(own=properties(times=[element(GENERALIZED_TIME, b"20201322021807Z")] * 3))),
    "a time before all times": v4(info(own=properties(times=[element(GENERALIZED_TIME, b"00010101000000")] * 3))),
    "something behind the properties": v4(info(own=properties(times=[generalized_time(making.NOW)] * 4))),
    "an extension without value": v4(info(more=sequence(sequence(oid("1.2.3"))))),
    "an extension with more": v4(info(more=sequence(sequence(oid("1.2.3"), octets(b""), octets(b""))))),
    "a truth value of its own": v4(info(more=sequence(sequence(oid("1.2.3"), element(1, b"\x01"), octets(b""))))),
    "too many extensions": v4(info(more=sequence(*[sequence(oid("1.2.3"), octets(b""))] * 101))),
    "something behind the extensions": v4(info(more=sequence() + integer(1))),
    "something else for the extensions": v4(info(more=integer(1))),
    "a length longer than needed": b"\x30\x81" + v4()[1:] if len(v4()) < 128 else b"\x30\x83\0" + v4()[2:],
    "a bit string of seven bits": sequence(info(), octets(b"m"), oid(SM2), element(3, b"\1s")),
}


@pytest.mark.parametrize("case", list(REFUSED))
def test_what_is_no_seal_is_refused(case: str) -> None:
    with pytest.raises(SealInvalid) as refused:
        read_seal(REFUSED[case])
    assert refused.value.reason.zh
    assert examine_seal(REFUSED[case], None)[-1].verdict is Verdict.INVALID


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(info(top=header(6)), id="version 6"),
        pytest.param(info(top=header(1)), id="version 1 in the layout of V4"),
        pytest.param(info(own=properties(list_kind=integer(3))), id="a list of a third kind"),
    ],
)
def test_what_is_unknown_is_called_unsupported(content: bytes) -> None:
    with pytest.raises(SealUnsupported):
        read_seal(v4(content))
    assert examine_seal(v4(content), None)[-1].verdict is Verdict.UNSUPPORTED


def test_version_four_in_the_layout_of_v1_is_unsupported() -> None:
    with pytest.raises(SealUnsupported):
        read_seal(v1(info(top=header(4))))


# ---- bombs


def test_lengths_beyond_the_data_and_beyond_the_limit_are_refused_at_once() -> None:
    for data in (b"\x30\x84\xff\xff\xff\xff", b"\x30\x88" + b"\xff" * 8, b"\x30\x80\0\0"):
        with pytest.raises(SealInvalid):
            read_seal(data)
        with pytest.raises(SealInvalid):
            read_signature(data)
    with pytest.raises(SealInvalid, match="more than"):
        read_seal(bytes(LARGEST_SEAL + 1))
    with pytest.raises(SealInvalid, match="more than"):
        read_signature(bytes(LARGEST_SIGNATURE + 1))


def test_nesting_without_end_is_refused_without_going_down() -> None:
    data = b""
    for _ in range(5_000):
        data = sequence(data)
    with pytest.raises(SealInvalid):
        read_seal(data)
    with pytest.raises(SealInvalid):
        read_signature(data)
    with pytest.raises(SealInvalid):
        read_seal(v4(data))


# ---- V1 signatures


def v1_signature(time: bytes, more: bytes = b"", signer: bytes = b"signer") -> bytes:
    tbs = sequence(
        integer(1), v1(V1_INFO), bits(time), bits(b"digest"), element(IA5_STRING, b"/S.xml"), more, octets(signer),
        oid(SM2),
    )  # fmt: skip
    return sequence(tbs, bits(b"s" * 64))


V1_TIMES = {
    "characters": b"20200422021807Z",
    "characters of a UTCTime": b"200422021807Z",
    "a GeneralizedTime": element(GENERALIZED_TIME, b"20200422021807Z"),
    "a UTCTime": element(UTC_TIME, b"200422021807Z"),
}


@pytest.mark.parametrize("case", list(V1_TIMES))
def test_v1_states_its_time_in_many_ways(case: str) -> None:
    signed = read_signature(v1_signature(V1_TIMES[case]))
    assert signed.signed_at == datetime(2020, 4, 22, 2, 18, 7, tzinfo=UTC)
    assert (signed.time_token, signed.version, signed.seal.version) == (None, 1, SealVersion.V1)
    assert (signed.envelope.certificate, signed.envelope.timestamp) == (b"signer", None)
    assert [note.en for note in signed.deviations] == ["a signature is written as bare r and s instead of in DER"]


def test_v1_may_hold_a_timestamp_instead() -> None:
    token = sequence(oid("1.2.3"))
    signed = read_signature(v1_signature(token))
    assert (signed.signed_at, signed.time_token) == (None, token)


@pytest.mark.parametrize("time", [b"", b"yesterday", element(UTC_TIME, b"200422021807Z") + b"\0"])
def test_v1_without_a_time_is_refused(time: bytes) -> None:
    with pytest.raises(SealInvalid):
        read_signature(v1_signature(time))


SIGNATURES_REFUSED = {
    "three fields": sequence(sequence(), octets(b"x"), oid(SM2)),
    "something behind V1's parts": v1_signature(b"20200422021807Z", integer(1)),
    "V1 without parts": sequence(sequence(integer(1)), bits(b"s")),
    "another type": sequence(octets(b"x"), bits(b"s")),
    "no timestamp where one should be": sequence(sequence(), octets(b"m"), oid(SM2), bits(b"s"), integer(1)),
    "a seal that is none": sequence(
        sequence(integer(4), sequence(), generalized_time(making.NOW), bits(b"d"), element(IA5_STRING, b"/S.xml")),
        octets(b"m"), oid(SM2), bits(b"s"),
    ),
    "something behind TBS_Sign": sequence(
        sequence(
            integer(4), v4(), generalized_time(making.NOW), bits(b"d"), element(IA5_STRING, b"/S.xml"), octets(b"")
        ),
        octets(b"m"), oid(SM2), bits(b"s"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", list(SIGNATURES_REFUSED))
def test_what_is_no_signature_is_refused(case: str) -> None:
    with pytest.raises(SealInvalid):
        read_signature(SIGNATURES_REFUSED[case])


def test_extensions_of_a_signature_are_read() -> None:
    tbs = sequence(
        integer(4), v4(), generalized_time(making.NOW), bits(b"d"), element(IA5_STRING, b"/S.xml"),
        explicit(0, sequence(sequence(oid("1.2.3"), boolean(value=True), octets(b"x")))),
    )  # fmt: skip
    signed = read_signature(sequence(tbs, octets(b"m"), oid(SM2), bits(b"s")))
    assert signed.extensions == (Extension("1.2.3", critical=True, value=b"x"),)


# ---- truncations


@pytest.mark.parametrize("version", [SealVersion.V4, SealVersion.V5])
def test_no_truncation_is_read(version: SealVersion) -> None:
    raw = making.usual_seal(version).envelope.raw
    for length in range(len(raw)):
        with pytest.raises(SealInvalid):
            read_seal(raw[:length])
    raw = making.usual_signature(version).envelope.raw
    for length in range(len(raw)):
        with pytest.raises(SealInvalid):
            read_signature(raw[:length])


# ---- lists of signers


def test_the_list_tells_who_may_sign() -> None:
    certificate = b"certificate"
    assert SignerList(certificates=(b"other", certificate)).listing(certificate) is Listing.LISTED
    assert SignerList(certificates=(b"other",)).listing(certificate) is Listing.ABSENT
    assert SignerList(certificates=(b"other",)).kind is SignerListKind.CERTIFICATES


@pytest.mark.parametrize(
    ("kind", "value", "listing"),
    [
        pytest.param("SM3", sm3(b"c"), Listing.LISTED, id="SM3"),
        pytest.param("1.2.156.10197.1.401", sm3(b"c"), Listing.LISTED, id="SM3 by number"),
        pytest.param("SM3", Hash.SHA256.digest(b"c"), Listing.ABSENT, id="SM3 that is another's"),
        pytest.param("sha-256", Hash.SHA256.digest(b"c"), Listing.LISTED, id="SHA-256"),
        pytest.param("maker's own", Hash.SHA256.digest(b"c"), Listing.LISTED, id="own word, SHA-256"),
        pytest.param("maker's own", sm3(b"c"), Listing.LISTED, id="own word, SM3"),
        pytest.param("maker's own", sm3(b"d"), Listing.ABSENT, id="own word, another's"),
        pytest.param("maker's own", b"short", Listing.UNKNOWN, id="own word, unknown length"),
    ],
)
def test_digests_in_the_list_are_compared_by_their_kind(kind: str, value: bytes, listing: Listing) -> None:
    signers = SignerList(digests=(CertificateDigest(kind, value),))
    assert signers.listing(b"c") is listing
    assert signers.kind is SignerListKind.DIGESTS
    both = SignerList(digests=(CertificateDigest("unknown", b"?"), CertificateDigest("SM3", sm3(b"c"))))
    assert both.listing(b"c") is Listing.LISTED


# ---- making


def test_extensions_of_a_seal_are_written_bare_and_without_defaults() -> None:
    extensions = (Extension("1.2.3", critical=True, value=b"x"), Extension("2.999", critical=False, value=b""))
    seal = making.seal(extensions=extensions)
    assert (seal.extensions, seal.deviations) == (extensions, ())
    assert seal.envelope.info_raw.endswith(
        sequence(sequence(oid("1.2.3"), boolean(value=True), octets(b"x")), sequence(oid("2.999"), octets(b"")))
    )


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"version": SealVersion.V1}, id="V1"),
        pytest.param({"signers": SignerList()}, id="nobody"),
        pytest.param({"signers": SignerList((b"c",), (CertificateDigest("SM3", b""),))}, id="both kinds"),
        pytest.param({"identity": ""}, id="no number"),
        pytest.param({"identity": "章"}, id="a number in Chinese"),
        pytest.param({"name": ""}, id="no name"),
        pytest.param({"picture": Picture("图", b"", 1, 1)}, id="a type in Chinese"),
        pytest.param({"picture": Picture("PNG", b"", 0, 1)}, id="no width"),
        pytest.param({"picture": Picture("PNG", b"", 1, 1_001)}, id="too high"),
        pytest.param({"picture": Picture("PNG", bytes(2**21 + 1), 1, 1)}, id="too large"),
        pytest.param({"valid_until": making.NOW - timedelta(days=1)}, id="ends as it begins"),
    ],
)
def test_what_cannot_be_a_seal_cannot_be_drafted(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="seal"):
        making.draft(**wrong)


async def stamped(value: bytes) -> bytes:
    return sequence(octets(sm3(value)))


async def test_only_v5_seals_take_a_timestamp() -> None:
    draft = making.draft(version=SealVersion.V5)
    seal = await make_seal(draft, making.signer("maker"), stamp=stamped)
    assert seal.envelope.timestamp == await stamped(seal.envelope.signature)
    with pytest.raises(ValueError, match="V4"):
        await make_seal(making.draft(), making.signer("maker"), stamp=stamped)


def test_a_signature_takes_a_timestamp_over_its_value() -> None:
    signed = making.signature(making.usual_seal(), stamp=stamped)
    assert signed.envelope.timestamp == sequence(octets(sm3(signed.envelope.signature)))


def test_seals_of_v1_sign_nothing() -> None:
    with pytest.raises(ValueError, match="only read"):
        to_be_signed(read_seal(v1(V1_INFO)), at=making.NOW, data_hash=b"", property_info="")


def test_bare_r_and_s_of_a_device_are_verified_all_the_same() -> None:
    seal = making.usual_seal()
    bare = Signature.from_der(seal.envelope.signature).to_raw()
    raw = sequence(seal.envelope.info_raw, octets(seal.envelope.maker), oid(SM2), bits(bare))
    steps = examine_seal(raw, making.NOW)
    assert {step.verdict for step in steps} == {Verdict.VALID}
    assert "bare r and s" in steps[1].message.en
    signed = making.signature(seal)
    value = Signature.from_der(signed.envelope.signature).to_raw()
    raw = sequence(signed.envelope.signed_raw, octets(signed.envelope.certificate), oid(SM2), bits(value))
    steps = examine_signature(raw, description=making.DESCRIPTION, path=making.PATH)
    assert {step.verdict for step in steps} == {Verdict.VALID}
    assert "bare r and s" in steps[1].message.en
