"""From values to a request and from a reply to a reading, for each protocol."""

from collections.abc import Mapping
from typing import Protocol

import msgspec

from adapters.kit.auth.credential import Credential
from adapters.kit.charset import to_utf8
from adapters.kit.http import (
    HttpReply,
    HttpRequest,
    form_body,
    json_body,
    verify_status,
    with_query,
)
from adapters.kit.manifest.model import Manifest, Operation, WsseAuth
from adapters.kit.mapping import Reader, Reading
from adapters.kit.settings import read_setting
from adapters.kit.soap import SoapDescription, SoapOperation, UsernameToken, read_reply
from adapters.kit.xml import refuse_html
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
    """JSON over plain HTTP."""

    def __init__(self, manifest: Manifest, secrets: SecretSource) -> None:
        self._protocol = manifest.protocol
        self._secrets = secrets

    def encode(self, bound: Bound, values: Mapping[str, object], credential: Credential) -> HttpRequest:
        """A GET carries its values in the query, a POST in its body."""
        http = bound.operation.http
        assert http is not None, "the check lets no operation of a REST system pass without http"
        charset = self._protocol.charset.request
        endpoint = read_setting(self._secrets, self._protocol.endpoint.setting).rstrip("/")
        query = _flat(values) if http.method == "GET" else {}
        url = with_query(f"{endpoint}{http.path}", {**query, **credential.query}, charset)
        headers = {"accept": "application/json", **credential.headers}
        if http.method == "GET":
            return HttpRequest(method="GET", url=url, headers=headers)
        body = form_body(_flat(values), charset) if http.body == "form" else json_body(values, charset)
        headers["content-type"] = body.content_type
        return HttpRequest(method="POST", url=url, headers=headers, body=body.content)

    def decode(self, bound: Bound, reader: Reader, reply: HttpReply) -> Reading:  # noqa: ARG002 - the wire's signature
        """The reading of a JSON body of any charset."""
        verify_status(reply)
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
        headers: list[str] = []
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
        return operation.http_request(endpoint, values, headers=headers, charset=self._protocol.charset.request)

    def decode(self, bound: Bound, reader: Reader, reply: HttpReply) -> Reading:
        """The reading of the payload in the envelope's body; a SOAP fault is a failure whatever its HTTP status."""
        version = self._operation(bound).version
        return reader.read_xml(read_reply(reply, version, self._protocol.charset.response))

    def _operation(self, bound: Bound) -> SoapOperation:
        return self._description.operations[bound.operation.soap or bound.name]


def _flat(values: Mapping[str, object]) -> dict[str, str | int | float | bool | None]:
    """Values for a query or a form, where nothing can be nested."""
    flat: dict[str, str | int | float | bool | None] = {}
    for name, value in values.items():
        if value is not None and not isinstance(value, str | int | float | bool):
            raise SystemFailure(
                Outcome.GATEWAY_ERROR, Fault.OURS, f"the manifest nests {name} where only plain values can be sent"
            )
        flat[name] = value
    return flat
