"""What fields cost, beside the schema they are of: one value in an answer is 1.

A field costs its weight, and for each of its values 1 and what is selected below it. How many values a list has is said
by ``first`` or ``limit`` of the list's field or of the connection that it is in, and by ASSUMED where nothing says it.
"""

from collections.abc import Mapping
from typing import Final

SLICING: Final = ("first", "limit")
"""Arguments that say how many."""

SLICED: Final = frozenset({"nodes", "edges"})
"""Fields whose length the field above them was told."""

MOST_SLICED: Final = 1_000
"""What a longer slice is taken for: the field itself refuses it, in clearer words."""

OTHERWISE: Final = 10
"""Of a list that is not named here; a test names such lists."""

WEIGHT: Final = "yiwang.weight"
LENGTH: Final = "yiwang.length"
"""Extensions of fields that the schema's source does not name, for it is the catalogue that brings them: their weight,
and how long their lists are assumed to be."""

WEIGHTS: Final[Mapping[str, int]] = {
    "Query.licences": 1_000,
    "Query.licence": 500,
    "Query.sharedRecords": 300,
    "Mutation.openUse": 200,
    "Mutation.presentLicence": 500,
    "Mutation.bindApplication": 200,
    "Mutation.sealDocument": 50,
    "Mutation.sealDocuments": 2_000,
    "Mutation.verifySealedDocument": 500,
    "Sealing.file": 20,
    "Mutation.exportSharedRecords": 300,
    "SharedExport.file": 20,
    "DisputeEvidence.file": 20,
    "Mutation.importShareCatalogue": 1_000,
    "Mutation.importExchangeCatalogue": 1_000,
    "Mutation.settleForwarding": 200,
    "Mutation.settleDispute": 200,
    "Query.shareReport": 500,
    "ShareAttachment.file": 20,
}
"""Of fields that make legacy systems work, by ``Type.field``."""

ASSUMED: Final[Mapping[str, int]] = {
    "LicenceResult.sources": 10,
    "LicenceLookup.sources": 10,
    "Licence.provenance": 2,
    "Licence.warnings": 1,
    "Licence.withheld": 3,
    "Licence.holders": 2,
    "Licence.face": 15,
    "SharedRecordResult.records": 20,
    "SharedExport.withheld": 10,
    "SharedRecordResult.withheld": 10,
    "SharedRecordResult.sources": 1,
    "Provenance.fields": 5,
    "Provenance.disagrees": 1,
    "System.regions": 2,
    "System.serves": 3,
    "System.maintenance": 2,
    "Query.systemStatistics": 100,
    "CallStatistics.outcomes": 4,
    "AuditEvent.systems": 5,
    "AuditEvent.shown": 10,
    "AuditEvent.withheld": 3,
    "AuditEvent.note": 5,
    "AuditSystem.sha256": 2,
    "DataUse.systems": 3,
    "DataUse.fields": 10,
    "Mandate.items": 5,
    "Mandate.types": 5,
    "Query.grantExplanation": 20,
    "GrantExplanation.grants": 1,
    "Query.overdueShareRequests": 100,
    "Query.overdueDisputes": 100,
    "Dispute.roles": 1,
    "Dispute.fields": 3,
    "Dispute.corrected": 3,
    "Dispute.evidence": 2,
    "Dispute.recipients": 5,
    "DisputeRecipient.fields": 3,
    "DisputeRecipient.grants": 1,
    "Query.shareDeadlineChanges": 100,
    "Query.shareStatistics": 100,
    "ShareReport.providers": 100,
    "ShareReport.requesters": 100,
    "ImportExchangeCataloguePayload.findings": 20,
    "ImportExchangeCataloguePayload.unreadable": 10,
    "ShareRequest.steps": 8,
    "ShareRequest.messages": 3,
    "ShareRequest.attachments": 2,
    "ShareRequest.deadlines": 3,
    "ShareDeadline.why": 4,
    "ShareTerms.fields": 8,
    "ShareTerms.scope": 2,
    "ShareTerms.items": 2,
    "ShareTerms.applications": 2,
    "ShareTerms.bodies": 2,
    "ShareCondition.values": 3,
    "ShareCondition.regions": 3,
    "Resource.items": 10,
    "Resource.keys": 1,
    "Resource.parameters": 3,
    "Resource.neededBy": 3,
    "Resource.versions": 3,
    "ImportShareCataloguePayload.findings": 20,
    "ResourceNeed.fields": 8,
    "Seal.owners": 2,
    "Sealing.attempts": 2,
    "Verification.steps": 15,
    "Query.sealingStatistics": 100,
    "SealDocumentsPayload.sealings": 100,
    "Seal.authorisations": 5,
    "SealAuthorisation.applications": 3,
    "SealAuthorisation.bodies": 3,
    "SealAuthorisation.accounts": 5,
    "SealAuthorisation.items": 10,
    "SealAuthorisation.documents": 2,
    "__Schema.types": 100,
    "__Schema.directives": 10,
    "__Directive.locations": 3,
    "__Directive.args": 2,
    "__Type.fields": 8,
    "__Type.interfaces": 1,
    "__Type.possibleTypes": 1,
    "__Type.enumValues": 2,
    "__Type.inputFields": 2,
    "__Field.args": 2,
}
"""How long lists are whose length no argument says, by ``Type.field``; ``problems`` of payloads are by name."""

ASSUMED_BY_NAME: Final[Mapping[str, int]] = {"problems": 3}
