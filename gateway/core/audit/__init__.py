"""The audit: events, the chains and trees that prove them, exports that anybody can check. Pure; no I/O."""

from gateway.core.audit import export_kinds as export_kinds
from gateway.core.audit import seal_kinds as seal_kinds
from gateway.core.audit import share_kinds as share_kinds
from gateway.core.audit import shared_kinds as shared_kinds
