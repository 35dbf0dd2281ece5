"""How pages of use cases are shown."""

from typing import Any

from gateway.services.paging import Page
from schema.types.common import PageInfo


def page_info(page: Page[Any]) -> PageInfo:
    """How the page continues."""
    return PageInfo(has_next_page=page.has_next, end_cursor=page.cursors[-1] if page.cursors else None)
