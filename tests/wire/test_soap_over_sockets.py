from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from adapters.kit.http import HttpRequest
from adapters.kit.soap import SoapVersion, read_reply
from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome

ENVELOPE = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><r>电子证照</r></s:Body></s:Envelope>'
)
Answer = Callable[[bytes], Awaitable[int]]


async def asked(answer: Answer, connect: Any, soon: Any, body: bytes, content_type: str) -> Any:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    port = await answer(head.encode() + body)
    request = HttpRequest(method="POST", url=f"http://127.0.0.1:{port}/", body=b"<x/>")
    reply = await connect(f"127.0.0.1:{port}").send(request, limit=100_000, deadline=soon(60))
    return read_reply(reply, SoapVersion.V11, "sniff")


@pytest.mark.parametrize(
    ("prolog", "encoding", "label"),
    [
        ("", "utf-8", "text/xml; charset=utf-8"),
        ("", "gb18030", "text/xml; charset=utf-8"),
        ("", "utf-8", "text/xml; charset=gbk"),
        ('<?xml version="1.0" encoding="gbk"?>', "utf-8", "text/xml"),
        ('<?xml version="1.0" encoding="UTF-8"?>', "gbk", "text/xml; charset=gb2312"),
        ('<?xml version="1.0" encoding="UTF-8"?>', "utf-8-sig", "text/html"),
        ('\r\n<?xml version="1.0" encoding="utf-16"?>\n', "utf-8", "application/octet-stream"),
    ],
)
async def test_a_reply_is_read_whatever_its_labels_say(
    answer: Answer, connect: Any, soon: Any, prolog: str, encoding: str, label: str
) -> None:
    payload = await asked(answer, connect, soon, (prolog + ENVELOPE).encode(encoding), label)
    assert payload.text == "电子证照"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (ENVELOPE.encode()[:-25], "cut short"),
        (b"<!DOCTYPE html><html><body>busy</body></html>", "HTML page"),
        (b'<!DOCTYPE b [<!ENTITY a "x"><!ENTITY c "&a;&a;&a;">]><b>&c;</b>', "DOCTYPE"),
        (b'<!DOCTYPE b SYSTEM "http://127.0.0.1:1/x.dtd"><b/>', "DOCTYPE"),
        (ENVELOPE.encode() + b"<!-- more --><x/>", "cut short"),
    ],
)
async def test_a_reply_that_is_no_soap_is_their_fault(
    answer: Answer, connect: Any, soon: Any, body: bytes, says: str
) -> None:
    with pytest.raises(SystemFailure, match=says) as caught:
        await asked(answer, connect, soon, body, "text/xml; charset=utf-8")
    assert (caught.value.outcome, caught.value.fault) == (Outcome.UPSTREAM_FAULT, Fault.THEIRS)
