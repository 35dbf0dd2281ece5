"""From values to a request and from a reply to a reading, for each protocol."""

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from adapters.kit.auth.credential import Credential
from adapters.kit.charset import to_utf8
from adapters.kit.http import (
    HttpReply,
    HttpRequest,
    fill_path,
    form_body,
    json_body,
    multipart_body,
    raw_form_body,
    verify_status,
    with_query,
)
from adapters.kit.manifest.auth import WsseAuth
from adapters.kit.manifest.model import Manifest, Operation
from adapters.kit.manifest.sealing import GIVES_DOCUMENTS
from adapters.kit.mapping import Reader, Reading
from adapters.kit.plain import FilePart
from adapters.kit.settings import read_setting
from adapters.kit.soap import SoapDescription, SoapOperation, UsernameToken, read_reply
from adapters.kit.xml import parse_reply_xml, refuse_html
from gateway.core.clock import Clock
from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome
from gateway.core.system import SecretSource


class Bound(msgspec.Struct, frozen=True):
    """An operation of the manifest with its name."""

    name: str
    operation: Operation


class Wire(Protocol):
    """One protocol, for one system."""

    def encode(self, bound: Bound, values: Mapping[str, object], credential: Credential) -> HttpRequest:
        """The request of an operation."""
        ...

    def decode(self, bound: Bound, reader: Reader, reply: HttpReply) -> Reading:
        """What the reply to ``bound`` says.

        Raises:
            SystemFailure: it says nothing that can be read, or that the call failed.
        """
        ...


class RestWire:
    """JSON or XML over plain HTTP."""

    def __init__(self, manifest: Manifest, secrets: SecretSource) -> None:
        self._protocol = manifest.protocol
        self._is_xml = manifest.protocol.rest is not None and manifest.protocol.rest.format == "xml"
        self._accept = "application/xml, text/xml" if self._is_xml else "application/json"
        self._secrets = secrets

    def encode(self, bound: Bound, values: Mapping[str, object], credential: Credential) -> HttpRequest:
        """What the path takes stands there; the rest of a GET goes into the query, of a POST into its body."""
        http = bound.operation.http
        assert http is not None, "the check lets no operation of a REST system pass without http"
        charset = self._protocol.charset.request
        endpoint = read_setting(self._secrets, self._protocol.endpoint.setting).rstrip("/")
        path, taken = fill_path(http.path, values, charset)
        values = {name: value for name, value in values.items() if name not in taken}
        query = _flat(values) if http.method == "GET" else {}
        url = with_query(f"{endpoint}{path}", {**query, **credential.query}, charset)
        headers = {"accept": self._accept, **credential.headers}
        if http.method == "GET":
            return HttpRequest(method="GET", url=url, headers=headers)
        if http.body == "json":
            body = json_body(values, charset)
        elif http.body == "multipart":
            body = multipart_body(_flat(values, files=True), charset)
        else:
            body = (form_body if http.body == "form" else raw_form_body)(_flat(values), charset)
        headers["content-type"] = body.content_type
        return HttpRequest(method="POST", url=url, headers=headers, body=body.content)

    def decode(self, bound: Bound, reader: Reader, reply: HttpReply) -> Reading:
        """The reading of a body of any charset."""
        verify_status(reply)
        if self._is_xml:
            charset, documents = self._protocol.charset.response, bound.operation.serves in GIVES_DOCUMENTS
            return reader.read_xml(parse_reply_xml(reply.body, reply.content_type, charset, long_texts=documents))
        refuse_html(reply.body, reply.content_type, instead_of="JSON")
        return reader.read_json(to_utf8(reply.body, reply.content_type, self._protocol.charset.response))


class SoapWire:
    """SOAP, by the description that is shipped with the manifest."""

    def __init__(self, manifest: Manifest, description: SoapDescription, secrets: SecretSource, clock: Clock) -> None:
        self._protocol = manifest.protocol
        self._wsse: WsseAuth | None = manifest.auth.wsse
        self._description = description
        self._secrets = secrets
        self._clock = clock

    def encode(self, bound: Bound, values: Mapping[str, object], credential: Credential) -> HttpRequest:
        """An envelope with the security header if the system wants one."""
        operation = self._operation(bound)
        headers = [*credential.blocks]
        if self._wsse is not None and credential.username is not None and credential.password is not None:
            token = UsernameToken(
                credential.username,
                credential.password,
                clock=self._clock,
                digest=self._wsse.password_type == "digest",  # noqa: S105 - a kind of password, not one
                timestamp=self._wsse.timestamp,
            )
            headers.append(token.header(operation.version))
        endpoint = read_setting(self._secrets, self._protocol.endpoint.setting)
        charset = self._protocol.charset.request
        request = operation.http_request(
            with_query(endpoint, credential.query, charset) if credential.query else endpoint,
            values,
            headers=headers,
            charset=charset,
        )
        return msgspec.structs.replace(request, headers={**request.headers, **credential.headers})

    def decode(self, bound: Bound, reader: Reader, reply: HttpReply) -> Reading:
        """The reading of the payload in the envelope's body; a SOAP fault is a failure whatever its HTTP status."""
        version = self._operation(bound).version
        charset, documents = self._protocol.charset.response, bound.operation.serves in GIVES_DOCUMENTS
        return reader.read_xml(read_reply(reply, version, charset, long_texts=documents))

    def _operation(self, bound: Bound) -> SoapOperation:
        return self._description.operations[bound.operation.soap or bound.name]


def _flat(values: Mapping[str, object], *, files: bool = False) -> dict[str, Any]:
    """Values for a query or a form, where nothing can be nested."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        plain = value is None or isinstance(value, str | int | float | bool)
        if not plain and not (files and isinstance(value, FilePart)):
            raise SystemFailure(
                Outcome.GATEWAY_ERROR, Fault.OURS, f"the manifest nests {name} where only plain values can be sent"
            )
        flat[name] = value
    return flat
