"""上级平台: what is asked of exchanges, how far it is there, and the inputs by which people settle it."""

import strawberry

from gateway.core.text import Language
from gateway.services.sharing.exchanges.import_exchange import ExchangeReport
from gateway.services.sharing.exchanges.settle_forwarding import SettlementRequest
from schema.types.common import PageInfo, Problem
from schema.types.share_grants import ShareGrant
from schema.types.share_requests import ShareRequest


@strawberry.type(description="分页中的转办 · A request at an exchange, in a page")
class ShareForwardingEdge:
    cursor: str
    node: ShareRequest


@strawberry.type(description="转办分页 · A page of requests at exchanges")
class ShareForwardingConnection:
    nodes: list[ShareRequest]
    edges: list[ShareForwardingEdge]
    page_info: PageInfo


@strawberry.input(
    description="裁定存疑的转办：给出上级平台的编号，或要求重新发送 · "
    "What became of a request at its exchange: the number that it has there, or that it is to be sent again"
)
class SettleForwardingInput:
    request: strawberry.ID
    expected_version: int = strawberry.field(description="读到的 version · The version that was read")
    number: str | None = strawberry.field(default=None, description="上级平台的编号 · What the exchange calls it")
    send_again: bool | None = False
    reason: str = strawberry.field(description="如何得知 · How it is known")

    def settlement(self) -> SettlementRequest:
        """The use case's request."""
        return SettlementRequest(
            request=self.request,
            expected_version=self.expected_version,
            reason=self.reason,
            number=self.number,
            send_again=bool(self.send_again),
        )


@strawberry.type(description="裁定的结果 · What came of settling")
class SettleForwardingPayload:
    request: ShareRequest | None
    problems: list[Problem]


@strawberry.input(description="向上级平台核对授权 · Have the exchange asked whether a grant still holds")
class CheckUpstreamGrantInput:
    id: strawberry.ID


@strawberry.type(description="核对已安排；结果见 grant · The exchange is asked soon; the grant shows what came of it")
class CheckUpstreamGrantPayload:
    grant: ShareGrant | None
    problems: list[Problem]


@strawberry.input(description="从上级平台导入目录 · Import the catalogue of an exchange")
class ImportExchangeCatalogueInput:
    system: str
    dry_run: bool | None = strawberry.field(default=False, description="只说明将有何变化 · Only say what would change")


@strawberry.type(description="目录中一项资源的问题 · What is wrong with a resource of an exchange")
class ExchangeCatalogueFinding:
    number: str = strawberry.field(description="上级平台的资源编号 · The resource's number there")
    path: str
    message: str


@strawberry.type(description="导入上级平台目录的结果；有问题的资源未导入 · Resources with findings are left out")
class ImportExchangeCataloguePayload:
    added: int | None
    changed: int | None
    unchanged: int | None
    left_out: int | None
    findings: list[ExchangeCatalogueFinding] | None
    unreadable: list[str] | None = strawberry.field(
        description="无法读取的资源的编号或序号 · Numbers, or places, of resources that cannot be read"
    )
    problems: list[Problem]

    @classmethod
    def of(
        cls, done: ExchangeReport | None, problems: list[Problem], language: Language
    ) -> "ImportExchangeCataloguePayload":
        """The payload."""
        if done is None:
            return cls(
                added=None, changed=None, unchanged=None, left_out=None, findings=None, unreadable=None,
                problems=problems,
            )  # fmt: skip
        findings = [
            ExchangeCatalogueFinding(
                number=one.number, path=one.finding.path, message=one.finding.reason.render(language)
            )
            for one in done.findings
        ]
        return cls(
            added=done.added,
            changed=done.changed,
            unchanged=done.unchanged,
            left_out=done.left_out,
            findings=findings,
            unreadable=list(done.unreadable),
            problems=[],
        )
