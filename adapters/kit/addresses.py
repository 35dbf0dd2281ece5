"""Addresses of files that answers name: absolute or below the system's own, perhaps of a host that is rewritten."""

from typing import Final
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from adapters.kit.manifest.expressions import SettingRef
from adapters.kit.settings import read_setting
from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome
from gateway.core.system import SecretSource

_URL_SAFE: Final = "!#$%&'()*+,/:;=?@[]~"


def file_address(secrets: SecretSource, endpoint: str, rewrite: SettingRef | None, url: str) -> str:
    """Where to fetch a file from. The client goes to allowed hosts only, wherever the answer points.

    Args:
        secrets: the system's settings.
        endpoint: name of the setting with the system's address, which relative addresses are below.
        rewrite: the setting of the host:port (or origin) to fetch from instead.
        url: what the answer says.

    Raises:
        SystemFailure: UPSTREAM_FAULT, theirs: it is no address; GATEWAY_ERROR, ours: a setting is not filled.
    """
    try:
        url = quote(urljoin(read_setting(secrets, endpoint), url), safe=_URL_SAFE)
        parts = urlsplit(url)
    except ValueError as error:
        raise SystemFailure(Outcome.UPSTREAM_FAULT, Fault.THEIRS, "the answer names an address that is none") from error
    if rewrite is None:
        return url
    target = read_setting(secrets, rewrite.setting)
    scheme, mark, place = target.rpartition("://")
    return urlunsplit((scheme if mark else parts.scheme, place.rstrip("/"), parts.path, parts.query, ""))
