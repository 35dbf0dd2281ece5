"""Where the state of a gateway is."""

from gateway.core.errors import ConfigurationInvalid
from gateway.settings import Settings
from gateway.store.address import Address, parse_address


def database_address(settings: Settings) -> Address:
    """The database of the gateway of these settings. Raises ConfigurationInvalid if they name none."""
    if settings.database is None:
        raise ConfigurationInvalid("YIWANG_DATABASE is not set", "see docs/reference/settings.md")
    return parse_address(settings.database.get_secret_value(), settings.database_password_file)
