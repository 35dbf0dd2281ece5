import ast
from pathlib import Path
from typing import Any

import pytest

from adapters.kit.manifest.model import SoapProtocol
from adapters.kit.manifest.outline import DescriptionInvalid
from adapters.kit.soap import SoapVersion, describe, load_description
from gateway.core.text import Language

HERE = Path(__file__).parent / "descriptions"
LEDGER = (HERE / "ledger.wsdl").read_text("utf-8")
TYPES = (HERE / "ledger-types.xsd").read_text("utf-8")
KIT = Path(__file__).parents[2] / "adapters" / "kit"


def protocol(**more: Any) -> SoapProtocol:
    return SoapProtocol(wsdl="ledger.wsdl", **{"service": "Ledger", **more})


def reason(folder: Path, soap: SoapProtocol | None = None, name: str = "ledger.wsdl") -> str:
    with pytest.raises(DescriptionInvalid) as caught:
        load_description(folder / name, soap or protocol())
    text = caught.value.reason.render(Language.EN) + caught.value.reason.render(Language.ZH)
    assert str(folder) not in text
    return text


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "shipped").mkdir()
    (tmp_path / "shipped" / "ledger.wsdl").write_text(LEDGER, "utf-8")
    (tmp_path / "shipped" / "ledger-types.xsd").write_text(TYPES, "utf-8")
    return tmp_path / "shipped"


def importing(folder: Path, location: str) -> Path:
    (folder / "ledger.wsdl").write_text(LEDGER.replace("ledger-types.xsd", location), "utf-8")
    return folder


def test_operations_carry_name_action_version_and_style(folder: Path) -> None:
    operations = load_description(folder / "ledger.wsdl", protocol()).operations
    assert sorted(operations) == ["enter", "ping"]
    enter = operations["enter"]
    assert (enter.soap_action, enter.version, enter.style) == ("urn:enter", SoapVersion.V11, "document")
    counter = load_description(folder / "ledger.wsdl", protocol(service="Counter")).operations["count"]
    assert counter.style == "rpc"


@pytest.mark.parametrize(
    ("choice", "version"),
    [
        ({}, SoapVersion.V11),
        ({"version": "1.1"}, SoapVersion.V11),
        ({"version": "1.2"}, SoapVersion.V12),
        ({"port": "New"}, SoapVersion.V12),
    ],
)
def test_the_port_is_the_named_one_or_the_first_of_the_wanted_version_1_1_before_1_2(
    folder: Path, choice: Any, version: Any
) -> None:
    assert load_description(folder / "ledger.wsdl", protocol(**choice)).operations["enter"].version is version


@pytest.mark.parametrize(
    ("choice", "says"),
    [
        ({"service": None}, "Counter, Ledger"),
        ({"service": "Nothing"}, "Counter, Ledger"),
        ({"port": "Nothing"}, "New, Old"),
        ({"port": "Old", "version": "1.2"}, "only: New"),
        ({"service": "Counter", "version": "1.2"}, "no port for SOAP 1.2"),
    ],
)
def test_a_wrong_choice_is_told_what_there_is(folder: Path, choice: Any, says: str) -> None:
    assert says in reason(folder, protocol(**choice))


def test_the_outline_names_elements_attributes_and_repetition(folder: Path) -> None:
    outline = describe(folder / "ledger.wsdl", protocol()).operations["enter"]
    asked = outline.request.children
    assert sorted(asked) == sorted(
        ["holder", "officer", "case", "note", "tag", "paper", "file", "amount", "copies", "open", "day", "at", "tree"]
    )
    assert asked["holder"].attributes == {"kind", "since"}
    assert sorted(asked["officer"].children) == ["name", "number", "post"]
    assert asked["tag"].many
    assert not asked["note"].many
    assert not outline.request.open
    assert outline.reply.open  # xs:any


def test_recursive_types_end_in_an_open_outline(folder: Path) -> None:
    tree = describe(folder / "ledger.wsdl", protocol()).operations["enter"].request.children["tree"]
    assert sorted(tree.children) == ["node", "title"]
    assert tree.children["node"].open
    assert tree.children["node"].many


