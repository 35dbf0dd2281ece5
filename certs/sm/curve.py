"""The curve sm2p256v1 (GB/T 32918.5) and its arithmetic in pure Python.

What Python can promise and what not: big integers do not run in constant time, and memory is not wiped. So nothing
secret is computed bare. A secret scalar k is replaced by k + rn with a fresh 128-bit r (n has a long run of ones, which
a shorter r would leave visible), the first point gets random projective coordinates, and every multiplication makes the
same sequence of additions and doublings: digits are odd, so none is zero and none is skipped. Table entries are found
by index, which a neighbour on the same core may see; that and power analysis are left to hardware keys.
"""

import importlib
import secrets
from collections.abc import Callable, Iterable, Sequence
from functools import cache, cached_property
from typing import Final

Point = tuple[int, int]
"""Affine coordinates; the point at infinity has none and is never a Point."""

_Jacobian = tuple[int, int, int]
_Number = Callable[[int], int]
_Row = list[Point]

P: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A: Final = P - 3
B: Final = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G: Final[Point] = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
FIELD_BYTES: Final = 32

_INFINITY: Final[_Jacobian] = (0, 1, 0)
_BLINDING_BITS = 128
_SECRET_BITS = 256 + _BLINDING_BITS
_PUBLIC_BITS = 257  # a number below 2n: n is added to make it odd
_BASE_WIDTH = 6
_POINT_WIDTH = 4


def on_curve(x: int, y: int) -> bool:
    """Whether (x, y) are reduced coordinates of a point of the curve."""
    return 0 <= x < P and 0 <= y < P and (y * y - (x * x + A) * x - B) % P == 0


def number_type(find: Callable[[str], object] = importlib.import_module) -> _Number:
    """The type that computes fastest: gmpy2's integer where gmpy2 is installed, Python's own everywhere else."""
    try:
        fast: _Number = find("gmpy2").mpz  # type: ignore[attr-defined] # gmpy2 is no dependency
    except ImportError:
        return int
    return fast


