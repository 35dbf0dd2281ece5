"""No change of an export by one byte goes unnoticed."""

import pytest

from certs.audit_keys import AuditKeyKind
from gateway.core.audit.container import ContainerUnusable, pack, unpack
from gateway.core.audit.findings import Verdict
from tests.audit.making import SIGNERS, a_ledger, judge
from tests.thoroughness import tried

MASKS = [0x01, 0x20, 0x80]
"""Bits that are flipped: of each byte one in turn, thoroughly all."""


@pytest.mark.parametrize("kind", AuditKeyKind)
def test_every_byte_of_every_file_counts(kind: AuditKeyKind) -> None:
    ledger = a_ledger(SIGNERS[kind])
    files = ledger.export(only={next(iter(ledger.chains)): (2, 3)})
    assert judge(files).verdict is Verdict.VALID
    for name, content in files.items():
        for place in range(len(content)):
            for mask in tried([MASKS[place % len(MASKS)]], MASKS):
                changed = bytes([*content[:place], content[place] ^ mask, *content[place + 1 :]])
                assert judge(files | {name: changed}).verdict is Verdict.INVALID, (name, place, mask)


def test_every_byte_of_the_zip_counts() -> None:
    data = pack(a_ledger().export())
    assert judge(unpack(data)).verdict is Verdict.VALID
    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= 0x01
        try:
            verdict = judge(unpack(bytes(changed))).verdict
        except ContainerUnusable:
            continue
        assert verdict is not Verdict.VALID, place
