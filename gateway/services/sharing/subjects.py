"""Whose records are meant: said by the keys with which they are asked for, and kept without saying who it is."""

from collections.abc import Mapping
from typing import Final

from gateway.core.audit.references import References
from gateway.core.licence import Holder
from gateway.core.sharing.resources import Masking, Resource

_DOCUMENTS: Final = {Masking.CITIZEN_ID: "111", Masking.CREDIT_CODE: "001"}
"""Kinds of keys that are numbers of identity documents, and the type of the document."""


def holder_of(keys: Mapping[str, str], resource: Resource) -> Holder | None:
    """Whom a key names, if one of them is the number of an identity document."""
    for key in resource.keys:
        item = resource.item(key)
        if item is not None and item.masking in _DOCUMENTS:
            return Holder(_DOCUMENTS[item.masking], keys[key].strip())
    return None


def subjects_of(references: References, keys: Mapping[str, str], resource: Resource) -> tuple[str, ...]:
    """The references of whom the records are about, the present one first; none if the resource has no keys."""
    holder = holder_of(keys, resource)
    if holder is not None:
        return references.every_of_holder(holder)
    if not resource.keys:
        return ()
    named = "\n".join(f"{name}={keys[name].strip().upper()}" for name in resource.keys)
    return references.every_of_record("shared subject", f"{resource.code}\n{named}")