class Arithmetic:
    """Multiplication of points.

    Args:
        number: the integer type to compute with; see number_type.
    """

    def __init__(self, number: _Number = int) -> None:
        self._number = number
        self._p = number(P)
        self.number_name = getattr(number, "__name__", "foreign")

    def multiply_base(self, scalar: int) -> Point:
        """``scalar`` times the generator, for a secret scalar in 1..n-1."""
        first, *rest = self._base_points(_blinded(scalar), _SECRET_BITS)
        return self._affine(self._add_all(self._randomised(first), rest))

    def multiply(self, scalar: int, point: Point) -> Point:
        """``scalar`` times ``point``, for a secret scalar in 1..n-1 and a point of the curve."""
        return self._affine(self._climb(point, _blinded(scalar), _SECRET_BITS))

    def combine(self, base_scalar: int, scalar: int, point: Point) -> Point | None:
        """``base_scalar`` times the generator plus ``scalar`` times ``point``; None for infinity.

        Both scalars, in 1..n-1, are public: nothing is blinded.
        """
        climbed = self._climb(point, _odd(scalar), _PUBLIC_BITS)
        total = self._add_all(climbed, self._base_points(_odd(base_scalar), _PUBLIC_BITS))
        return self._affine(total) if total[2] else None

    # ---- multiplication by odd signed digits

    def _base_points(self, scalar: int, bits: int) -> list[Point]:
        return [row[index] for row, index in zip(self._base_table, _digits(scalar, _BASE_WIDTH, bits), strict=False)]

    def _climb(self, point: Point, scalar: int, bits: int) -> _Jacobian:
        start = (self._number(point[0]), self._number(point[1]))
        (row,) = self._rows([start], self._normalised([self._double(*start, self._number(1))]), _POINT_WIDTH)
        highest, *lower = reversed(_digits(scalar, _POINT_WIDTH, bits))
        total = self._randomised(row[highest])
        for index in lower:
            for _ in range(_POINT_WIDTH):
                total = self._double(*total)
            total = self._add(*total, *row[index])
        return total

    @cached_property
    def _base_table(self) -> list[_Row]:
        """For each window i the odd multiples of 2^(wi) G; built in a few milliseconds, once."""
        current: _Jacobian = (self._number(G[0]), self._number(G[1]), self._number(1))
        starts, doubles = [], []
        for _ in range(-(-_SECRET_BITS // _BASE_WIDTH)):
            starts.append(current)
            current = self._double(*current)
            doubles.append(current)
            for _ in range(_BASE_WIDTH - 1):
                current = self._double(*current)
        return self._rows(self._normalised(starts), self._normalised(doubles), _BASE_WIDTH)

    def _rows(self, starts: Sequence[Point], doubles: Sequence[Point], width: int) -> list[_Row]:
        """The multiples of each start by -(2^w - 1), ..., -1, 1, ..., 2^w - 1; ``doubles`` are the starts doubled."""
        p = self._p
        rows = [[start] for start in starts]
        for _ in range((1 << (width - 1)) - 1):
            last = [row[-1] for row in rows]
            pairs = list(zip(rows, last, doubles, strict=True))
            inverses = self._inverses([double[0] - point[0] for _, point, double in pairs])
            for (row, (x, y), (double_x, double_y)), inverse in zip(pairs, inverses, strict=True):
                slope = (double_y - y) * inverse % p
                sum_x = (slope * slope - x - double_x) % p
                row.append((sum_x, (slope * (x - sum_x) - y) % p))
        return [[(x, p - y) for x, y in reversed(row)] + row for row in rows]

    # ---- points in Jacobian coordinates: (X, Y, Z) is (X/Z^2, Y/Z^3), and infinity is (0, any, 0)

    def _randomised(self, point: Point) -> _Jacobian:
        p = self._p
        z = self._number(secrets.randbelow(P - 1) + 1)
        square = z * z % p
        return point[0] * square % p, point[1] * square * z % p, z

    def _double(self, x: int, y: int, z: int) -> _Jacobian:
        p = self._p
        z_square = z * z % p
        y_square = y * y % p
        x_y_square = x * y_square % p
        slope = 3 * (x - z_square) * (x + z_square) % p
        new_x = (slope * slope - 8 * x_y_square) % p
        return new_x, (slope * (4 * x_y_square - new_x) - 8 * y_square * y_square) % p, 2 * y * z % p

    def _add(self, x: int, y: int, z: int, other_x: int, other_y: int) -> _Jacobian:
        p = self._p
        z_square = z * z % p
        across = (other_x * z_square - x) % p
        up = (other_y * z_square * z - y) % p
        if not across:
            return self._add_special(x, y, z, up, (other_x, other_y))
        across_square = across * across % p
        across_cube = across * across_square % p
        x_square = x * across_square % p
        new_x = (up * up - across_cube - 2 * x_square) % p
        return new_x, (up * (x_square - new_x) - y * across_cube) % p, z * across % p

    def _add_special(self, x: int, y: int, z: int, up: int, other: Point) -> _Jacobian:
        """Equal, opposite or infinite: tiny scalars and chosen keys lead here, secret scalars practically never."""
        if not z:
            return (*other, self._number(1))
        return _INFINITY if up else self._double(x, y, z)

    def _add_all(self, total: _Jacobian, points: Iterable[Point]) -> _Jacobian:
        for point in points:
            total = self._add(*total, *point)
        return total

    def _affine(self, point: _Jacobian) -> Point:
        ((x, y),) = self._normalised([point])
        return int(x), int(y)

    def _normalised(self, points: Sequence[_Jacobian]) -> list[Point]:
        p = self._p
        affine = []
        for (x, y, _), inverse in zip(points, self._inverses([z for _, _, z in points]), strict=True):
            square = inverse * inverse % p
            affine.append((x * square % p, y * square * inverse % p))
        return affine

    def _inverses(self, values: Sequence[int]) -> list[int]:
        """The inverses of all values at the price of one (Montgomery's trick)."""
        p = self._p
        products, product = [], self._number(1)
        for value in values:
            products.append(product)
            product = product * value % p
        inverse = pow(product, -1, p)
        inverses = []
        for value, before in zip(reversed(values), reversed(products), strict=True):
            inverses.append(inverse * before % p)
            inverse = inverse * value % p
        return inverses[::-1]


@cache
def arithmetic() -> Arithmetic:
    """The arithmetic that keys and the Python engine share."""
    return Arithmetic(number_type())


def random_scalar() -> int:
    """A uniform secret number in 1..n-1."""
    return secrets.randbelow(N - 1) + 1


def inverse_of_secret(value: int) -> int:
    """The inverse of ``value`` modulo n, computed on a random multiple of it: inversion takes time by value."""
    mask = random_scalar()
    return pow(value * mask % N, -1, N) * mask % N


def _blinded(scalar: int) -> int:
    blinding = secrets.randbits(_BLINDING_BITS)
    # n is odd: this parity of the factor makes the sum odd, without a branch.
    blinding ^= (scalar ^ blinding ^ 1) & 1
    return scalar + blinding * N


def _odd(scalar: int) -> int:
    return scalar if scalar & 1 else scalar + N


def _digits(scalar: int, width: int, bits: int) -> list[int]:
    """An odd ``scalar`` below 2^bits as table indexes, lowest first: index i stands for the digit 2i + 1 - 2^width."""
    highest = -(-bits // width) - 1
    mask = (1 << width) - 1
    lower = [(scalar >> (place * width + 1)) & mask for place in range(highest)]
    return [*lower, (scalar >> (highest * width + 1)) + (1 << (width - 1))]
