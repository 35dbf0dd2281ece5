"""Rules on what surrounds the operations: the system, its owner, settings, limits, protocol and auth."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Final

from pydantic_core import PydanticCustomError

from adapters.kit.manifest.findings import Remark
from adapters.kit.manifest.measures import octets, seconds
from adapters.kit.manifest.nodes import Kind, Node
from adapters.kit.manifest.rules.scene import Scene, remark
from gateway.core.identifiers import credit_code
from gateway.core.identifiers.invalid import IdentifierInvalid
from gateway.core.identifiers.region import RegionTable
from gateway.core.identifiers.regions_42 import ROWS
from gateway.core.text import Text

MAX_DEADLINE: Final = 60.0
MAX_REPLY: Final = 50_000_000

_REGIONS: Final = RegionTable(ROWS)
_WHENEVER: Final = date.max
"""A check knows no day: a manifest outlives codes whose end is known already."""


def folder_has_the_code(scene: Scene) -> Iterator[Remark]:
    """The folder is called as the system."""
    node = scene.root.find("system", "code")
    if node is not None and node.text is not None and node.text != scene.folder.absolute().name:
        what = ("系统代码与文件夹名不同", "the code is not the name of the folder")
        yield remark(node.at, what, ("将文件夹与系统代码改为一致", "give folder and system the same name"))


def owner_is_real(scene: Scene) -> Iterator[Remark]:
    """The owner's credit code has right checks."""
    node = scene.root.find("system", "owner", "creditCode")
    if node is None or node.text is None:
        return
    try:
        credit_code.parse(node.text)
    except IdentifierInvalid as error:
        remedy = Text("核对证书上的 18 位代码", "compare the 18 characters with the certificate")
        yield Remark(node.at, _because("统一社会信用代码有误", "the credit code is wrong", error.reason), remedy)


def regions_are_real(scene: Scene) -> Iterator[Remark]:
    """Regions are codes of GB/T 2260, and in force in a province whose codes are known."""
    node = scene.root.find("system", "regions")
    for element in node.elements if node is not None else ():
        if element.text is None:
            continue
        try:
            present = _REGIONS.resolve(element.text, _WHENEVER)
        except IdentifierInvalid as error:
            remedy = Text("使用 GB/T 2260 的 6 位或 12 位代码", "use a GB/T 2260 code of 6 or 12 digits")
            yield Remark(element.at, _because("行政区划代码有误", "the region code is wrong", error.reason), remedy)
            continue
        if present.code != element.text[: len(present.code)]:
            what = Text("行政区划代码已由其他代码取代", "another region code has replaced this one")
            use = f"{present.code} {present.name}"
            yield Remark(element.at, what, Text(f"使用 {use}", f"use {use}"), present.code)


def settings_are_own(scene: Scene) -> Iterator[Remark]:
    """Settings begin with the system's code: another system's are not to be had."""
    code = scene.code
    for node in scene.root.walk() if code is not None else ():
        name = node.find("setting")
        if len(node.fields) == 1 and name is not None and name.text and not name.text.startswith(f"{code}/"):
            what = ("设置名须以本系统代码开头", "a setting's name begins with the system's own code")
            yield remark(name.at, what, (f"写作 {code}/名称", f"write {code}/<name>"))


def limits_are_bounded(scene: Scene) -> Iterator[Remark]:
    """Nothing waits or reads without end."""
    yield from _bounded(scene.root.find("limits", "deadline"), seconds, MAX_DEADLINE, "60s")
    yield from _bounded(scene.root.find("limits", "replyBytes"), octets, MAX_REPLY, "50MB")
    yield from _bounded(scene.root.find("limits", "documentBytes"), octets, MAX_REPLY, "50MB")


def _bounded(node: Node | None, measure: Callable[[object], float], most: float, words: str) -> Iterator[Remark]:
    if node is None:
        return
    try:
        value = measure(node.scalar)
    except PydanticCustomError:  # not of the form: the schema's finding
        return
    if not 0 < value <= most:
        what = (f"须大于 0，最大为 {words}", f"more than nothing and at most {words} is possible")
        yield remark(node.at, what, (f"写不超过 {words} 的值", f"write {words} or less"))


def one_protocol(scene: Scene) -> Iterator[Remark]:
    """Exactly one of soap and rest."""
    protocol = scene.root.find("protocol")
    if protocol is None or protocol.kind is not Kind.MAPPING:
        return
    named = _present(protocol, "soap", "rest")
    if not named:
        what = ("没有写明协议", "no protocol is named")
        yield remark(protocol.place, what, ("写 soap 或 rest", "write soap or rest"))
    for node in named[1:]:
        what = ("写了两种协议", "two protocols are named")
        yield remark(node.place, what, ("只留 soap 或 rest", "keep soap or rest"))


def one_auth_style(scene: Scene) -> Iterator[Remark]:
    """One account beside the session, and one that the protocol can carry."""
    auth = scene.root.find("auth")
    if auth is None:
        return
    named = _present(auth, "wsse", "basic")
    for node in sorted(named, key=lambda node: node.place)[1:]:
        what = ("写了多种账号认证方式", "two ways to send an account are named")
        yield remark(node.place, what, ("只留 basic 或 wsse", "keep basic or wsse"))
    wsse = auth.find("wsse")
    if wsse is not None and scene.speaks("rest"):
        what = ("wsse 只用于 soap 系统", "wsse is for soap systems only")
        yield remark(wsse.place, what, ("改用另一种认证方式", "use another style"))


def description_is_shipped(scene: Scene) -> Iterator[Remark]:
    """The WSDL lies in the folder, itself and not as a link to elsewhere."""
    node = scene.root.find("protocol", "soap", "wsdl")
    if node is None or not node.text or Path(node.text).name != node.text:
        return
    file = scene.folder / node.text
    try:
        there = file.is_file() and file.resolve().parent == scene.folder.resolve()
    except (OSError, ValueError):  # a name that the file system cannot have
        there = False
    if not there:
        what = ("文件夹中没有这个 WSDL", "the folder has no such WSDL")
        yield remark(node.at, what, ("把 WSDL 放在清单旁边", "put the WSDL beside the manifest"))


def _present(section: Node, *keys: str) -> list[Node]:
    """The sections of these names that are there and not null."""
    found = [section.find(key) for key in keys]
    return [node for node in found if node is not None and not (node.kind is Kind.SCALAR and node.scalar is None)]


def _because(zh: str, en: str, reason: Text) -> Text:
    return Text(f"{zh}：{reason.zh}", f"{en}: {reason.en}")
