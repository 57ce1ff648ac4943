"""What makes two petitions look alike, as a table; and that whatever is suggested says why."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.duplicates import rules
from app.duplicates.rules import Facts, Sign

LEAST = 60
NEW = Facts("id-1", "phone-1", "王秀英", "龙泉镇柳树村", "反映征地补偿款未足额发放 请求足额发放征地补偿款", 7)
STRANGER = Facts("id-9", "phone-9", "李建国", "青山镇", "要求查处噪声扰民 请求责令夜间停工", 9)


def like(**same):
    return Facts(**{**vars(STRANGER), **same})


@pytest.mark.parametrize(
    ("old", "found"),
    [
        (STRANGER, set()),
        (like(id_index="id-1"), {Sign.ID_NUMBER}),
        (like(phone_index="phone-1"), {Sign.PHONE}),
        (
            like(id_index="id-1", phone_index="phone-1", category=7),
            {Sign.ID_NUMBER, Sign.PHONE, Sign.CATEGORY},
        ),
        (like(name="王秀英"), set()),  # a name alone is nobody
        (like(place="龙泉镇柳树村"), set()),
        (like(name="王秀英", place="龙泉镇柳树村"), {Sign.NAME_PLACE}),
        (like(name=" 王秀英", place="龙泉镇 柳树村"), {Sign.NAME_PLACE}),
        (like(name="王秀英", place="龙泉镇石桥村"), set()),
        (like(category=7), set()),  # says something only beside another sign
        (like(phone_index="phone-1", category=7), {Sign.PHONE, Sign.CATEGORY}),
        (like(text=NEW.text), {Sign.TEXT}),
        (like(text="反映征地补偿款没有足额发放，请求足额发放征地补偿款。"), {Sign.TEXT}),
        (like(text="反映征地程序"), set()),
        (Facts(None, None, "李建国", "", "", None), set()),
    ],
)
def test_signs(old, found):
    assert set(rules.signs(NEW, old, LEAST)) == found


def test_nothing_in_common_with_nothing():
    empty = Facts(None, None, "", "", "", None)
    assert rules.signs(empty, empty, LEAST) == {}
    assert rules.signs(Facts("", "", "甲", "", "乙"), Facts("", "", "甲", "", "乙"), LEAST) == {}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("拖欠工资", "拖欠 工资。", True),
        ("ＡＢＣ１２３", "abc123", True),
        ("拖欠工资", "工资拖欠", False),
        ("欠", "欠", True),
    ],
)
def test_width_case_blanks_and_marks_say_nothing(one, other, same):
    assert (rules.normal(one) == rules.normal(other)) is same


def test_the_strongest_sign_comes_first_in_order_and_in_words():
    weak, strong = {Sign.TEXT: 97}, {Sign.CATEGORY: 100, Sign.PHONE: 100}
    assert sorted([weak, strong], key=rules.rank) == [strong, weak]
    assert rules.in_words({Sign.CATEGORY: 100, Sign.TEXT: 83, Sign.ID_NUMBER: 100}).startswith(
        str(Sign.ID_NUMBER)
    )
    assert "83%" in rules.in_words({Sign.TEXT: 83})


words = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=200)
facts = st.builds(
    Facts, st.none() | st.sampled_from(["a", "b"]), st.none() | st.sampled_from(["a", "b"]),
    st.sampled_from(["王秀英", "李建国", ""]), st.sampled_from(["龙泉镇", "", "青山镇"]), words, st.none() | st.just(1),
)  # fmt: skip


@given(facts, facts)
@example(NEW, NEW)
def test_whatever_is_suggested_says_why(new, old):
    found = rules.signs(new, old, LEAST)
    assert not found or (rules.in_words(found) and rules.ALONE & found.keys())
    assert all(0 <= percent <= 100 for percent in found.values())
    assert rules.signs(old, new, LEAST).keys() == found.keys()  # it does not matter which came first


@given(words)
def test_a_text_is_bounded_numbers_and_alike_to_itself(text):
    grams = rules.grams(text)
    assert len(grams) <= rules.MOST_GRAMS and all(0 <= gram < 2**31 for gram in grams)
    assert grams == rules.grams(f" {text}。")
    assert rules.likeness(text, text) == (100 if rules.pairs(text) else 0)
