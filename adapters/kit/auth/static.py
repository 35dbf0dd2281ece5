"""Credentials that stand in the settings: none, HTTP Basic, WS-Security."""

import base64

from adapters.kit.auth.credential import Credential
from adapters.kit.manifest.model import BasicAuth, WsseAuth
from adapters.kit.settings import read_setting
from gateway.core.clock import Deadline
from gateway.core.system import SecretSource


class NoAuth:
    """A system on a trusted line."""

    async def credential(self, deadline: Deadline) -> Credential:  # noqa: ARG002 - the style's signature
        """Nothing to add."""
        return Credential()

    def discard(self, credential: Credential) -> bool:  # noqa: ARG002 - the style's signature
        """There is no other."""
        return False


class StaticAuth(NoAuth):
    """Name and password from the settings, read at each call so that operations can change them in between."""

    def __init__(self, style: BasicAuth | WsseAuth, secrets: SecretSource) -> None:
        self._style = style
        self._secrets = secrets

    async def credential(self, deadline: Deadline) -> Credential:  # noqa: ARG002 - the style's signature
        """The pair, as a header for Basic."""
        username = read_setting(self._secrets, self._style.username.setting)
        password = read_setting(self._secrets, self._style.password.setting)
        if isinstance(self._style, WsseAuth):
            return Credential(username=username, password=password)
        pair = base64.b64encode(f"{username}:{password}".encode()).decode()
        return Credential(headers={"Authorization": f"Basic {pair}"})
