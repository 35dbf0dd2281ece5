"""Check characters of ISO/IEC 7064 (GB/T 17710): MOD 11-2 and MOD 37,36.

MOD 11-2 finds every wrong character and every swap of neighbours. MOD 37,36 finds every wrong character but not every
swap of neighbours: each of the 630 pairs of unequal characters can meet 36 running values, and of these 22,680 cases
the swap goes unseen in 36. Of the swaps of the last character with the check itself it misses only 0 with 1, after one
running value.
"""

from typing import Final

DIGITS_X: Final = "0123456789X"
ALPHANUMERIC: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

_VALUE: Final = {char: value for value, char in enumerate(ALPHANUMERIC)}
_DIGIT: Final = {char: value for value, char in enumerate(DIGITS_X[:10])}


def mod_11_2(body: str) -> str:
    """The check character (0-9 or X) of a string of ASCII digits; ValueError for anything else."""
    product = 0
    try:
        for char in body:
            product = (product + _DIGIT[char]) * 2 % 11
    except KeyError:
        raise ValueError("MOD 11-2 takes ASCII digits") from None  # the cause would quote the character
    return DIGITS_X[(12 - product) % 11]


def mod_37_36(body: str) -> str:
    """The check character (0-9A-Z) of a string over 0-9A-Z; ValueError for anything else."""
    product = 36
    try:
        for char in body:
            product = ((product + _VALUE[char]) % 36 or 36) * 2 % 37
    except KeyError:
        raise ValueError("MOD 37,36 takes the characters 0-9 and A-Z") from None  # the cause would quote the character
    return ALPHANUMERIC[(37 - product) % 36]
