"""How a manifest speaks of data sharing: the records of a resource, field by field."""

from typing import Annotated, Final

from pydantic import StringConstraints

from adapters.kit.manifest.expressions import ResponseValue

SHARE: Final = "ShareSource.query"

RecordField = Annotated[str, StringConstraints(pattern=r"^[^\s<>]+$", max_length=200)]
"""The name of an information item, as the catalogue has it."""

RecordAt = dict[RecordField, ResponseValue]
"""The fields of a record by the names of information items; paths start from the row."""
