"""Public ids of licences: stable, opaque, and only ours open."""

from hypothesis import given
from hypothesis import strategies as st

from certs.id_sealer import AesSivIdSealer
from gateway.core.licence import LicenceKey
from gateway.services.licence_ids import LicenceIds
from tests.services.fakes import licence_ids

TEXTS = st.none() | st.text(max_size=40)
KEYS = st.builds(LicenceKey, TEXTS, TEXTS, TEXTS)


@given(KEYS)
def test_an_id_opens_to_its_key_and_is_always_the_same(key: LicenceKey) -> None:
    assert licence_ids().open(licence_ids().seal(key)) == key
    assert licence_ids().seal(key) == licence_ids().seal(key)


@given(KEYS, KEYS)
def test_different_licences_have_different_ids(one: LicenceKey, other: LicenceKey) -> None:
    assert (licence_ids().seal(one) == licence_ids().seal(other)) == (one == other)


def test_the_longest_identifier_that_a_system_may_give_has_an_id_that_opens() -> None:
    key = LicenceKey(identifier="\U00020000" * 10_000)
    assert licence_ids().open(licence_ids().seal(key)) == key


@given(st.text(max_size=50))
def test_any_other_text_opens_to_nothing(text: str) -> None:
    assert licence_ids().open(text) is None


def test_an_id_of_another_gateway_opens_to_nothing() -> None:
    other = LicenceIds(AesSivIdSealer(bytes(64)))
    assert licence_ids().open(other.seal(LicenceKey(identifier="A-1"))) is None
