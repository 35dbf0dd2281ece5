"""The door to zeep: a WSDL is read from its own folder, without a network, and becomes shapes of messages.

Nothing of zeep gets past this module, neither its types nor its errors.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import msgspec
from zeep import exceptions as zeep_errors
from zeep import xsd
from zeep.settings import Settings
from zeep.wsdl import Document
from zeep.wsdl.bindings import Soap11Binding, Soap12Binding
from zeep.xsd.elements.indicators import Choice, Group, Indicator

from adapters.kit.manifest.model import SoapProtocol
from adapters.kit.manifest.outline import DescriptionInvalid
from adapters.kit.soap.repairs import mended
from adapters.kit.soap.shapes import Member, Name, TypeShape
from adapters.kit.soap.versions import SoapVersion
from adapters.kit.xml import declares_doctype
from gateway.core.text import Text

_FILE_BYTES = 5_000_000
_FILES = 200
_NAME_LIMIT = 100
_BINDINGS = {Soap11Binding: SoapVersion.V11, Soap12Binding: SoapVersion.V12}

_HTML = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?[^>]*>\s*)?(?:<!doctype\s+html|<html)\b", re.IGNORECASE)
"""How the page begins that a portal answers with instead of the description: a login form, or a list of services."""
_DOCTYPE = Text("含有 DOCTYPE", "it declares a DOCTYPE")
_EXTERNAL = Text(
    "引用了外部地址，只允许引用同目录下的文件", "it imports an address; only files shipped beside it may be imported"
)
_REASONS = {
    zeep_errors.XMLSyntaxError: Text("不是格式良好的 XML", "it is not well-formed XML"),
    zeep_errors.DTDForbidden: _DOCTYPE,
    zeep_errors.EntitiesForbidden: _DOCTYPE,
    zeep_errors.ExternalReferenceForbidden: _EXTERNAL,
    zeep_errors.NamespaceError: Text(
        "引用了没有模式定义的命名空间", "it refers to a namespace for which it gives no schema"
    ),
    RecursionError: Text("定义之间无限引用", "its definitions refer to each other without end"),
}
_UNUSABLE = Text("不是可用的 WSDL 描述", "it is not a usable WSDL description")


class WsdlOperation(msgspec.Struct, frozen=True, kw_only=True):
    """One operation of the chosen port. ``request`` is None for an empty body, ``reply`` for a one-way operation."""

    name: str
    version: SoapVersion
    action: str
    style: str
    request: Member | None
    reply: Member | None


def read_wsdl(wsdl: Path, soap: SoapProtocol) -> Mapping[str, WsdlOperation]:
    """The operations of the port that ``soap`` chooses, by name. Blocking.

    The service must be named where there are several. Without a port named, the first one of the wanted version is
    taken; version ``auto`` prefers 1.1, which old systems speak with fewer surprises, and takes 1.2 where there is
    nothing else. Operations whose body has several parts are left out: no basic profile allows them.

    Raises:
        DescriptionInvalid: the file or what it imports is missing, outside its folder, malformed or contradictory,
            or has no such service or port.
    """
    try:
        document = Document(
            str(wsdl.resolve()),
            cast("Any", _Folder(wsdl.parent)),  # zeep wants no more of a transport than load()
            settings=Settings(strict=True, forbid_dtd=True, forbid_entities=True, forbid_external=True),
        )
        version, binding = _binding(document, soap)
        return _operations(binding, version)
    except DescriptionInvalid:
        raise
    except Exception as error:  # zeep meets a wrong document with whatever fails first, KeyError too
        raise DescriptionInvalid(_reason(error)) from error


class _Folder:
    """zeep's transport, which opens files of one folder and nothing else."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._opened = 0

    def load(self, location: str) -> bytes:
        """The bytes of a file, named by path; an address of any kind is refused."""
        if "://" in location or location.startswith("file:"):
            raise DescriptionInvalid(_EXTERNAL)
        path = Path(location).resolve()
        if not path.is_relative_to(self._folder):
            raise _invalid("描述文件引用了其目录之外的文件", "it imports a file outside its folder")
        self._opened += 1
        if self._opened > _FILES:
            raise _invalid(f"引用的文件超过 {_FILES} 个", f"it imports more than {_FILES} files")
        name = path.name[:_NAME_LIMIT]
        if not path.is_file():
            raise _invalid(f"缺少文件 {name}", f"the file {name} is missing")
        with path.open("rb") as file:
            content = file.read(_FILE_BYTES + 1)
        if len(content) > _FILE_BYTES:
            raise _invalid(f"文件 {name} 超过 {_FILE_BYTES} 字节", f"the file {name} is over {_FILE_BYTES} bytes")
        if _HTML.match(content):
            raise _invalid(f"{name} 是 HTML 网页，不是 WSDL", f"{name} is an HTML page, no WSDL")
        if declares_doctype(content):
            raise DescriptionInvalid(_DOCTYPE)
        return mended(content)


def _binding(document: Any, soap: SoapProtocol) -> tuple[SoapVersion, Any]:  # noqa: ANN401 - zeep has no types
    service = _chosen(document.services, soap.service, ("服务", "service"))
    ports = {
        name: (version, port.binding)
        for name, port in service.ports.items()
        for kind, version in _BINDINGS.items()
        if isinstance(port.binding, kind) and soap.version in ("auto", version)
    }
    if soap.port is not None:
        version, binding = _chosen(ports, soap.port, ("端口", "port"))
        return version, binding
    for wanted in SoapVersion:
        for version, binding in ports.values():
            if version is wanted:
                return version, binding
    asked = "" if soap.version == "auto" else f" {soap.version}"
    raise _invalid(f"没有 SOAP{asked} 端口", f"it has no port for SOAP{asked} over HTTP")


