"""`yiwang demo`: the command."""

import json
import signal
import sys
import threading
import time
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from adapters.sandbox.families import CONTROL, DEFAULT_PORTS
from adapters.sandbox.world.generate import World, generate
from gateway.cli.console import out
from gateway.cli.demo.deployment import AUTHORITY
from gateway.cli.demo.seed import SEED
from gateway.cli.demo.stage import Stage, staged
from gateway.cli.demo.walk import Walk
from gateway.core.clock import CHINA

_FOLDER = Path("var/demo")


def demo(
    *,
    once: Annotated[
        bool,
        typer.Option(
            "--once", help="走完即结束，全部符合预测才返回 0 · end after the walk; 0 only if all was as predicted"
        ),
    ] = False,
    port: Annotated[int, typer.Option(min=1, max=65535, help="网关端口 · port of the gateway")] = 8000,
    base_port: Annotated[
        int, typer.Option(min=1, max=65_000, help="沙箱控制端口，各系统依次随后 · control port of the sandbox")
    ] = DEFAULT_PORTS[CONTROL],
    folder: Annotated[Path, typer.Option(help="令牌、日志与 world.json · tokens, logs and world.json")] = _FOLDER,
    seed: Annotated[int, typer.Option(help="世界的种子 · seed of the world")] = SEED,
) -> None:
    """演示：两个遗留系统与网关，真实查询，预测核对 · Two legacy systems, the gateway, real queries, checked answers."""
    started = time.monotonic()
    # a terminated demo must end its two processes too, so it unwinds like an interrupted one
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    world = generate(seed, datetime.now(CHINA).date())
    with staged(folder, world, port, base_port) as stage:
        _write_world(stage, world)
        failed = Walk(stage, world).take()
        out.rule()
        seconds = time.monotonic() - started
        if failed:
            out.print(f"[red]✗[/red] {len(failed)} 步与预测不符 · steps not as predicted ({seconds:.1f} s)")
        else:
            out.print(f"[green]✓[/green] 全部符合预测 · everything as predicted ({seconds:.1f} s)")
        if not once:
            _tell(stage, world)
            _wait_for_interrupt()
    if failed:
        raise typer.Exit(1)


def _write_world(stage: Stage, world: World) -> None:
    holder = world.holder
    description = {
        "gateway": stage.gateway,
        "faults": stage.faults,
        "systems": list(AUTHORITY),
        "holder": {"type": holder.type, "number": holder.number, "name": holder.name},
        "item": world.item,
        "forbiddenItem": world.forbidden_item,
        "case": world.case,
    }
    (stage.folder / "world.json").write_text(json.dumps(description, ensure_ascii=False, indent=2) + "\n", "utf-8")


def _tell(stage: Stage, world: World) -> None:
    folder = stage.folder
    out.print(
        f"""
GraphQL   {stage.gateway}/graphql
故障 · faults   curl -X PUT {stage.faults}/{AUTHORITY[0]} -d '{{"kind": "hang"}}'   (DELETE 清除 · clears)
令牌 · tokens   {folder}/citizen.token, officer.token, frontend.token …
世界 · world    {folder}/world.json
日志 · logs     {folder}/gateway.log, sandbox.log

试一试 · try it:
curl -s {stage.gateway}/graphql -H "Authorization: Bearer $(cat {folder}/citizen.token)" \\
  -H 'Content-Type: application/json' \\
  -d '{{"query":"mutation {{ openUse(input: {{holder: {{item: \\"{world.item}\\"}}}}) {{ use {{ id }} }} }}"}}'

Ctrl-C 结束 · Ctrl-C ends everything.""",
        markup=False,
    )


def _wait_for_interrupt() -> None:
    try:
        threading.Event().wait()
    except (KeyboardInterrupt, SystemExit):
        out.print("结束 · ending …")
