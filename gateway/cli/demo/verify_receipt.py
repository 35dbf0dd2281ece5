"""Verify a receipt of shared records with Python's standard library and `openssl`; nothing of the gateway's own code.

``python3 verify_receipt.py RECEIPT.json KEY.pem`` ends with 0 only if the receipt is in the group that was signed, and
the key has signed it. docs/how-to/verify-receipts.md says what each part is.
"""

import base64
import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_STATEMENT = "yiwang share receipts 1"
_SM2 = bytes.fromhex("06082a811ccf5501822d")
_SM2_ID = "1234567812345678"


def verify(given: dict[str, Any], key: Path) -> None:
    """Return if it is proven; raises SystemExit with what does not hold."""
    proof, statement = given["proof"], given["statement"]
    root = _root(_canonical(given["receipt"]).encode(), proof["index"], proof["count"], proof["path"])
    told = (statement["root"], statement["count"], statement["kind"])
    if told != (root, proof["count"], _STATEMENT):
        raise SystemExit("the receipt is not in the group that was signed")
    der = _openssl("pkey", "-pubin", "-in", str(key), "-outform", "DER").stdout
    if hashlib.sha256(der).hexdigest()[:32] != given["key"]:
        raise SystemExit("this is another key than the one that signed")
    how = ["-sm3", "-sigopt", f"distid:{_SM2_ID}"] if _SM2 in der else ["-sha256"]
    with tempfile.TemporaryDirectory() as folder:
        signature, signed = Path(folder) / "signature", Path(folder) / "statement"
        signature.write_bytes(base64.b64decode(given["signature"]))
        signed.write_bytes(_canonical(statement).encode())
        done = _openssl("dgst", *how, "-verify", str(key), "-signature", str(signature), str(signed))
    if done.returncode:
        raise SystemExit("the signature does not hold")


def _canonical(value: Any) -> str:  # noqa: ANN401 - any JSON
    """RFC 8785, of texts, whole numbers, lists and objects."""
    if isinstance(value, dict):
        members = sorted(value.items(), key=lambda member: member[0].encode("utf-16-be"))
        return "{" + ",".join(f"{_canonical(name)}:{_canonical(each)}" for name, each in members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_canonical, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _root(leaf: bytes, index: int, count: int, path: Sequence[str]) -> str:
    """The root to which a path leads: RFC 9162, 2.1.3.2."""
    if not 0 <= index < count:
        raise SystemExit("the index is not in the group")
    found, node, last = hashlib.sha256(b"\0" + leaf).digest(), index, count - 1
    for step in map(bytes.fromhex, path):
        if last == 0:
            raise SystemExit("the path is too long")
        if node % 2 or node == last:
            found = hashlib.sha256(b"\1" + step + found).digest()
            while node % 2 == 0 and node:
                node, last = node // 2, last // 2
        else:
            found = hashlib.sha256(b"\1" + found + step).digest()
        node, last = node // 2, last // 2
    if last:
        raise SystemExit("the path is too short")
    return found.hex()


def _openssl(*words: str) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(["openssl", *words], capture_output=True, check=False)  # noqa: S603, S607 - found by PATH


if __name__ == "__main__":
    verify(json.loads(Path(sys.argv[1]).read_text("utf-8")), Path(sys.argv[2]))
    print("VALID")  # noqa: T201 - what a script says
