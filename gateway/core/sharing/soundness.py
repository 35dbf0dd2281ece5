"""What has to hold of a request before anybody spends time on it."""

from typing import Protocol

from gateway.core import problems
from gateway.core.errors import Refusal
from gateway.core.sharing.moves import bounded_text
from gateway.core.sharing.resources import Resource, SharingType
from gateway.core.sharing.steps import Purpose
from gateway.core.sharing.terms import Terms, examine_terms


class Asking(Protocol):
    """The request, as far as it matters here."""

    @property
    def resource(self) -> str:
        """Catalogue code of what is asked for."""
        ...

    @property
    def requester(self) -> str:
        """Credit code of the body that asks."""
        ...

    @property
    def provider(self) -> str:
        """Credit code of the body that was asked."""
        ...


def require_sound(request: Asking, resource: Resource, needed: frozenset[str], wanted: Terms, purpose: Purpose) -> None:
    """That the resource, as the catalogue has it now, can be asked for in these terms and words.

    Raises:
        Refusal: it is not shared, is the requester's own or another one, or the terms or words do not hold.
    """
    if resource.sharing is SharingType.NOT_SHARED:
        raise Refusal(problems.SHARE_NOT_SHARED, "resource")
    if request.requester == request.provider:
        raise Refusal(problems.SHARE_INVALID, "resource", reason=problems.OWN_RESOURCE)
    if resource.code != request.resource or resource.provider != request.provider:
        raise Refusal(problems.SHARE_INVALID, "resource", reason=problems.OTHER_RESOURCE)
    for finding in examine_terms(wanted, resource, needed):
        raise Refusal(problems.SHARE_INVALID, f"wanted.{finding.path}".rstrip("."), reason=finding.reason)
    bounded_text(purpose.text, "purpose.text")
    bounded_text(purpose.basis, "purpose.basis")
