"""Reading a simple index (PEP 503 and 691) or a directory of wheels, and downloading one file of known hash."""

import base64
import hashlib
import http.client
import json
import ssl
import urllib.error
import urllib.request
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

from tools.sources import Sources, shown
from tools.trouble import Trouble

ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
PAGE_BYTES = 64 * 2**20
FILE_BYTES = 256 * 2**20
SECONDS = 60
ATTEMPTS = 3


class Client:
    """Fetches http, https and file addresses by the certificates and proxy of ``sources``; bounded in size and time."""

    def __init__(self, sources: Sources) -> None:
        context = ssl.create_default_context(cafile=_existing(sources.certificates))
        proxies = {"http": sources.proxy, "https": sources.proxy} if sources.proxy else None
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=context), urllib.request.ProxyHandler(proxies)
        )

    def get(self, address: str, limit: int, accept: str = "*/*") -> tuple[bytes, str, str]:
        """Body, content type and final address. Raises OSError, also for a body over ``limit`` bytes."""
        parts = urlsplit(address)
        login, at, host = parts.netloc.rpartition("@")
        request = urllib.request.Request(urlunsplit(parts._replace(netloc=host)), headers={"Accept": accept})  # noqa: S310 - the user's own index; file: is a wanted scheme
        if at:
            # Not among the headers that a redirect takes along: the password is for this host alone.
            request.add_unredirected_header(
                "Authorization", "Basic " + base64.b64encode(unquote(login).encode()).decode()
            )
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with self._opener.open(request, timeout=SECONDS) as reply:
                    body = reply.read(limit + 1)
                    kind, final = reply.headers.get_content_type(), reply.geturl()
                break
            except urllib.error.HTTPError:
                raise
            except (OSError, http.client.HTTPException) as error:
                if attempt == ATTEMPTS or parts.scheme == "file":
                    raise OSError(str(error)) from error
        if len(body) > limit:
            msg = f"more than {limit} bytes"
            raise OSError(msg)
        return body, kind, final


class _Links(HTMLParser):
    """Collects the targets of an HTML page's links, and its base."""

    def __init__(self) -> None:
        super().__init__()
        self.base = ""
        self.targets: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take ``<a href>`` and ``<base href>``."""
        target = dict(attrs).get("href")
        if target and tag == "a":
            self.targets.append(target)
        elif target and tag == "base":
            self.base = target


def files_of(body: bytes, kind: str, address: str) -> dict[str, str]:
    """File name → address of every file on an index page of content type ``kind``. Raises ValueError if unreadable."""
    if kind.endswith("json"):
        try:
            targets = [str(file["url"]) for file in json.loads(body)["files"]]
        except (KeyError, TypeError) as error:
            msg = "no list of files in it"
            raise ValueError(msg) from error
    else:
        page = _Links()
        page.feed(body.decode("utf-8", "replace"))
        targets, address = page.targets, urljoin(address, page.base)
    whole = [urljoin(address, target).partition("#")[0] for target in targets]
    return {unquote(urlsplit(target).path.rpartition("/")[2]): target for target in whole}


def download(project: str, name: str, sha256: str, sources: Sources) -> bytes:
    """The file ``name`` of ``project`` from the first source that has it with this hash; else Trouble."""
    client = Client(sources)
    reasons = []
    for place in _places(project, sources):
        try:
            body = _take(client, place, name)
        except (OSError, ValueError) as error:
            reasons.append(f"{shown(place)}: {error}")
            continue
        found = hashlib.sha256(body).hexdigest()
        if found == sha256:
            return body
        reasons.append(f"{shown(place)}: {name} has the sha256 {found}, {sha256} was expected")
    raise Trouble(
        f"{name} could not be fetched:\n"
        + "\n".join(f"  {reason}" for reason in reasons or ["no package index is known"]),
        "check the network, or name your package index: PIP_INDEX_URL (index), PIP_FIND_LINKS (a directory of wheels), "
        "SSL_CERT_FILE (certificates), HTTPS_PROXY (proxy), or the same in pip.conf",
    )


def _places(project: str, sources: Sources) -> list[str]:
    links = [link if "://" in link else Path(link).expanduser().absolute().as_uri() for link in sources.links]
    indexes = [] if sources.closed else [address for address in (sources.index, *sources.extra) if address]
    return [*links, *(f"{address.rstrip('/')}/{project}/" for address in indexes)]


def _take(client: Client, place: str, name: str) -> bytes:
    folder = Path(urllib.request.url2pathname(urlsplit(place).path))
    if urlsplit(place).scheme == "file" and (folder / name).is_file():
        return (folder / name).read_bytes()
    page = f"{place.rstrip('/')}/index.html" if urlsplit(place).scheme == "file" and folder.is_dir() else place
    body, kind, final = client.get(page, PAGE_BYTES, ACCEPT)
    # The final address may lack the login that the index needs; its own files are asked for with the login again.
    address = files_of(body, kind, final).get(name)
    if address is None:
        msg = f"it does not list {name}"
        raise ValueError(msg)
    login, at, _ = urlsplit(place).netloc.rpartition("@")
    parts = urlsplit(address)
    if at and parts.hostname == urlsplit(place).hostname and "@" not in parts.netloc:
        address = urlunsplit(parts._replace(netloc=f"{login}@{parts.netloc}"))
    return client.get(address, FILE_BYTES)[0]


def _existing(file: str | None) -> str | None:
    if file and not Path(file).is_file():
        raise Trouble(f"the file of certificates {file} does not exist", "mend SSL_CERT_FILE, PIP_CERT or pip's `cert`")
    return file
