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
        "终止授权 · Revoke a grant: once this returns, nothing leaves under it any more.",
    ),
    Deferred(
        "why",
        "gateway.cli.share_grants:why",
        "各字段为何给予或不给 · What you would be given under the grant for this item, and why.",
    ),
    Deferred("overdue", "gateway.cli.share_clocks:overdue", "逾期的申请 · Late requests, latest first."),
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
