"""What resolvers are given: the call, the prepared document and the use cases."""

from dataclasses import dataclass

from strawberry.types import Info

from gateway.core.call import Call
from gateway.services.fetch_licence import FetchLicence
from gateway.services.fetch_licences import FetchLicences
from gateway.services.list_licence_types import ListLicenceTypes
from gateway.services.list_systems import ListSystems
from gateway.services.open_use import OpenUse
from gateway.services.pre_applications import PreApplications
from gateway.services.present_licence import PresentLicence
from gateway.services.record_mandate import RecordMandate
from schema.execution.documents import PreparedDocument


@dataclass(frozen=True)
class UseCases:
    """The use cases behind the schema."""

    open_use: OpenUse
    fetch_licences: FetchLicences
    fetch_licence: FetchLicence
    present_licence: PresentLicence
    mandates: RecordMandate
    pre_applications: PreApplications
    list_licence_types: ListLicenceTypes
    list_systems: ListSystems


@dataclass(frozen=True)
class Context:
    """One operation's context."""

    call: Call
    prepared: PreparedDocument
    use_cases: UseCases


ContextInfo = Info[Context, None]
