"""As what somebody looks: a role that there is not is told with those that there are, before a gateway is asked."""

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.cli.share_list import ROLES
from gateway.core.errors import ConfigurationInvalid
from gateway.core.sharing.corrections import DisputeRole
from gateway.services.sharing.sight import ShareRole


@pytest.mark.parametrize(("command", "roles"), [("list", ROLES), ("grants", ROLES), ("disputes", tuple(DisputeRole))])
def test_an_unknown_role_is_told_with_those_that_there_are(command: str, roles: tuple[str, ...]) -> None:
    refused = CliRunner().invoke(app, ["share", command, "--role", "nobody"]).exception
    assert isinstance(refused, ConfigurationInvalid)
    assert refused.remedy == f"give one of {', '.join(roles)}"


def test_the_commands_know_every_role() -> None:
    assert tuple(ShareRole) == ROLES
