"""A gateway, and a use that is open in it."""

import pytest

from tests.web.gateways import Gateway


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest.fixture
async def use(gateway: Gateway) -> str:
    return await gateway.open_use()
