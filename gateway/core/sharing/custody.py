"""Who may say what of the catalogue: a body of its own resources, the hub office of all, and of what serves them."""

from collections.abc import Iterator
from datetime import date

import msgspec

from gateway.core.bodies import Bodies
from gateway.core.sharing.resources import Finding, Resource
from gateway.core.text import Text


class Custody(msgspec.Struct, frozen=True):
    """In whose name the catalogue is changed.

    Attributes:
        body: credit code of the body whose people do it; None for the hub office.
        bodies: which body stands for which.
        on: the day.
    """

    body: str | None
    bodies: Bodies
    on: date

    def judge(self, resource: Resource, before: Resource | None) -> Iterator[Finding]:
        """What of a resource is not theirs to say; ``before`` is what the catalogue has of it."""
        if self.body is None:
            return
        if before is not None and not self._is_theirs(before):
            yield Finding("code", _NOT_THEIRS)
        if not self._is_theirs(resource):
            yield Finding("provider", _NOT_THEIRS)
        if resource.upstream != (None if before is None else before.upstream):
            yield Finding("upstream", _HUB_ONLY)
        if resource.service != (None if before is None else before.service):
            yield Finding("system", _HUB_ONLY)

    def judge_relation(self, resource: Resource) -> Iterator[Finding]:
        """Whether it is theirs to say what service items need of the resource."""
        if self.body is not None and not self._is_theirs(resource):
            yield Finding("resource", _NOT_THEIRS)

    def _is_theirs(self, resource: Resource) -> bool:
        return self.body is not None and self.bodies.same(resource.provider, self.body, self.on)


_NOT_THEIRS = Text(
    "该资源由其他单位提供，只能由该单位或枢纽变更", "the resource is another body's: it, or the hub, says so"
)
_HUB_ONLY = Text(
    "服务系统与上级平台由枢纽登记", "what serves a resource, or decides on it, is for the hub office to say"
)
