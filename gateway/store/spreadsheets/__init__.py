"""Tables as files: CSV and XLSX read within bounds, CSV, XLSX and JSON lines written as long as they are.

No library is behind this door: what is read is a small, strict part of the formats, and every bound is our own.
"""

from gateway.core.sharing.sheets import LARGEST, Note, Sheet
from gateway.core.text import Text
from gateway.store.spreadsheets.csv_reading import read_csv
from gateway.store.spreadsheets.xlsx_reading import read_xlsx

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


def read_sheet(content: bytes) -> Sheet:
    """The table of a CSV or XLSX file, told apart by its bytes; what cannot be read is in its notes. Takes a while."""
    if len(content) > LARGEST:
        return Sheet((), (Note(1, 1, _TOO_LARGE.format(limit=LARGEST // 1024 // 1024), _DIVIDE),))
    if content.startswith(_OLE):
        return Sheet((), (Note(1, 1, _OLD, _SAVE_AS),))
    return read_xlsx(content) if content.startswith(_ZIP) else read_csv(content)


_TOO_LARGE = Text("文件超过 {limit} MB", "the file has more than {limit} MB")
_DIVIDE = Text("分成几个文件导入", "divide it into several files")
_OLD = Text("旧版 XLS 或加密的文件", "it is an old XLS, or encrypted")
_SAVE_AS = Text("去掉密码，另存为 .xlsx 或 .csv", "remove the password and save it as .xlsx or .csv")
