"""The trusted documents that a gateway starts with: read, checked by its schema, and for whom they are enforced."""

from graphql import GraphQLSchema

from gateway.core.errors import ConfigurationInvalid
from gateway.settings import Mode, Settings
from gateway.store.trusted_documents import read_trusted_texts
from schema.execution.trusted import DEVELOPERS, Enforced, TrustedDocuments, examine_documents

_MOST_SHOWN = 5


def load_trusted_documents(settings: Settings, schema: GraphQLSchema) -> TrustedDocuments:
    """The documents of ``YIWANG_TRUSTED_DOCUMENTS``, enforced as ``YIWANG_TRUSTED_ONLY`` says.

    Raises:
        ConfigurationInvalid: names the files and documents that are wrong.
    """
    if settings.trusted_documents is None:
        return TrustedDocuments()
    read = read_trusted_texts(settings.trusted_documents)
    findings = read.findings + [
        f"{read.places[digest]}: {what}" for digest, what in examine_documents(schema, read.texts)
    ]
    if findings:
        more = f" (and {len(findings) - _MOST_SHOWN} more)" if len(findings) > _MOST_SHOWN else ""
        raise ConfigurationInvalid(
            "; ".join(findings[:_MOST_SHOWN]) + more,
            f"mend them until `yiwang schema documents check {settings.trusted_documents}` finds nothing",
        )
    named = frozenset(part.strip() for part in settings.trusted_only.split(","))
    enforced = Enforced(
        everywhere="all" in named,
        applications=named - {"all", "off"},
        exempt=DEVELOPERS if settings.mode is Mode.DEVELOPMENT else frozenset(),
    )
    return TrustedDocuments(read.texts, enforced)
