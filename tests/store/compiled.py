"""Statements are compiled once for all databases of tests: most tests open their own, and do little else with it."""

from collections.abc import Hashable
from typing import Any

from sqlalchemy import Connection, Engine, event

Key = tuple[Hashable, ...]


class Compiled(dict[Key, Any]):
    """A cache of compiled statements that takes all dialects of a class for one."""

    def get(self, key: Key, default: Any = None) -> Any:
        """What is kept of the statement."""
        return super().get(_of_class(key), default)

    def __setitem__(self, key: Key, value: Any) -> None:
        super().__setitem__(_of_class(key), value)


def _of_class(key: Key) -> Key:
    dialect, *statement = key
    return (type(dialect), *statement)


def share() -> None:
    """Let every connection of this process use one cache."""
    cache = Compiled()

    @event.listens_for(Engine, "engine_connect")
    def use(connection: Connection) -> None:
        connection.execution_options(compiled_cache=cache)
