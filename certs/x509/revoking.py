"""Revocation lists and OCSP responses, written: for the development authority and for tests."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from certs.x509 import asn1, making
from certs.x509.certificate import Certificate
from certs.x509.crl import Reason, Revoked
from certs.x509.extensions import AUTHORITY_KEY_ID, Extension
from certs.x509.names import Name
from certs.x509.ocsp import BASIC, Answer, Status
from certs.x509.private_key import PrivateKey, public_half, sign_with

_CRL_REASON: Final = "2.5.29.21"
_CRL_NUMBER: Final = "2.5.29.20"


def make_crl(
    issuer: Name,
    key: PrivateKey,
    revoked: Iterable[Revoked],
    this_update: datetime,
    next_update: datetime | None,
    *,
    number: int = 1,
    extra: Mapping[str, Extension] | None = None,
) -> bytes:
    """A list of version 2, DER, with ``extra`` extensions beside or instead of number and key."""
    algorithm = making.usual_algorithm(key)
    found = {
        AUTHORITY_KEY_ID: making.authority_key_id(public_half(key)),
        _CRL_NUMBER: Extension(critical=False, value=asn1.integer(number)),
        **(extra or {}),
    }
    entries = [_entry(one) for one in revoked]
    tbs = asn1.sequence(
        asn1.integer(1),
        algorithm.identifier,
        issuer.der,
        asn1.time(this_update),
        b"" if next_update is None else asn1.time(next_update),
        asn1.sequence(*entries) if entries else b"",
        asn1.explicit(0, asn1.sequence(*making.written_extensions(found))),
    )
    return making.signed(tbs, key, algorithm)


def make_ocsp_response(
    responder: Certificate,
    key: PrivateKey,
    answers: Sequence[Answer],
    produced_at: datetime,
    *,
    certificates: Sequence[Certificate] = (),
    extra: Mapping[str, Extension] | None = None,
) -> bytes:
    """A response by this responder, DER."""
    algorithm = making.usual_algorithm(key)
    extensions = asn1.explicit(1, asn1.sequence(*making.written_extensions(extra))) if extra else b""
    tbs = asn1.sequence(
        asn1.explicit(1, responder.subject_name.der),
        asn1.generalized_time(produced_at),
        asn1.sequence(*(_answer(one) for one in answers)),
        extensions,
    )
    brought = asn1.explicit(0, asn1.sequence(*(one.der for one in certificates))) if certificates else b""
    digest = public_half(key).message_digest(tbs, algorithm.hash)
    value = asn1.bits(sign_with(key, digest, algorithm))
    basic = asn1.sequence(tbs, algorithm.identifier, value, brought)
    wrapped = asn1.sequence(asn1.oid(BASIC), asn1.octets(basic))
    return asn1.sequence(_enumerated(0), asn1.explicit(0, wrapped))


def _entry(one: Revoked) -> bytes:
    reason = Extension(critical=False, value=_enumerated(one.reason))
    extensions = {} if one.reason is Reason.UNSPECIFIED else {_CRL_REASON: reason}
    return asn1.sequence(
        asn1.integer(one.serial),
        asn1.time(one.at),
        asn1.sequence(*making.written_extensions(extensions)) if extensions else b"",
    )


def _answer(one: Answer) -> bytes:
    return asn1.sequence(
        one.id.to_der(),
        _status(one),
        asn1.generalized_time(one.this_update),
        b"" if one.next_update is None else asn1.explicit(0, asn1.generalized_time(one.next_update)),
    )


def _status(one: Answer) -> bytes:
    if one.revoked is not None:
        return asn1.explicit(
            1, asn1.generalized_time(one.revoked.at), asn1.explicit(0, _enumerated(one.revoked.reason))
        )
    return asn1.element(0x80 if one.status is Status.GOOD else 0x82)


def _enumerated(value: int) -> bytes:
    return asn1.element(asn1.ENUMERATED, bytes([value]))
