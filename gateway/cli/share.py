"""`yiwang share`: data sharing at a running gateway, from the catalogue to grants and their end."""

from typing import Final

import typer

from gateway.cli.deferred import Deferred, defer

COMMANDS: Final = (
    Deferred(
        "resources",
        "gateway.cli.share_resources:resources",
        "目录资源 · Resources of the catalogue: what there is, how it is shared, which fields it has.",
    ),
    Deferred(
        "import",
        "gateway.cli.share_catalogue:import_table",
        "导入目录或事项关系 · Import the catalogue from a table: all of it, or everything that is wrong (exit code 1).",
    ),
    Deferred(
        "template",
        "gateway.cli.share_catalogue:template",
        "目录表模板 · An empty table with the headings to fill; needs no gateway.",
    ),
    Deferred(
        "request",
        "gateway.cli.share_request:request",
        "申请共享数据 · Request data; prints the request's id.",
    ),
    Deferred(
        "submit",
        "gateway.cli.share_request:submit",
        "提交草稿，或补正后再提交 · Submit a draft, or send back what was returned.",
    ),
    Deferred(
        "decide",
        "gateway.cli.share_request:decide",
        "办理一步 · Take the step of whoever is in charge; an approval issues the grant.",
    ),
    Deferred(
        "attach",
        "gateway.cli.share_files:attach",
        "附上文件 · Add a file to a request that is open; its parties can fetch it.",
    ),
    Deferred(
        "attachments",
        "gateway.cli.share_files:attachments",
        "领取附件 · Fetch the files of a request, for its parties; that you fetched them is audited.",
    ),
    Deferred("withdraw", "gateway.cli.share_request:withdraw", "撤回申请 · Withdraw a request before it is decided."),
    Deferred("list", "gateway.cli.share_list:list_requests", "申请列表 · Requests of your body, newest first."),
    Deferred(
        "show", "gateway.cli.share_list:show", "一件申请：步骤与时限 · One request: its terms, its steps, its clocks."
    ),
    Deferred(
        "grants",
        "gateway.cli.share_grants:grants",
        "授权列表 · Grants that your body may use, or is a party of in a role.",
    ),
    Deferred(
        "revoke",
        "gateway.cli.share_grants:revoke",
        "终止授权 · Revoke a grant: once this returns, nothing is given under it any more.",
    ),
    Deferred(
        "narrow",
        "gateway.cli.share_narrow:narrow",
        "收窄授权 · Leave less of a grant: once this returns, no more is given under it.",
    ),
    Deferred(
        "forwardings",
        "gateway.cli.share_exchanges:forwardings",
        "转办至上级平台的申请 · Requests at exchanges, those first that have waited longest.",
    ),
    Deferred(
        "settle",
        "gateway.cli.share_exchanges:settle",
        "裁定存疑的转办 · Settle what became of a request at its exchange.",
    ),
    Deferred(
        "dispute-forwardings",
        "gateway.cli.share_dispute_exchanges:dispute_forwardings",
        "转办至上级平台的校核 · Disputes at exchanges, those first that have waited longest.",
    ),
    Deferred(
        "settle-dispute",
        "gateway.cli.share_dispute_exchanges:settle_dispute",
        "裁定转办的校核 · Settle what becomes of a dispute at its exchange.",
    ),
    Deferred(
        "check",
        "gateway.cli.share_exchanges:check",
        "向上级平台核对授权 · Have the exchange asked at once whether a grant still holds.",
    ),
    Deferred(
        "why",
        "gateway.cli.share_grants:why",
        "各字段为何给予或不给 · What you would be given under the grant for this item, and why.",
    ),
    Deferred(
        "records",
        "gateway.cli.share_records:records",
        "查询一页共享数据 · One page of records under a grant; its use is counted and recorded like any other.",
    ),
    Deferred(
        "export",
        "gateway.cli.share_export:export",
        "大量共享数据导出为文件 · Write all records under a grant to a file; the same command again goes on.",
    ),
    Deferred(
        "dispute",
        "gateway.cli.share_disputes:dispute",
        "提出校核 · Report a record as wrong, with evidence; prints the dispute's id.",
    ),
    Deferred(
        "disputes", "gateway.cli.share_disputes:disputes", "校核列表 · Disputes that concern your body, newest first."
    ),
    Deferred(
        "show-dispute",
        "gateway.cli.share_disputes:show_dispute",
        "一件校核 · One dispute: what is said to be wrong, the answer, who is told, its clock.",
    ),
    Deferred(
        "answer",
        "gateway.cli.share_answers:answer",
        "数源单位办理校核 · The source's step: answer it, return it for evidence, or extend its time.",
    ),
    Deferred(
        "supplement",
        "gateway.cli.share_answers:supplement",
        "补充证据 · Add evidence that the source has asked for.",
    ),
    Deferred(
        "withdraw-dispute",
        "gateway.cli.share_answers:withdraw_dispute",
        "撤回校核 · Take a dispute back before there is an answer.",
    ),
    Deferred(
        "acknowledge",
        "gateway.cli.share_answers:acknowledge",
        "确认知悉 · Take note of an answer for your body; fetch the record again first.",
    ),
    Deferred(
        "evidence",
        "gateway.cli.share_answers:evidence",
        "取证据文件 · Fetch the evidence of a dispute, for its reporter and its source.",
    ),
    Deferred(
        "overdue", "gateway.cli.share_clocks:overdue", "逾期的申请与校核 · Late requests and disputes, latest first."
    ),
    Deferred(
        "what-if",
        "gateway.cli.share_clocks:what_if",
        "换用时限规则会改变什么 · What these deadline rules would change for requests that go on.",
    ),
    Deferred(
        "statistics",
        "gateway.cli.share_clocks:statistics",
        "年度统计 · How many steps of each kind were taken.",
    ),
    Deferred(
        "report",
        "gateway.cli.share_report:report",
        "年度报告 · The yearly report, by providers, by requesters and in all.",
    ),
    Deferred(
        "calendar",
        "gateway.cli.share_clocks:calendar",
        "工作日历 · Which days of a month are working days; needs no gateway.",
    ),
)
"""Every command; each stands in a module of its own, where its own words are the same."""

app = typer.Typer(
    help="数据共享 · Data sharing: requests, decisions, grants.",
    no_args_is_help=True,
    add_completion=False,
)
defer(app, COMMANDS)
