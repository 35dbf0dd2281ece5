"""Named settings of a system, read where they are needed."""

from gateway.core.errors import SystemFailure
from gateway.core.outcome import Fault, Outcome
from gateway.core.system import SecretSource


def read_setting(secrets: SecretSource, name: str) -> str:
    """The value of a named setting.

    Raises:
        SystemFailure: GATEWAY_ERROR, OURS, when operations have not filled it.
    """
    value = secrets.get(name)
    if value is None:
        raise SystemFailure(Outcome.GATEWAY_ERROR, Fault.OURS, f"setting {name} is not filled")
    return value