@pytest.mark.parametrize(
    ("location", "says"),
    [
        ("http://schemas.example/t.xsd", "imports an address"),
        ("https://schemas.example/t.xsd", "imports an address"),
        ("http://169.254.169.254/latest", "imports an address"),
        ("http://127.0.0.1:1/t.xsd", "imports an address"),
        ("file:///etc/hostname", "imports an address"),
        ("/etc/hostname", "outside its folder"),
        ("../secret.xsd", "outside its folder"),
        ("link.xsd", "outside its folder"),
        ("missing.xsd", "missing.xsd is missing"),
        ("ftp://schemas.example/t.xsd", "missing"),
    ],
)
def test_only_files_beside_the_description_are_read(folder: Path, location: str, says: str) -> None:
    (folder.parent / "secret.xsd").write_text(TYPES, "utf-8")
    (folder / "link.xsd").symlink_to(folder.parent / "secret.xsd")
    assert says in reason(importing(folder, location))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("<wsdl:definitions ", "<!DOCTYPE x [<!ENTITY a 'b'>]><wsdl:definitions "), "DOCTYPE"),
        (("</wsdl:definitions>", ""), f"not well-formed XML in line {LEDGER.count(chr(10)) + 1}, or cut short"),
        (('type="b:Officer"', 'type="b:Nobody"'), "Nobody, which is not defined"),
        (('type="b:Officer"', 'type="soap:Nobody"'), "no schema"),
        (('message="t:enterIn"', 'message="t:nothing"'), "not a usable WSDL"),
        (('<wsdl:service name="Ledger">', '<wsdl:service name="Ledger" x="&undefined;">'), "not well-formed"),
        (("<xs:choice>", '<xs:element ref="t:nothing"/><xs:choice>'), "nothing, which is not defined"),
        ((LEDGER, ""), ""),
        ((LEDGER, "<html><body>not found</body></html>"), "ledger.wsdl is an HTML page, no WSDL"),
        ((LEDGER, "\ufeff\n<!DOCTYPE HTML PUBLIC 'x'><HTML></HTML>"), "ledger.wsdl is an HTML page, no WSDL"),
        ((LEDGER, "<definitions xmlns='http://schemas.xmlsoap.org/wsdl/'/>"), "it has no service"),
        ((LEDGER, "\x00\x01\x02"), ""),
    ],
)  # fmt: skip
def test_nothing_of_the_foreign_library_gets_past_the_door(folder: Path, change: Any, says: str) -> None:
    (folder / "ledger.wsdl").write_text(LEDGER.replace(*change), "utf-8")
    assert says in reason(folder)


def test_a_group_that_holds_itself_ends_in_a_refusal(folder: Path) -> None:
    group = '<xs:group name="g"><xs:sequence><xs:group ref="t:g"/></xs:sequence></xs:group></xs:schema>'
    text = LEDGER.replace("</xs:schema>", group).replace("<xs:choice>", '<xs:group ref="t:g"/><xs:choice>')
    (folder / "ledger.wsdl").write_text(text, "utf-8")
    assert "without end" in reason(folder)


def test_a_file_that_is_not_there_or_too_large_is_refused(folder: Path) -> None:
    assert "missing" in reason(folder, name="other.wsdl")
    (folder / "ledger.wsdl").write_text(LEDGER + " " * 5_000_000, "utf-8")
    assert "over 5000000 bytes" in reason(folder)


def test_a_header_whose_message_is_named_in_the_wrong_namespace_is_understood(folder: Path) -> None:
    """spyne writes this for every header with a namespace of its own."""
    text = LEDGER.replace(
        '<wsdl:input><soap:body use="literal"/>',
        '<wsdl:input><soap:body use="literal"/><soap:header use="literal" message="b:Badge" part="Badge"/>',
    )
    text = text.replace(
        '<wsdl:message name="pingIn"/>',
        '<wsdl:message name="pingIn"/><wsdl:message name="Badge">'
        '<wsdl:part name="Badge" type="b:Party"/></wsdl:message>',
    )
    (folder / "ledger.wsdl").write_text(text, "utf-8")
    assert "enter" in load_description(folder / "ledger.wsdl", protocol()).operations


def test_one_module_knows_zeep() -> None:
    def imports(file: Path) -> bool:
        nodes = ast.walk(ast.parse(file.read_text("utf-8")))
        names = [n.module or "" for n in nodes if isinstance(n, ast.ImportFrom)]
        names += [
            a.name for n in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(n, ast.Import) for a in n.names
        ]
        return any(name.split(".")[0] in {"zeep", "requests"} for name in names)

    assert [file.relative_to(KIT).as_posix() for file in KIT.rglob("*.py") if imports(file)] == ["soap/wsdl.py"]
