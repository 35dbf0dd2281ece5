"""What the demo asks for and grants of shared data."""

from datetime import date, datetime, timedelta, tzinfo
from types import SimpleNamespace
from typing import Any, cast

import pytest

from adapters.sandbox.world.generate import World, generate
from gateway.cli.demo import shares
from gateway.cli.demo.client import Reply
from gateway.cli.demo.scene import Scene
from gateway.cli.demo.share_bodies import authority, offices, provider
from gateway.core.sharing.office_file import read_offices


class Desk:
    """Takes each step as the gateway would, and keeps what it was given."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.given: list[dict[str, Any]] = []

    def ask(self, role: str, query: str, variables: dict[str, Any]) -> Reply:
        self.given.append(variables["input"])
        name = "requestShare" if role == "officer" else "decideShareRequest"
        done = {"request": {"id": "r", "version": len(self.given)}, "problems": []}
        return Reply(200, {"data": {name: done}}, 1.0, "q")


def test_what_is_granted_ends_with_what_was_asked_for_however_long_the_steps_take(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    passed = iter(range(60))

    def now(zone: tzinfo) -> datetime:
        return datetime(2026, 3, 2, 9, tzinfo=zone) + timedelta(seconds=next(passed))

    monkeypatch.setattr(shares, "datetime", SimpleNamespace(now=now))
    desk = Desk(generate(7, date(2026, 3, 2), size=10))
    shares.granted(cast("Scene", desk), "walk")
    asked, given = (next(one[name] for one in desk.given if name in one) for name in ("terms", "granted"))
    assert asked["validUntil"] == given["validUntil"] == "2026-05-31T09:00:00+08:00"
    assert {field["name"] for field in asked["fields"]} - {field["name"] for field in given["fields"]} == {
        shares.REFUSED
    }


def test_who_checks_is_competent_for_providers_of_the_whole_country_too() -> None:
    """Resources of the sandbox's exchange are ministries', which no file names."""
    world = generate(7, date(2026, 3, 2), size=10)
    read = read_offices(offices(world)).value
    assert read is not None
    for body in (provider(world).code, "11100000000001011X"):
        assert read.authority(read.region_of(body)) == authority(world).code
