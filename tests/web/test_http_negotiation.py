"""What callers read: media types and codings by their q-values, statuses by what the caller can see of them."""

import pytest

from gateway.core import problems
from gateway.core.problems import catalogue
from gateway.web.negotiation import Media, is_json, negotiate, takes_gzip
from gateway.web.statuses import status_of, status_of_refused
from tests.web.gateways import Gateway

VIEWER = b'{"query": "{ viewer { __typename } }"}'
GRAPHQL = "application/graphql-response+json"


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (None, Media.JSON),
        ("", Media.JSON),
        (" ", Media.JSON),
        ("*/*", Media.JSON),
        ("application/*", Media.JSON),
        ("text/html, */*;q=0.8", Media.JSON),
        ("application/json", Media.JSON),
        ("Application/JSON; charset=utf-8", Media.JSON),
        (GRAPHQL, Media.GRAPHQL),
        (f"{GRAPHQL}, application/json", Media.GRAPHQL),
        (f"application/json, {GRAPHQL}", Media.GRAPHQL),
        (f"{GRAPHQL}, application/json;q=0.9", Media.GRAPHQL),
        (f"{GRAPHQL};q=0.5, application/json;q=0.9", Media.JSON),
        (f"{GRAPHQL};q=0.5, */*;q=0.9", Media.JSON),
        (f"{GRAPHQL};q=0, application/json", Media.JSON),
        (f"{GRAPHQL}; charset=utf-8; q=0.9, */*;q=0.1", Media.GRAPHQL),
        (f"{GRAPHQL};q=2, application/json", Media.JSON),
        (f"{GRAPHQL};q=high, application/json", Media.JSON),
        ("application/json;q=0, */*", Media.GRAPHQL),
        (f"application/json;q=0, {GRAPHQL};q=0, */*", None),
        ("application/json;q=0", None),
        ("*/*;q=0", None),
        ("text/html", None),
        ("image/png, text/event-stream", None),
        ("application/graphql+json", None),
        ("x" * 300, None),
        ("x" * 300 + ", application/json", Media.JSON),
        ("text/html," * 64 + "application/json", None),
        (",;,;q=,", None),
    ],
)
def test_the_form_that_is_read_best_is_chosen(accept: str | None, media: Media | None) -> None:
    assert negotiate(accept) is media


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("text/event-stream", Media.EVENTS),
        ("text/event-stream, application/json;q=0.5", Media.EVENTS),
        (f"text/event-stream, {GRAPHQL}", Media.GRAPHQL),
        ("*/*", Media.JSON),
        ("text/*", None),
    ],
)
def test_event_streams_are_for_those_who_name_them(accept: str, media: Media | None) -> None:
    assert negotiate(accept, events=True) is media


@pytest.mark.parametrize(
    ("accept_encoding", "gzip"),
    [
        ("gzip", True),
        ("GZIP", True),
        ("x-gzip", True),
        ("br, gzip;q=0.1", True),
        ("*", True),
        ("gzip;q=0.5, identity;q=0.5", True),
        ("gzip;q=0.5, identity", False),
        ("gzip;q=0", False),
        ("gzip;q=0, *", False),
        ("br", False),
        ("identity", False),
        ("", False),
    ],
)
def test_gzip_is_for_those_who_like_it(accept_encoding: str, gzip: bool) -> None:
    assert takes_gzip(accept_encoding) is gzip


@pytest.mark.parametrize("content_type", ["", ";", "application/json;charset=", "application/json; charset=latin-1"])
def test_only_json_in_utf_8_is_json(content_type: str) -> None:
    assert not is_json(content_type)


async def test_nothing_that_is_served_is_said_with_406(gateway: Gateway) -> None:
    response = await gateway.post(VIEWER, headers={"accept": "text/html"})
    assert response.status_code == 406
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.json()["errors"][0]["extensions"]["number"] == "YW-GQ-12"


async def test_answers_say_what_they_were_chosen_by(gateway: Gateway) -> None:
    response = await gateway.post(VIEWER)
    assert response.headers["vary"] == "Accept, Accept-Encoding"


# ---- statuses


def test_every_problem_has_a_status_of_an_error() -> None:
    for problem in catalogue():
        assert 400 <= status_of(problem) <= 599
        refused = {"errors": [{"extensions": {"number": problem.number, "code": problem.code.value}}]}
        assert status_of_refused(refused, reads_statuses=True) == status_of(problem)


def test_readers_of_plain_json_see_200_where_a_document_was_refused_and_405_where_get_was() -> None:
    def seen(problem: problems.Problem) -> int:
        body = {"errors": [{"extensions": {"number": problem.number, "code": problem.code.value}}]}
        return status_of_refused(body, reads_statuses=False)

    assert seen(problems.DOCUMENT_INVALID) == 200
    assert seen(problems.INTROSPECTION_REFUSED) == 200
    assert seen(problems.GET_CHANGES_NOTHING) == 405
    assert seen(problems.GET_IS_PERSONAL) == 405
