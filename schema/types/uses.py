"""用途: declaring why licences are asked for."""

from datetime import datetime

import strawberry

from gateway.core.use import UseBasis
from gateway.services.open_use import UseRequest
from schema.types.common import Problem


@strawberry.input(description="持证人授权 · The signed-in holder himself")
class HolderUse:
    item: str = strawberry.field(description="事项编码 · Code of the service item")
    note: str | None = None


@strawberry.input(description="委托 · Under a recorded mandate")
class EntrustedUse:
    item: str
    mandate: strawberry.ID
    note: str | None = None


@strawberry.input(description="依职能查验 · An officer, for a case")
class StatutoryUse:
    item: str
    case: str | None = strawberry.field(default=None, description="办件编号 · Case number")
    application: str | None = strawberry.field(default=None, description="预办编号 · Pre-application number of ours")
    note: str | None = None


@strawberry.input(description="亮证 · A code the holder shows")
class PresentedUse:
    code: str
    note: str | None = None


@strawberry.input(one_of=True, description="用途，四选一 · A purpose, exactly one of the four bases")
class OpenUseInput:
    holder: HolderUse | None = strawberry.UNSET
    entrusted: EntrustedUse | None = strawberry.UNSET
    statutory: StatutoryUse | None = strawberry.UNSET
    presented: PresentedUse | None = strawberry.UNSET

    def request(self) -> UseRequest:
        """What the use case is asked for."""
        if self.holder:
            return UseRequest(basis=UseBasis.HOLDER, item=self.holder.item, note=self.holder.note)
        if self.entrusted:
            return UseRequest(basis=UseBasis.ENTRUSTED, item=self.entrusted.item, note=self.entrusted.note)
        if self.statutory:
            return UseRequest(
                basis=UseBasis.STATUTORY,
                item=self.statutory.item,
                case=self.statutory.case,
                application=self.statutory.application,
                note=self.statutory.note,
            )
        assert self.presented, "oneOf leaves no other input"
        return UseRequest(basis=UseBasis.PRESENTED, item=None, note=self.presented.note)


@strawberry.type(description="已开立的用途 · An open purpose, bound to the caller")
class Use:
    id: strawberry.ID
    item: str
    basis: UseBasis
    expires_at: datetime


@strawberry.type(description="开立用途的结果 · What opening a purpose gave")
class OpenUsePayload:
    use: Use | None
    problems: list[Problem]
