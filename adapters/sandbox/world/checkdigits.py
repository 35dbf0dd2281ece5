"""Check characters of the synthetic identifiers, written from the standards and apart from the gateway's own.

The sandbox must not share code with what it tests: a mistake made once would then be invisible.
"""

_CITIZEN_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CITIZEN_CHECKS = "10X98765432"
_BODY_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_VALUES = {character: value for value, character in enumerate(_CREDIT_ALPHABET)}
_CREDIT_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ALPHANUMERIC_VALUES = {character: value for value, character in enumerate(_ALPHANUMERIC)}

MOD_37_36_START = 36
"""State of the MOD 37,36 recursion before the first character."""


def citizen_check(digits: str) -> str:
    """The 18th character of a citizen id from its first 17 digits (GB 11643)."""
    return _CITIZEN_CHECKS[
        sum(int(digit) * weight for digit, weight in zip(digits, _CITIZEN_WEIGHTS, strict=True)) % 11
    ]


def organisation_check(body: str) -> str:
    """The 9th character of an organisation code from its first 8 (GB 11714)."""
    total = sum(_ALPHANUMERIC_VALUES[character] * weight for character, weight in zip(body, _BODY_WEIGHTS, strict=True))
    return "0123456789X0"[11 - total % 11]


def credit_check(first: str) -> str:
    """The 18th character of a unified social credit code from its first 17 (GB 32100)."""
    total = sum(_CREDIT_VALUES[character] * weight for character, weight in zip(first, _CREDIT_WEIGHTS, strict=True))
    return _CREDIT_ALPHABET[-total % 31]


def credit_code(category: str, region: str, body: str) -> str:
    """A whole credit code: 2 characters of category, 6 of region, 8 of the body; both checks are computed."""
    first = f"{category}{region}{body}{organisation_check(body)}"
    return first + credit_check(first)


def absorb(state: int, text: str) -> int:
    """The MOD 37,36 state after ``text``; long common beginnings can so be computed once (ISO/IEC 7064)."""
    for character in text:
        state = (((state + _ALPHANUMERIC_VALUES[character]) % 36 or 36) * 2) % 37
    return state


def finish(state: int) -> str:
    """The check character that belongs to a MOD 37,36 state."""
    return _ALPHANUMERIC[(37 - state) % 36]


def identifier_check(joined: str) -> str:
    """The check character of a licence identifier over type, issuer, serial and version (GB/T 36904)."""
    return finish(absorb(MOD_37_36_START, joined))
