"""What was reported: a case and its steps by number, each with its version."""

from collections.abc import Mapping

from adapters.sandbox.case_report.rows import Kind, RowRefused

_REPORTS_MOST = 20_000

_Key = tuple[str, ...]


class Archive:
    """Reports that were taken. Nothing is kept beyond the running sandbox."""

    def __init__(self) -> None:
        self._basics: dict[_Key, Mapping[str, str]] = {}
        self._steps: dict[_Key, Mapping[str, str]] = {}

    def take(self, kind: Kind, row: Mapping[str, str]) -> bool:
        """Takes a row; False if exactly this one was taken before, which changes nothing.

        Raises:
            RowRefused: its version is not the next one, or a step comes before its case.
        """
        if kind == "receiveBasicInfo":
            return self._keep(self._basics, (row["projid"],), row)
        if (row["projid"],) not in self._basics:
            raise RowRefused("办件基本信息未报送")
        return self._keep(self._steps, (row["projid"], row["nodetype"], row.get("servicenumber", "")), row)

    def find(self, number: str) -> tuple[Mapping[str, str], tuple[Mapping[str, str], ...]] | None:
        """What was reported of a case: its basic information and its steps, in the order of their coming."""
        basic = self._basics.get((number,))
        if basic is None:
            return None
        return basic, tuple(row for key, row in self._steps.items() if key[0] == number)

    def _keep(self, kept: dict[_Key, Mapping[str, str]], key: _Key, row: Mapping[str, str]) -> bool:
        before = kept.get(key)
        if before == row:
            return False
        if int(row["version"]) != (int(before["version"]) if before else 0) + 1:
            raise RowRefused("version错误,重报应加1")
        if before is None and len(self._basics) + len(self._steps) >= _REPORTS_MOST:
            raise RowRefused("报送数量超出限制")
        kept[key] = row
        return True
