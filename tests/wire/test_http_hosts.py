from typing import Any

import pytest

from adapters.kit.http import HostAllowList
from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome


@pytest.mark.parametrize(
    ("entry", "url"),
    [
        ("licences.example:8443", "https://licences.example:8443/a?b=c"),
        ("licences.example", "http://licences.example/"),
        ("licences.example", "https://licences.example"),
        ("licences.example:443", "HTTPS://LICENCES.example./x"),
        ("证照.example:80", "http://证照.example/x"),
        ("证照.example:80", "http://xn--7sv09m.example/x"),
        ("10.1.2.3:80", "http://10.1.2.3/x"),
        ("[2001:db8::1]:80", "http://[2001:DB8:0::1]/x"),
        ("127.0.0.1:9100", "http://127.0.0.1:9100/"),
        ("localhost:9100", "http://localhost:9100/"),
    ],
)
def test_listed_hosts_are_allowed_however_they_are_spelt(entry: str, url: str) -> None:
    if "xn--" in url:
        url = f"http://{'证照.example'.encode('idna').decode()}/x"
    origin = HostAllowList([entry]).verify(url)
    assert origin.url.isascii()


@pytest.mark.parametrize(
    "url",
    [
        "http://other.example/",
        "http://licences.example:8080/",
        "https://licences.example/",
        "http://licences.example.evil.example/",
        "http://sub.licences.example/",
        "http://user:pw@licences.example/",
        "http://licences.example@evil.example/",
        "http://evil.example\\@licences.example/",
        "http://licences.example#@evil.example/",
        "http://licences.example/#fragment",
        "ftp://licences.example/",
        "file:///etc/hostname",
        "licences.example/",
        "//licences.example/",
        "http:///x",
        "http://",
        "http://licences.example:99999/",
        "http://licences.example:/",
        "http://licences.example/a b",
        "http://licences.example/\r\nX: y",
        "http://licences.example/证照",
        "http://10.0.0.1/",
        "http://167772161/",
        "http://0x0a000001/",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://169.254.169.254/",
        "http://licences.example/" + "x" * 9_000,
    ],
)
def test_everything_else_is_refused_as_our_error(url: str) -> None:
    with pytest.raises(SystemFailure) as caught:
        HostAllowList(["licences.example:80"]).verify(url)
    assert (caught.value.outcome, caught.value.fault) == (Outcome.GATEWAY_ERROR, Fault.OURS)
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize(
    "entry",
    [
        "",
        "http://licences.example",
        "licences.example/",
        "licences.example:0",
        "licences.example:70000",
        "user@licences.example",
        "*.example",
        "127.1",
        "0x7f000001",
        "2130706433",
        "-a.example",
        "a..example",
        "169.254.169.254",
        "169.254.1.1:80",
        "100.100.100.200",
        "[fe80::1]",
        "[::ffff:169.254.169.254]:80",
        "[fd00:ec2::254]",
        "0.0.0.0:80",
        "[::]:80",
        "224.0.0.1",
        "[ff02::1]",
    ],
)
def test_entries_that_are_no_hosts_or_must_never_be_reached_are_refused(entry: str) -> None:
    with pytest.raises(ValueError, match=r"is not a host|not a host name|never allowed|label"):
        HostAllowList([entry])


@pytest.mark.parametrize(
    ("entry", "peer", "accepted"),
    [
        ("licences.example:80", "10.1.2.3", True),
        ("licences.example:80", "203.0.113.9", True),
        ("licences.example:80", "127.0.0.1", False),
        ("licences.example:80", "::1", False),
        ("licences.example:80", "::ffff:127.0.0.1", False),
        ("licences.example:80", "169.254.169.254", False),
        ("licences.example:80", "fe80::1%eth0", False),
        ("licences.example:80", "no address", False),
        ("localhost:80", "127.0.0.1", True),
        ("localhost:80", "169.254.169.254", False),
    ],
)
def test_a_name_may_not_lead_where_no_system_may_be(entry: str, peer: Any, accepted: Any) -> None:
    assert HostAllowList([entry]).verify(f"http://{entry}/").accepts_peer(peer) is accepted


def test_an_empty_list_allows_nothing() -> None:
    with pytest.raises(SystemFailure):
        HostAllowList([]).verify("http://licences.example/")
