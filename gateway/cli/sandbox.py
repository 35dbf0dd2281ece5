"""`yiwang sandbox`: imitations of legacy systems on ports of this machine."""

import asyncio
import signal
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from adapters.sandbox.families import CONTROL, DEFAULT_PORTS, ports_from
from adapters.sandbox.running import running_sandbox
from adapters.sandbox.server import PortTaken
from adapters.sandbox.world.generate import generate
from gateway.cli.console import err
from gateway.cli.demo.deployment import write_deployment
from gateway.cli.demo.seed import SEED
from gateway.core.clock import CHINA
from gateway.core.errors import ConfigurationInvalid


def sandbox(
    seed: Annotated[int, typer.Option(help="世界的种子 · seed of the world")] = SEED,
    base_port: Annotated[
        int, typer.Option(min=1, max=65_000, help="控制端口，各系统依次随后 · control port; the systems follow it")
    ] = DEFAULT_PORTS[CONTROL],
    deployment: Annotated[
        Path | None, typer.Option(help="写出网关所需的部署文件 · write the deployment file a gateway needs")
    ] = None,
    state: Annotated[
        Path | None, typer.Option(help="印章平台的密钥、印章与台账，缺省不留存 · where seal platforms keep theirs")
    ] = None,
) -> None:
    """启动模拟的遗留系统，Ctrl-C 结束 · Run imitations of legacy systems until Ctrl-C.

    Faults are switched on the control port: PUT /faults/<system> {"kind": "hang"}, DELETE clears.
    """
    asyncio.run(_run(seed, base_port, deployment, state))


async def _run(seed: int, base_port: int, deployment: Path | None, state: Path | None) -> None:
    world = await asyncio.to_thread(generate, seed, datetime.now(CHINA).date())
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        async with running_sandbox(world, ports=ports_from(base_port), state=state) as running:
            if deployment is not None:
                write_deployment(deployment, running.settings())
            err.print(f"✓ {CONTROL} {running.control}")
            for code, address in running.addresses.items():
                err.print(f"✓ {code} {address}")
            await stop.wait()
    except PortTaken as error:
        raise ConfigurationInvalid(str(error), "end what listens there; perhaps another sandbox runs") from error
