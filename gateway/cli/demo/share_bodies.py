"""The bodies that decide on what is shared in the demo, and the file that says so."""

from collections.abc import Sequence

from adapters.sandbox.world.generate import World
from adapters.sandbox.world.model import Body
from gateway.core.identifiers.provinces import NATION


def authority(world: World) -> Body:
    """The body that checks requests."""
    return _others(world)[0]


def provider(world: World) -> Body:
    """The body that is the source of the data."""
    return _others(world)[1]


def offices(world: World) -> str:
    """The offices file: who is competent, for providers of the whole country too, and whose deadlines apply."""
    officer = world.officer
    lines = ["# Written by the demo.", "edition = 1", ""]
    for region in (f"{officer.region[:2]}0000", NATION):
        lines += ["[[authority]]", f'region = "{region}"', f'body = "{authority(world).code}"', ""]
    for code in (officer.body.code, provider(world).code):
        lines += ["[[body]]", f'code = "{code}"', f'region = "{officer.region}"', ""]
    return "\n".join(lines)


def _others(world: World) -> Sequence[Body]:
    """Bodies other than the officer's, by code."""
    mine = world.officer.body.code
    return sorted((body for body in world.bodies if body.code != mine), key=lambda body: body.code)
