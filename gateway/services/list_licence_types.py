"""List the licence types that this province knows."""

from gateway.core.licence import LicenceType
from gateway.core.ports import LicenceTypeRegister
from gateway.services.paging import Page, page


class ListLicenceTypes:
    """Pages through the register, by code, optionally narrowed by a part of code or name."""

    def __init__(self, register: LicenceTypeRegister) -> None:
        self._register = register

    def __call__(self, search: str | None, first: int, after: str | None) -> Page[LicenceType]:
        """The page; ``search`` matches anywhere in code or name, case apart."""
        needle = (search or "").strip().casefold()
        found = [
            kind
            for kind in self._register.licence_types()
            if needle in (kind.code or "").casefold() or needle in (kind.name or "").casefold()
        ]
        return page(found, lambda kind: kind.code or "", first, after)
