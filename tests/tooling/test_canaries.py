from tests.conftest import has_citizen


def test_a_citizens_number_in_a_log_is_found() -> None:
    assert has_citizen(b'{"event": "x", "number": "11010519491231002X"}')
    assert not has_citizen(b'{"request_id": "1101051949123100", "subject": "example-111000009000000146001"}')
