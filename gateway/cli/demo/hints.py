"""What the demo says once it is up: where everything is, and commands to copy."""

import shlex

from adapters.sandbox.world.generate import World
from gateway.cli.demo.deployment import AUTHORITY
from gateway.cli.demo.stage import Stage


def hints(stage: Stage, world: World) -> str:
    """The text. Commands are broken by backslashes and between JSON's values, never inside, and stay narrow."""
    folder = stage.folder
    return f"""
GraphQL         {stage.gateway}/graphql
指标 · metrics  {stage.ops}/metrics
令牌 · tokens   {folder}/citizen.token, officer.token, frontend.token …
世界 · world    {folder}/world.json
日志 · logs     {folder}/gateway.log, sandbox.log

试一试 · try it:

TOKEN=$(cat {shlex.quote(str(folder / "citizen.token"))})
curl -s {stage.gateway}/graphql \\
  -H "Authorization: Bearer $TOKEN" \\
  -H 'Content-Type: application/json' \\
  -H 'X-Request-Timeout: 3000' \\
  -d '{{
    "query": "mutation($i: OpenUseInput!) {{openUse(input: $i) {{use {{id}}}}}}",
    "variables": {{"i": {{"holder": {{
      "item": "{world.item}"
    }}}}}}
  }}'

X-Request-Timeout: 毫秒，缺省 5000 · milliseconds, 5000 unless given

故障 · a fault, and its end:

curl -X PUT {stage.faults}/{AUTHORITY[0]} \\
  -d '{{"kind": "hang"}}'
curl -X DELETE {stage.faults}/{AUTHORITY[0]}

系统实况 · the board of systems, live:

export YIWANG_URL={stage.gateway}
export YIWANG_TOKEN=$(cat {shlex.quote(str(folder / "operations.token"))})
.venv/bin/yiwang system list --watch

审计导出的校验 · the export of the audit, verified:

.venv/bin/yiwang audit verify \\
  --key {shlex.quote(str(folder / "audit.key.pub.pem"))} \\
  {shlex.quote(str(folder / "audit.zip"))}

Ctrl-C 结束 · Ctrl-C ends everything."""
