"""`yiwang demo`: the command."""

import json
import signal
import sys
import time
from contextlib import suppress
from datetime import datetime
from http.client import HTTPException
from pathlib import Path
from typing import Annotated, Any

import typer

from adapters.sandbox.families import CONTROL, DEFAULT_PORTS
from adapters.sandbox.world.generate import World, generate
from gateway.cli.console import complain, out
from gateway.cli.demo.client import Client
from gateway.cli.demo.deployment import AUTHORITY
from gateway.cli.demo.hints import hints
from gateway.cli.demo.lock import exclusive
from gateway.cli.demo.process import ProcessEnded
from gateway.cli.demo.scene import Scene
from gateway.cli.demo.seals import register
from gateway.cli.demo.seed import SEED
from gateway.cli.demo.shares import RESOURCE, granted, import_catalogue, person
from gateway.cli.demo.stage import Stage, staged
from gateway.cli.demo.walk import Walk
from gateway.core.clock import CHINA

_FOLDER = Path("var/demo")
_WATCH_SECONDS = 0.5
_ENDING_SECONDS = 1.0
"""How long a process that stopped answering may take to be seen as ended."""


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
    """演示：遗留系统与网关，真实查询，预测核对 · Legacy systems, the gateway, real queries, checked answers."""
    started = time.monotonic()
    _end_when_asked()
    world = generate(seed, datetime.now(CHINA).date())
    with exclusive(folder), staged(folder, world, port, base_port) as stage:
        seals = _registered(stage, world)
        _write_world(stage, world, seals["own"], _shared(stage, world))
        try:
            failed = _walk(stage, world, seals)
            out.rule()
            seconds = time.monotonic() - started
            if failed:
                out.print(f"[red]✗[/red] {len(failed)} 步与预测不符 · steps not as predicted ({seconds:.1f} s)")
            else:
                out.print(f"[green]✓[/green] 全部符合预测 · everything as predicted ({seconds:.1f} s)")
            if not once:
                out.print(hints(stage, world), markup=False)
                _stay(stage)
        except ProcessEnded as error:
            complain(error.what, error.remedy)
            raise typer.Exit(1) from error
    if failed:
        raise typer.Exit(1)


def _registered(stage: Stage, world: World) -> dict[str, str]:
    """The ids of the seals that the officer may use, by name."""

    def ask(role: str, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        return Client().graphql(stage.gateway, stage.tokens[role], query, variables).data

    return register(ask, stage.folder, stage.control, world)


def _shared(stage: Stage, world: World) -> dict[str, Any]:
    """A resource in the catalogue, with a grant for the officer and what he can ask under it."""
    scene = Scene(stage, world)
    import_catalogue(scene)
    grant = granted(scene, "demo")["grant"]["id"]
    return {"grant": grant, "resource": RESOURCE, "item": world.item, "parameters": {"idNumber": person(world)}}


def _walk(stage: Stage, world: World, seals: dict[str, str]) -> list[str]:
    """The walk's failed steps; raises ProcessEnded if a process of the stage ended meanwhile."""
    try:
        failed = Walk(stage, world, seals).take()
    except (OSError, HTTPException):
        stage.verify_up(_ENDING_SECONDS)
        raise
    stage.verify_up()
    return failed


def _write_world(stage: Stage, world: World, seal: str, share: dict[str, Any]) -> None:
    holder = world.holder
    description = {
        "gateway": stage.gateway,
        "ops": stage.ops,
        "faults": stage.faults,
        "systems": list(AUTHORITY),
        "holder": {"type": holder.type, "number": holder.number, "name": holder.name},
        "item": world.item,
        "forbiddenItem": world.forbidden_item,
        "case": world.case,
        "seal": seal,
        "share": share,
    }
    (stage.folder / "world.json").write_text(json.dumps(description, ensure_ascii=False, indent=2) + "\n", "utf-8")


def _stay(stage: Stage) -> None:
    """Until somebody ends the demo; raises ProcessEnded if one of its processes ends before."""
    try:
        while True:
            stage.verify_up()
            time.sleep(_WATCH_SECONDS)
    except (KeyboardInterrupt, SystemExit):
        with suppress(OSError):  # the terminal may be what ended
            out.print("结束 · ending …")


def _end_when_asked() -> None:
    """A demo that is terminated, or whose terminal closes, unwinds like an interrupted one."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup's wish
            signal.signal(number, lambda number, _: sys.exit(128 + number))
