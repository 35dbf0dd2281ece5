"""What the manifest's checker needs of a WSDL: the elements that requests and replies may have."""

from pathlib import Path

from adapters.kit.manifest.model import SoapProtocol
from adapters.kit.manifest.outline import Description, OperationOutline, Outline
from adapters.kit.soap.shapes import Member, TypeShape
from adapters.kit.soap.wsdl import read_wsdl


def describe(wsdl: Path, soap: SoapProtocol) -> Description:
    """The outlines of every operation of the chosen port. Blocking.

    Raises:
        DescriptionInvalid: as ``wsdl.read_wsdl``.
    """
    outlines = _Outlines()
    return Description(
        operations={
            name: OperationOutline(request=outlines.of(found.request), reply=outlines.of(found.reply))
            for name, found in read_wsdl(wsdl, soap).items()
        }
    )


class _Outlines:
    """Draws each type once; where a type holds itself the outline is left open instead of going on for ever."""

    def __init__(self) -> None:
        self._drawn: dict[int, Outline] = {}
        self._drawing: set[int] = set()

    def of(self, member: Member | None) -> Outline:
        """The outline of an element, empty for none."""
        if member is None:
            return Outline()
        drawn = self._type(member.type)
        if not member.many:
            return drawn
        return Outline(children=drawn.children, attributes=drawn.attributes, many=True, open=drawn.open)

    def _type(self, shape: TypeShape) -> Outline:
        key = id(shape)
        if key in self._drawing:
            return Outline(open=True)
        if key not in self._drawn:
            self._drawing.add(key)
            self._drawn[key] = Outline(
                children={name: self.of(member) for name, member in shape.members.items()},
                attributes=frozenset(shape.attributes),
                open=shape.open,
            )
            self._drawing.remove(key)
        return self._drawn[key]
