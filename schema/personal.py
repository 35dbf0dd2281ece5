"""Which inputs of queries and subscriptions name a person: such values travel in bodies, for addresses stay in logs."""

from typing import Final

PERSONAL_INPUTS: Final = frozenset({"AuditFilter", "AuditHolderInput", "DocumentInput", "JSON", "ShareParameterInput"})
"""Input types whose values may name a person."""

PERSONAL: Final = "yiwang.personal"
"""Extension of fields that the catalogue brings: a document that asks for one is taken for personal, whatever its
arguments are, for keys of resources are numbers of persons."""

IMPERSONAL_ARGUMENTS: Final = frozenset(
    {
        "Query.auditEvents(after:)",
        "Query.dispute(id:)",
        "Query.disputeForwardings(after:)",
        "Query.disputes(after:)",
        "Query.doubtfulSealings(after:)",
        "Query.forwardings(after:)",
        "Query.grant(id:)",
        "Query.grantExplanation(fields:)",
        "Query.grantExplanation(grant:)",
        "Query.grantExplanation(item:)",
        "Query.grants(after:)",
        "Query.licence(id:)",
        "Query.licence(use:)",
        "Query.licenceTypes(after:)",
        "Query.licenceTypes(search:)",
        "Query.licences(types:)",
        "Query.licences(use:)",
        "Query.myDataUse(after:)",
        "Query.overdueApplications(after:)",
        "Query.resource(code:)",
        "Query.resources(after:)",
        "Query.resources(item:)",
        "Query.resources(search:)",
        "Query.seal(id:)",
        "Query.sealing(id:)",
        "Query.sealings(after:)",
        "Query.sealings(batch:)",
        "Query.seals(after:)",
        "Query.shareDeadlineChanges(rules:)",
        "Query.shareRequest(id:)",
        "Query.shareRequests(after:)",
        "Query.sharedExport(id:)",
        "Query.sharedExports(after:)",
        "Query.sharedRecords(after:)",
        "Query.sharedRecords(fields:)",
        "Query.sharedRecords(grant:)",
        "Query.sharedRecords(use:)",
        "Query.system(code:)",
        "Query.systemCalls(after:)",
        "Query.systemCalls(system:)",
        "Query.systemStatistics(system:)",
        "Query.systems(after:)",
        "Subscription.disputeChanged(id:)",
        "Subscription.sealingProgress(id:)",
        "Subscription.shareRequestChanged(id:)",
        "Subscription.sharedExportProgress(id:)",
        "Subscription.systemHealth(codes:)",
    }
)
"""Arguments of free text that were judged to name nobody: codes, cursors and opaque ids. A test finds unjudged ones."""
