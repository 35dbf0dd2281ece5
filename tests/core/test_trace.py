"""W3C Trace Context: strictly read, and written back as it was."""

import pytest

from gateway.core.call import Trace

TRACE_ID, SPAN_ID = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
GOOD = f"00-{TRACE_ID}-{SPAN_ID}-01"


@pytest.mark.parametrize(("flags", "sampled"), [("01", True), ("00", False), ("03", True), ("02", False)])
def test_a_traceparent_is_read(flags: str, sampled: bool) -> None:
    trace = Trace.parse(f"00-{TRACE_ID}-{SPAN_ID}-{flags}")
    assert trace == Trace(TRACE_ID, SPAN_ID, sampled)
    assert trace.header() == f"00-{TRACE_ID}-{SPAN_ID}-0{int(sampled)}"


def test_a_later_version_is_read_as_far_as_it_is_known() -> None:
    expected = Trace(TRACE_ID, SPAN_ID, sampled=True)
    assert Trace.parse(f"cc-{TRACE_ID}-{SPAN_ID}-01") == expected
    assert Trace.parse(f"cc-{TRACE_ID}-{SPAN_ID}-01-what-comes-next") == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "00",
        GOOD + "-more",
        GOOD + " ",
        GOOD + "\n",
        GOOD.upper(),
        f"ff-{TRACE_ID}-{SPAN_ID}-01",
        f"00-{'0' * 32}-{SPAN_ID}-01",
        f"00-{TRACE_ID}-{'0' * 16}-01",
        f"00-{TRACE_ID[1:]}-{SPAN_ID}-01",
        f"00-{TRACE_ID}-{SPAN_ID}-1",
        f"cc-{TRACE_ID}-{SPAN_ID}-01.more",
        f"cc-{TRACE_ID}-{SPAN_ID}-01-" + "x" * 600,
    ],
)
def test_a_wrong_traceparent_counts_as_none(text: str) -> None:
    assert Trace.parse(text) is None
