"""The arithmetic of sm2p256v1: the group's laws, also where points are equal, opposite or infinite."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certs.sm import curve
from certs.sm.curve import Arithmetic, G, N, on_curve

scalars = st.integers(1, N - 1) | st.integers(1, 70) | st.integers(N - 70, N - 1)
arithmetic = curve.arithmetic()
SLOW = settings(deadline=None, max_examples=25)


class Exact(int):
    """An integer type of its own, as gmpy2's is."""


def test_the_generator_is_on_the_curve_and_has_the_order_n() -> None:
    assert on_curve(*G)
    assert arithmetic.multiply_base(N - 1) == (G[0], curve.P - G[1])


@pytest.mark.parametrize("point", [(0, 0), (G[0], G[1] + 1), (G[0] + curve.P, G[1]), (G[0], -G[1]), (-1, 0)])
def test_other_coordinates_are_not(point: tuple[int, int]) -> None:
    assert not on_curve(*point)


@SLOW
@given(scalars)
def test_both_multiplications_agree(scalar: int) -> None:
    product = arithmetic.multiply_base(scalar)
    assert product == arithmetic.multiply(scalar, G)
    assert on_curve(*product)


@SLOW
@given(scalars, scalars, scalars)
def test_sums_of_products_are_products_of_sums(first: int, second: int, key: int) -> None:
    total = (first + second * key) % N
    expected = arithmetic.multiply_base(total) if total else None
    assert arithmetic.combine(first, second, arithmetic.multiply_base(key)) == expected


def test_opposite_points_give_infinity_and_equal_ones_the_double() -> None:
    assert arithmetic.combine(5, N - 5, G) is None
    assert arithmetic.combine(5, 5, G) == arithmetic.multiply_base(10)


@SLOW
@given(st.data())
def test_addition_holds_for_equal_opposite_and_infinite_points(data: st.DataObject) -> None:
    x, y = arithmetic.multiply_base(data.draw(scalars))
    z = data.draw(scalars)
    same = (x * z**2 % curve.P, y * z**3 % curve.P, z)
    other = (same[0], curve.P - same[1], z)
    assert arithmetic._affine(arithmetic._add(*same, x, y)) == arithmetic.multiply(2, (x, y))
    assert arithmetic._add(*other, x, y)[2] == 0
    assert arithmetic._add(0, 1, 0, x, y) == (x, y, 1)


@given(scalars)
def test_the_inverse_of_a_secret_is_its_inverse(value: int) -> None:
    assert curve.inverse_of_secret(value) * value % N == 1


@given(scalars)
def test_a_blinded_scalar_is_the_same_modulo_n_and_odd(scalar: int) -> None:
    first, second = curve._blinded(scalar), curve._blinded(scalar)
    assert first % N == second % N == scalar
    assert first & second & 1
    assert first != second


def test_gmpy2_computes_where_it_is_installed_and_python_elsewhere() -> None:
    class Module:
        mpz = Exact

    def absent(name: str) -> object:
        raise ModuleNotFoundError(name)

    assert curve.number_type(lambda _: Module) is Exact
    assert curve.number_type(absent) is int


def test_another_integer_type_gives_the_same_points_as_plain_integers() -> None:
    other = Arithmetic(Exact)
    product = other.multiply_base(12345)
    assert product == arithmetic.multiply_base(12345)
    assert [type(number) for number in product] == [int, int]
    assert other.number_name == "Exact"