def _chosen(candidates: Mapping[str, Any], name: str | None, what: tuple[str, str]) -> Any:  # noqa: ANN401 - as above
    if not candidates:
        raise _invalid(f"其中没有{what[0]}", f"it has no {what[1]}")
    known = ", ".join(sorted(candidates))[:500]
    if name is None and len(candidates) == 1:
        return next(iter(candidates.values()))
    if name is None:
        raise _invalid(f"须指明{what[0]}：{known}", f"name the {what[1]}, one of: {known}")
    if name not in candidates:
        raise _invalid(f"没有名为 {name} 的{what[0]}：{known}", f"it has no {what[1]} {name}, only: {known}")
    return candidates[name]


def _operations(binding: Any, version: SoapVersion) -> dict[str, WsdlOperation]:  # noqa: ANN401 - as above
    shapes = _Shapes()
    return {
        name: WsdlOperation(
            name=name,
            version=version,
            action=operation.soapaction or "",
            style=operation.style,
            request=shapes.root(operation.input),
            reply=shapes.root(operation.output),
        )
        for name, operation in binding.all().items()
        if not any(_has_parts(message) for message in (operation.input, operation.output))
    }


def _has_parts(message: Any) -> bool:  # noqa: ANN401 - as above
    return bool(getattr(message, "_is_body_wrapped", False))


class _Shapes:
    """Turns zeep's types into shapes, each type once: types refer to each other and to themselves."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Any, TypeShape]] = {}  # the type is kept, so that its id stays its own

    def root(self, message: Any) -> Member | None:  # noqa: ANN401 - as above
        """The payload of a message."""
        body = None if message is None else message.body
        return None if body is None else self._member(body, required=True, many=False)

    def _member(self, element: Any, *, required: bool, many: bool) -> Member:  # noqa: ANN401 - as above
        return Member(
            name=_name(element.qname),
            type=self._type(element.type),
            required=required and not element.is_optional,
            many=many or element.accepts_multiple,
            nillable=element.nillable,
        )

    def _type(self, kind: Any) -> TypeShape:  # noqa: ANN401 - as above
        if id(kind) not in self._known:
            shape = TypeShape()
            self._known[id(kind)] = (kind, shape)
            self._fill(shape, kind)
        return self._known[id(kind)][1]

    def _fill(self, shape: TypeShape, kind: Any) -> None:  # noqa: ANN401 - as above
        if not isinstance(kind, xsd.ComplexType):
            shape.text = True
            shape.open = not isinstance(kind, xsd.AnySimpleType)  # anyType holds what it likes
            return
        shape.attributes = {
            str(attribute.name): (_name(attribute.qname), attribute.required)
            for _, attribute in kind.attributes
            if isinstance(attribute, xsd.Attribute)
        }
        members: dict[str, Member] = {}
        for _, content in kind.elements_nested:
            if isinstance(content, Indicator):
                for member in self._content(shape, content, required=True, many=False):
                    earlier = members.get(member.name.local)
                    members[member.name.local] = replace(earlier, many=True) if earlier else member
            else:
                shape.text = True  # simple content: a text with attributes
        shape.members = members
        shape.open = shape.open or any(isinstance(attribute, xsd.AnyAttribute) for _, attribute in kind.attributes)

    def _content(self, shape: TypeShape, group: Any, *, required: bool, many: bool) -> Iterator[Member]:  # noqa: ANN401 - as above
        """The elements of a sequence, choice, all or group, in order; a wildcard opens the shape."""
        required = required and group.min_occurs != 0 and not isinstance(group, Choice)
        many = many or group.accepts_multiple
        for item in [group.child] if isinstance(group, Group) else group:
            if isinstance(item, Indicator):
                yield from self._content(shape, item, required=required, many=many)
            elif isinstance(item, xsd.Element):
                yield self._member(item, required=required, many=many)
            else:
                shape.open = True


def _name(qname: Any) -> Name:  # noqa: ANN401 - as above
    return Name(qname.localname, qname.namespace)


def _invalid(zh: str, en: str) -> DescriptionInvalid:
    return DescriptionInvalid(Text(zh, en))


def _reason(error: Exception) -> Text:
    """What went wrong, without zeep's own text, which names paths of this machine."""
    missing = getattr(error, "qname", None) or getattr(error.__context__, "qname", None)  # zeep wraps one in another
    if isinstance(error, zeep_errors.LookupError) and missing is not None:
        name = str(missing.localname)[:_NAME_LIMIT]
        return Text(f"引用了未定义的 {name}", f"it refers to {name}, which is not defined")
    line = getattr(error.__context__, "lineno", None)  # the parser's own error, which knows
    if isinstance(error, zeep_errors.XMLSyntaxError) and line is not None:
        return Text(f"第 {line} 行不是格式良好的 XML", f"it is not well-formed XML in line {line}, or cut short there")
    return next((reason for kind, reason in _REASONS.items() if isinstance(error, kind)), _UNUSABLE)
