"""The composition root: opens everything that the gateway needs, yields it, and closes it in reverse."""

from gateway.bootstrap.keys import read_audit_signer, read_record_cipher
from gateway.bootstrap.records import database_address
from gateway.bootstrap.running import Running, running
from gateway.bootstrap.use_cases import report_defect

__all__ = ["Running", "database_address", "read_audit_signer", "read_record_cipher", "report_defect", "running"]
