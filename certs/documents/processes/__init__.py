"""Work on documents in processes of their own, which hold no key and end with the one that started them."""

from certs.documents.processes.pool import WorkProcesses
from certs.documents.processes.process import Limits, ProcessUnusable

__all__ = ["Limits", "ProcessUnusable", "WorkProcesses"]
