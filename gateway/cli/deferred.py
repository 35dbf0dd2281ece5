"""Commands whose module is imported when they are run: nobody who reads the help waits for drivers and parsers."""

import gc
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

import msgspec
import typer
from typer.core import TyperCommand
from typer.main import get_command, get_group


class Deferred(msgspec.Struct, frozen=True):
    """A command that is not imported yet.

    Attributes:
        name: what is typed.
        place: ``module:attribute`` of its function, or of a Typer application with commands of its own.
        help: what the list of commands says of it.
    """

    name: str
    place: str
    help: str

    def find(self) -> Callable[..., Any]:
        """The function or application; imports its module."""
        module, _, attribute = self.place.partition(":")
        gc.disable()  # what is imported stays: to look for garbage among it takes a sixth of the start
        try:
            found: Callable[..., Any] = getattr(import_module(module), attribute)
        finally:
            gc.enable()
        gc.freeze()
        return found


def defer(app: typer.Typer, commands: Iterable[Deferred]) -> None:
    """Give ``app`` these commands."""
    for command in commands:
        app.command(command.name, cls=_Stand, help=command.help)(_finder(command))


class _Stand(TyperCommand):
    """Stands for a command until it is run; what it calls back gives the real one."""

    def make_context(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - as the command that it stands for
        """The context of the real command, which is what is run then."""
        assert self.callback is not None
        found = self.callback()
        if isinstance(found, typer.Typer):
            return get_group(found).make_context(*args, **options)
        alone = typer.Typer(add_completion=False)
        alone.command(self.name)(found)
        return get_command(alone).make_context(*args, **options)


def _finder(command: Deferred) -> Callable[[], object]:
    """A function as Typer wants one: without parameters that it would make options of."""

    def find() -> object:
        return command.find()

    return find
