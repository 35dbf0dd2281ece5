"""Disputes at exchanges."""

from gateway.core.sealing import Cipher
from gateway.core.sharing.corrections import Dispute
from gateway.store.database import Database
from gateway.store.rows import Sealed
from gateway.store.sharing.disputes import SqlDisputes
from gateway.store.sharing.forwarded import Forwarded
from gateway.store.tables.sharing import share_dispute_forwardings, share_disputes


class SqlDisputeForwardings(Forwarded[Dispute]):
    """A DisputeForwardingStore."""

    def __init__(self, database: Database, cipher: Cipher, disputes: SqlDisputes) -> None:
        rows = share_dispute_forwardings
        sealed = Sealed(cipher, share_disputes, Dispute)
        super().__init__(database, share_disputes, sealed, rows, rows.c.dispute, disputes.changed)
