"""Tables that the commands of data sharing write to files."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from gateway.core.errors import ConfigurationInvalid
from gateway.core.sharing.tables import TableFormat, Value
from gateway.store.spreadsheets.writing import writing

_KINDS: Final = {".csv": TableFormat.CSV, ".xlsx": TableFormat.XLSX}


def write_table(file: Path, titles: Sequence[str], rows: Iterable[Sequence[Value]] = ()) -> None:
    """Write a new file, CSV or XLSX by its name.

    Raises:
        ConfigurationInvalid: it is named otherwise, is there already, or cannot be written.
    """
    kind = _KINDS.get(file.suffix.lower())
    if kind is None:
        raise ConfigurationInvalid(f"{file} ends neither in .csv nor in .xlsx", "name it so")
    try:
        with file.open("xb") as opened, writing(kind, opened, [(title, title) for title in titles]) as table:
            table.write(rows)
    except OSError as error:
        raise ConfigurationInvalid(f"{file} cannot be written: {error.strerror}", "name a new file") from error
