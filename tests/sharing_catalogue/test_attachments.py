"""What was added to a share request is fetched by its parties, and by nobody else; who fetched it is on the record."""

from datetime import timedelta

import pytest

from gateway.core import problems
from gateway.core.call import Call
from gateway.core.files import Owner, Purpose
from gateway.core.sharing.requests import ShareRequest
from gateway.services.create_upload import FileLimits
from gateway.services.issue_ticket import LIFETIME, FileTicket
from gateway.services.sharing.add_to_request import AddToRequest
from gateway.services.sharing.give_attachment import GiveAttachment
from tests.sharing_catalogue.office import Office
from tests.sharing_service.offices import (
    ASKER,
    ASKER_2,
    AUDITOR,
    CHECKER,
    CITIZEN,
    GIVER,
    HUB_OFFICE,
    NOBODY,
    STRANGER,
    asking,
)
from tests.sharing_service.test_request_to_grant import refused

CONTENT = b"%PDF-1.7 a document of some person" * 50_000


@pytest.fixture
async def request_(office: Office) -> ShareRequest:
    await office.stock()
    asked = (await office.request(asking(), ASKER)).request
    add = AddToRequest(office.desk, office.files, office.uploads, office.clock)
    return await add.attach(asked.id, await office.uploaded(CONTENT, ASKER, "依据.pdf"), asked.version, ASKER)


async def given(
    office: Office, request: ShareRequest, who: Call, limits: FileLimits | None = None
) -> FileTicket | None:
    give = GiveAttachment(office.desk, office.files, limits or FileLimits(base="https://gateway.example"))
    return await give(request, request.attachments[0], who)


async def test_each_party_fetches_the_file_and_it_is_on_the_record(office: Office, request_: ShareRequest) -> None:
    keys = []
    for who in (ASKER, ASKER_2, CHECKER, GIVER):
        ticket = await given(office, request_, who)
        assert ticket is not None
        assert (ticket.name, ticket.bytes, ticket.sha256) == ("依据.pdf", len(CONTENT), request_.attachments[0].sha256)
        assert ticket.expires_at == office.clock.now() + LIFETIME
        key = ticket.url.removeprefix("https://gateway.example/files/")
        keys.append(key)
        now = office.clock.now()
        file = await office.files.find(key, Purpose.TICKET, Owner.of(who.caller), now)
        assert file is not None
        assert await office.files.find(key, Purpose.TICKET, Owner.of(AUDITOR.caller), now) is None
        assert b"".join([chunk async for chunk in office.files.read(file, 0, file.bytes - 1)]) == CONTENT
    events = [event for event in office.trail.events if event.kind == "share.attachment"]
    assert [event.actor.subject for event in events if event.actor] == ["asker", "asker-2", "checker", "giver"]
    assert events[0].note["sha256"] == request_.attachments[0].sha256
    assert [event.note["file"] for event in events] == [office.desk.log.key("file", key) for key in keys]
    assert "依据" not in str(events)


async def test_nobody_else_gets_it_not_even_who_supervises(office: Office, request_: ShareRequest) -> None:
    for who in (STRANGER, CITIZEN, NOBODY, AUDITOR, HUB_OFFICE):
        assert await given(office, request_, who) is None
    assert not [event for event in office.trail.events if event.kind == "share.attachment"]


async def test_it_is_kept_long_after_uploads_are_over_and_not_for_ever(office: Office, request_: ShareRequest) -> None:
    office.clock.step(timedelta(days=3_600))
    assert await given(office, request_, GIVER) is not None
    office.clock.step(timedelta(days=100))
    assert await given(office, request_, GIVER) is None


async def test_whoever_has_too_many_files_gets_no_more(office: Office, request_: ShareRequest) -> None:
    await refused(problems.FILES_TOO_MANY, given(office, request_, GIVER, FileLimits(bytes=-1)))
