"""Documents that fuzzing found (`run.py soak fuzz`), made small: each is examined or refused in our own words."""

from certs.examination import Check
from tests.ofd.world import SIGN, examined, failing, only, replaced, usual


def test_a_digest_that_is_not_even_ascii_is_a_flaw_of_the_structure() -> None:
    data = replaced(usual(), f"{SIGN}/Signature.xml", b"<ofd:CheckValue>", "<ofd:CheckValue>印".encode())
    assert failing(examined(data)) == only(Check.STRUCTURE)
