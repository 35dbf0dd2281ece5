"""Words are found in Chinese text, which has no spaces between them, and in none that does not have them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.store.sharing.words import LONGEST_WORD, MOST_WORDS, joined, looked_up, normal, pairs, wanted

TEXTS = st.text(st.sampled_from("婚姻登记信息ABabＡ１12%_\\/ 　\t"), max_size=40)


@pytest.mark.parametrize(
    ("text", "spelt"),
    [
        ("婚姻登记", "婚姻登记"),
        ("ＩＤ　１２", "id 12"),
        ("  姓名\t\n性别 ", "姓名 性别"),
        ("㈱", "(株)"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("", ""),
    ],
)
def test_a_text_has_one_spelling(text: str, spelt: str) -> None:
    assert normal(text) == normal(normal(text)) == spelt


def test_pairs_do_not_reach_over_the_end_of_a_word() -> None:
    assert pairs("婚姻登记 id x") == {"婚姻", "姻登", "登记", "id"}
    assert joined(("婚姻", "", "登记")) == "婚姻 登记"


def test_a_query_is_bounded() -> None:
    assert wanted(" 婚姻　登记 婚姻 ") == ("婚姻", "登记"), "each word once"
    assert wanted(" ") == ()
    many = wanted(" ".join(str(number) for number in range(100)))
    assert many == tuple(str(number) for number in range(MOST_WORDS))
    assert [len(word) for word in wanted("字" * 1_000)] == [LONGEST_WORD]


@given(st.text("婚姻登记信息ab", min_size=2, max_size=LONGEST_WORD))
def test_some_pairs_of_a_word_are_looked_up_and_not_too_many(word: str) -> None:
    chosen = looked_up(word)
    assert 1 <= len(chosen) <= 8
    assert set(chosen) <= pairs(word)


@given(TEXTS, st.data())
def test_whatever_stands_in_a_text_is_found_by_its_pairs(text: str, data: st.DataObject) -> None:
    kept = normal(text)
    begin = data.draw(st.integers(0, len(kept)))
    for word in wanted(kept[begin : data.draw(st.integers(begin, len(kept)))]):
        assert word in kept
        assert set(looked_up(word)) <= pairs(kept)
