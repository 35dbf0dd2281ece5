"""Licence identifier (电子证照标识, GB/T 36904): ``1.2.156.3005.2.type.issuer.serial.version.check``.

``check`` is MOD 37,36 over type, issuer, serial and version without root and dots. Issuing programs compute it wrongly
and put malformed codes in; refusing a citizen's licence for that would be worse, so a wrong part is a warning and only
text of another shape is refused. The check finds every wrong character but not every swap of neighbours (iso7064).
"""

import re
from typing import Final

import msgspec

from gateway.core.identifiers import credit_code
from gateway.core.identifiers.invalid import IdentifierInvalid
from gateway.core.identifiers.iso7064 import mod_37_36
from gateway.core.identifiers.spelling import find_misspelling
from gateway.core.text import Text

ROOT: Final = "1.2.156.3005.2"
OTHER_ROOT: Final = "1.2.156.3005.6"

WARN_CHECK: Final = "check"
WARN_TYPE: Final = "type"
WARN_ISSUER: Final = "issuer"
WARN_ROOT: Final = "root"

SHAPE: Final = Text(
    "不是电子证照标识：应为“1.2.156.3005.2.类型代码.颁发机构代码.流水号.版本号.校验位”",
    "it is no licence identifier: 1.2.156.3005.2.type.issuer.serial.version.check is expected",
)
OTHER_KIND: Final = Text(
    "以 1.2.156.3005.6 开头的是另一类对象的标识：电子证照标识应以 1.2.156.3005.2 开头",
    "1.2.156.3005.6 names another kind of object: a licence identifier is expected to begin with 1.2.156.3005.2",
)
PARTS: Final = Text(
    "组成部分不对：类型、机构、流水号应为 0-9、A-Z，版本号应为三位数字",
    "its parts are wrong: 0-9 and A-Z are expected in type, issuer and serial, three digits in version",
)

MAX_LENGTH: Final = 160
"""Characters looked at: root, the longest parts that are taken, and some blanks around them."""

_CODE, _SERIAL, _VERSION = "[0-9A-Z]{1,32}", "[0-9A-Z]{1,64}", "[0-9]{3}"
_SHAPE = re.compile(rf"({_CODE})\.({_CODE})\.({_SERIAL})\.({_VERSION})\.([0-9A-Z])")
_PARTS = re.compile(rf"{_CODE}\.{_CODE}\.{_SERIAL}\.{_VERSION}")
_ROOTS = re.compile(r"(?:1\.2\.156\.3005\.2\.\s*)+")
_TYPE_NUMBER = re.compile("[0-9]{3}")
_TYPE_LENGTH, _CREDIT_CODE_LENGTH = 21, 18


class LicenceIdentifier(msgspec.Struct, frozen=True, kw_only=True):
    """A licence identifier as it came and in its parts.

    Attributes:
        raw: as the system gave it.
        normalised: for comparing: equal for two spellings of one identifier; what ``normalise`` gives.
        type_code: 21 characters unless warned of: the defining body's credit code and three digits.
        issuer: credit code, unless warned of.
        version: three digits, one higher at each renewal or change.
        check: the character that was given, right or wrong.
        warnings: which of ``check``, ``type``, ``issuer``, ``root`` (missing) are not as they should be.
    """

    raw: str
    normalised: str
    type_code: str
    issuer: str
    serial: str
    version: str
    check: str
    warnings: tuple[str, ...]

    def __repr__(self) -> str:
        """Without the identifier: serials of some systems are their holders' numbers."""
        return f"LicenceIdentifier(warnings={self.warnings})"


def parse(raw: str) -> LicenceIdentifier:
    """The identifier that ``raw`` spells, in either case, with blanks around it, with the root or without.

    Raises:
        IdentifierInvalid: another kind of object, or text of another shape. Wrong parts are ``warnings``.
    """
    if len(raw) > MAX_LENGTH or not raw.isascii():
        raise IdentifierInvalid(find_misspelling(raw) or SHAPE)
    text = raw.strip().upper()
    has_root = text.startswith(ROOT + ".")
    match = _SHAPE.fullmatch(text, len(ROOT) + 1 if has_root else 0)
    if match is None:
        raise IdentifierInvalid(_explain(text))
    type_code, issuer, serial, version, check = match.groups()
    suspects = (
        (WARN_CHECK, mod_37_36(type_code + issuer + serial + version) == check),
        (WARN_TYPE, _is_type_code(type_code)),
        (WARN_ISSUER, credit_code.find_fault(issuer) is None),
        (WARN_ROOT, has_root),
    )
    return LicenceIdentifier(
        raw=raw,
        normalised=match.group(),
        type_code=type_code,
        issuer=issuer,
        serial=serial,
        version=version,
        check=check,
        warnings=tuple(word for word, is_right in suspects if not is_right),
    )


def normalise(raw: str) -> str:
    """A key under which rows of one licence meet: trimmed, upper case, without the root. Never raises.

    Any text is taken, since systems put numbers of their own here. An empty key names no licence: it must not be
    merged on. ``parse(raw).normalised`` is the same key.
    """
    text = raw.strip().upper()
    roots = _ROOTS.match(text)
    return text[roots.end() :] if roots else text


def compute_check(type_code: str, issuer: str, serial: str, version: str) -> str:
    """The check character for four parts in either case; IdentifierInvalid if they do not fit the grammar."""
    parts = (type_code, issuer, serial, version)
    text = ".".join(parts)
    if not text.isascii() or _PARTS.fullmatch(text.upper()) is None:
        raise IdentifierInvalid(PARTS)
    return mod_37_36("".join(parts).upper())


def _is_type_code(code: str) -> bool:
    return (
        len(code) == _TYPE_LENGTH
        and _TYPE_NUMBER.fullmatch(code, _CREDIT_CODE_LENGTH) is not None
        and credit_code.find_fault(code[:_CREDIT_CODE_LENGTH]) is None
    )


def _explain(text: str) -> Text:
    if text == OTHER_ROOT or text.startswith(OTHER_ROOT + "."):
        return OTHER_KIND
    return find_misspelling(text) or SHAPE
