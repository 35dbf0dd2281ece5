"""What is decided by exchanges, put together: who asks them, and what people do about it."""

from gateway.bootstrap.records import Records
from gateway.core.clock import Clock
from gateway.core.sealing import Cipher
from gateway.core.sharing.exchange import ShareExchanges
from gateway.core.sharing.exchange_corrections import CorrectingExchanges
from gateway.services.sharing.desk import ShareDesk
from gateway.services.sharing.disputes.dispute_shelf import DisputeShelf
from gateway.services.sharing.disputes.forward_disputes import ForwardDisputes
from gateway.services.sharing.exchanges.check_upstream import CheckUpstream
from gateway.services.sharing.exchanges.forward_ledger import ForwardLedger
from gateway.services.sharing.exchanges.forward_shares import ForwardShares
from gateway.services.sharing.exchanges.import_exchange import ImportExchange
from gateway.services.sharing.exchanges.list_forwardings import ListForwardings
from gateway.services.sharing.exchanges.reconcile_exchange import ReconcileExchange
from gateway.services.sharing.exchanges.request_shelf import RequestShelf
from gateway.services.sharing.exchanges.settle_forwarding import SettleForwarding
from gateway.services.sharing.exchanges.watch_upstream import WatchUpstream
from gateway.services.sharing.list_grants import ListGrants
from gateway.services.sharing.supervise import Supervise
from gateway.services.tasks.handler import Post
from gateway.services.tasks.leases import Leases
from gateway.store.sharing.dispute_forwardings import SqlDisputeForwardings
from gateway.store.sharing.disputes import SqlDisputes
from gateway.store.sharing.forwardings import SqlForwardings
from gateway.store.sharing.receipts import SqlReceipts
from gateway.store.sharing.requests import SqlShareRequests
from schema.context import ExchangeCases

_HANDS = 4
"""Requests that are sent or asked for at the same time; each exchange's own bulkhead bounds them further."""


def build_forwardings(records: Records, cipher: Cipher, clock: Clock) -> SqlForwardings:
    """Where what is at exchanges is found."""
    return SqlForwardings(records.database, cipher, SqlShareRequests(records.database, cipher, clock))


def build_dispute_forwardings(records: Records, cipher: Cipher) -> SqlDisputeForwardings:
    """Where disputes at exchanges are found."""
    return SqlDisputeForwardings(records.database, cipher, SqlDisputes(records.database, cipher))


def dispute_post(
    desk: ShareDesk, records: Records, cipher: Cipher, leases: Leases, exchanges: CorrectingExchanges
) -> Post:
    """The work that is done with disputes at exchanges."""
    ledger = ForwardLedger(DisputeShelf(desk, build_dispute_forwardings(records, cipher)), leases, desk.clock)
    return Post(handler=ForwardDisputes(ledger, SqlReceipts(records.database), exchanges), hands=2)


def exchange_posts(
    desk: ShareDesk, forwardings: SqlForwardings, leases: Leases, exchanges: ShareExchanges
) -> list[Post]:
    """The work that is done with requests and grants at exchanges."""
    ledger = ForwardLedger(RequestShelf(desk, forwardings), leases, desk.clock)
    return [
        Post(handler=ForwardShares(ledger, desk, exchanges), hands=_HANDS),
        Post(handler=WatchUpstream(desk, leases, exchanges), hands=2),
        Post(handler=ReconcileExchange(desk, forwardings, leases, exchanges), hands=1),
    ]


def build_exchange_cases(desk: ShareDesk, forwardings: SqlForwardings, exchanges: ShareExchanges) -> ExchangeCases:
    """Every use case of what exchanges decide."""
    return ExchangeCases(
        list=ListForwardings(desk, Supervise(desk), forwardings),
        settle=SettleForwarding(desk, forwardings, exchanges),
        check=CheckUpstream(desk, ListGrants(desk)),
        import_catalogue=ImportExchange(desk, exchanges),
    )
