"""The walk: real queries, what they gave, and whether that is what the seed predicts."""

from rich.markup import escape

from adapters.sandbox.world.generate import World
from gateway.cli.console import out
from gateway.cli.demo.audit_steps import AuditSteps
from gateway.cli.demo.licence_steps import LicenceSteps
from gateway.cli.demo.operation_steps import OperationSteps
from gateway.cli.demo.scene import Scene, Step
from gateway.cli.demo.seal_steps import SealSteps
from gateway.cli.demo.share_steps import ShareSteps
from gateway.cli.demo.stage import Stage


class Walk:
    """Takes the steps one after the other and remembers which of them went wrong."""

    def __init__(self, stage: Stage, world: World, seals: dict[str, str]) -> None:
        scene = Scene(stage, world)
        people, operations, audit = LicenceSteps(scene), OperationSteps(scene), AuditSteps(scene)
        sealing, sharing = SealSteps(scene, seals), ShareSteps(scene)
        self._steps: list[tuple[str, Step]] = [
            ("持证人本人查询自己的证照 · the holder asks for his own licences", people.holder),
            ("经办人员为办件查验证照 · an officer asks for a case", people.officer),
            ("按 id 取其中一个 · one of them by its id", people.by_id),
            ("窗口扫码，持证人现场授权 · at a counter, the holder shows a scan", people.at_a_counter),
            ("证照类型与接入系统 · licence types and systems", people.catalogues),
            ("没有令牌、没有用途、号码有误 · no token, no use, a wrong number", people.refusals),
            ("规则不允许的用途 · purposes that the rules do not allow", people.purposes),
            ("委托与亮证 · a mandate, and a licence that is shown", people.presented),
            ("一个系统重置连接 · one system resets its connections", people.one_fails),
            ("一个挂起、一个重置，仍在期限内应答 · one hangs, one resets, answered in time", people.both_fail),
            ("中断与恢复，经订阅得知 · an outage and its end, told to a subscriber", operations.outage),
            ("恢复之后 · after recovery", people.officer),
            ("系统全部恢复 · every system is up", operations.board),
            ("带说明停用一个系统，再启用 · a system disabled with a notice, and enabled", operations.disabled),
            ("上传附件，下载调用记录 · a file sent, the record of calls fetched", operations.files),
            ("用本网关的印章给文件盖章并验章 · a document sealed by a key here, and examined", sealing.here),
            ("经各印章平台盖章 · sealed by platforms: at once, polled, called back", sealing.platforms),
            ("冻结的印章不能用 · a frozen seal cannot be used", sealing.frozen),
            ("平台盖了章而应答丢失 · a platform seals and its answer is lost", sealing.lost),
            ("在目录中查找数据资源 · a resource found in the catalogue", sharing.found),
            ("申请、审核、部分同意 · asked for, checked, approved in part", sharing.granted),
            ("按授权使用，独立校验凭据 · used under the grant, its receipt verified", sharing.used),
            ("撤销后不再提供 · nothing is given once it is revoked", sharing.revoked),
            ("审计人员查阅以上请求 · an auditor reads of all this", audit.auditor),
            ("持证人查阅自己数据的使用 · the holder reads who used his data", audit.citizen),
            ("导出审计并校验 · the audit exported and verified", audit.export),
        ]

    def take(self) -> list[str]:
        """Take every step; the titles of those that did not go as the seed predicts."""
        failed: list[str] = []
        for number, (title, step) in enumerate(self._steps, 1):
            out.rule(f"{number}. {title}", align="left")
            wrong = step()
            for line in wrong:
                out.print(f"  [red]✗[/red] {escape(line)}", markup=True)
            if wrong:
                failed.append(title)
            else:
                out.print("  [green]✓[/green] 与种子的预测完全一致 · exactly what the seed predicts")
        return failed
