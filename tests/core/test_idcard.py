"""Identity numbers, credit codes, phones, and what is shown of them. Invented, or from a standard."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.idcard import (
    Fault,
    Refused,
    Sex,
    id_check_digit,
    mask_id,
    mask_name,
    mask_phone,
    normalise_phone,
    parse_credit_code,
    parse_id,
)

TODAY = date(2026, 11, 21)


# The second was suspected of a digit too many: it has 6 + 8 + 3 + 1 = 18 characters, and checks.
@pytest.mark.parametrize(
    ("number", "region", "born", "sex"),
    [
        ("11010519491231002X", "110105", date(1949, 12, 31), Sex.FEMALE),
        ("34052419800101001X", "340524", date(1980, 1, 1), Sex.MALE),
        ("610304198001010019", "610304", date(1980, 1, 1), Sex.MALE),
    ],
)
def test_numbers_of_the_domain_paper(number: str, region: str, born: date, sex: Sex) -> None:
    identity = parse_id(number, TODAY)
    assert (identity.number, identity.region, identity.born, identity.sex) == (number, region, born, sex)
    assert not identity.old


@pytest.mark.parametrize(
    "text", ["11010519491231002x", " 110105 19491231 002X ", "１１０１０５１９４９１２３１００２Ｘ"]
)
def test_ways_of_writing_the_same_number(text: str) -> None:
    assert parse_id(text, TODAY).number == "11010519491231002X"


def test_an_old_number_is_an_archive_number() -> None:
    identity = parse_id("610304591122445", TODAY)
    assert identity.old
    assert (identity.born, identity.sex) == (date(1959, 11, 22), Sex.MALE)


def with_check(first_17: str) -> str:
    return first_17 + id_check_digit(first_17)


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        ("", Fault.ID_LENGTH),
        ("1101051949123100", Fault.ID_LENGTH),
        ("340524198001010001X", Fault.ID_LENGTH),  # a digit too many
        ("11010519491231002A", Fault.ID_CHARACTERS),
        ("1101051949X231002X", Fault.ID_CHARACTERS),
        ("61030459112244X", Fault.ID_CHARACTERS),
        ("110105194912310021", Fault.ID_CHECK_DIGIT),
        ("110105194913310020", Fault.ID_CHECK_DIGIT),  # the date is wrong too
        (with_check("00010519491231002"), Fault.ID_REGION),
        (with_check("11010519490229002"), Fault.ID_BIRTH_DATE),
        (with_check("11010517491231002"), Fault.ID_BIRTH_DATE),
        ("610304591322445", Fault.ID_BIRTH_DATE),
        (with_check("11010520261122002"), Fault.ID_BORN_LATER),
        ("²1010519491231002X", Fault.ID_CHECK_DIGIT),  # NFKC makes it a 2: no crash
        ("٣10105194912310021", Fault.ID_CHARACTERS),  # an Arabic digit is no digit here
    ],
)
def test_refused_numbers(number: str, fault: Fault) -> None:
    with pytest.raises(Refused) as refusal:
        parse_id(number, TODAY)
    assert refusal.value.code is fault


def test_born_today_is_not_in_the_future() -> None:
    assert parse_id(with_check("11010520261121002"), TODAY).born == TODAY


@given(st.dates(date(1900, 1, 1), TODAY), st.integers(0, 999), st.integers(0, 16), st.integers(1, 9))
def test_any_one_wrong_digit_is_found(born: date, order: int, place: int, shift: int) -> None:
    good = with_check(f"610304{born:%Y%m%d}{order:03}")
    assert parse_id(good, TODAY).born == born
    bad = good[:place] + str((int(good[place]) + shift) % 10) + good[place + 1 :]
    with pytest.raises(Refused) as refusal:
        parse_id(bad, TODAY)
    assert refusal.value.code is Fault.ID_CHECK_DIGIT


def test_credit_code() -> None:
    assert parse_credit_code("91350100m000100y43") == "91350100M000100Y43"


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("91350100M000100Y4", Fault.CREDIT_LENGTH),
        ("91350100M000100Y44", Fault.CREDIT_CHECK),
        ("9135O100M000100Y43", Fault.CREDIT_CHARACTERS),
        ("91350100M000100信43", Fault.CREDIT_CHARACTERS),
    ],
)
def test_refused_credit_codes(code: str, fault: Fault) -> None:
    with pytest.raises(Refused) as refusal:
        parse_credit_code(code)
    assert refusal.value.code is fault


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("13800000000", "13800000000"),
        ("１３８００００００００", "13800000000"),
        ("+86 138-0000-0000", "13800000000"),
        ("0086 138 0000 0000", "13800000000"),
        ("86-13800000000", "13800000000"),
        ("0917-3200000", "0917-3200000"),
        ("（0917）3200000", "0917-3200000"),
        ("09173200000", "0917-3200000"),
        ("029 8539 0000", "029-85390000"),
        ("010－62000000", "010-62000000"),
        ("+86 917 3200000", "0917-3200000"),
        ("0917—3200000—8", "0917-3200000-8"),
        ("0917-3200000转801", "0917-3200000-801"),
        ("3200000", "3200000"),
    ],
)
def test_phones(text: str, kept: str) -> None:
    assert normalise_phone(text) == kept
    assert normalise_phone(kept) == kept


@pytest.mark.parametrize(
    "text", ["", "1380000000", "138000000000", "12800000000", "无", "abc", "0917", "12345"]
)
def test_refused_phones(text: str) -> None:
    with pytest.raises(Refused) as refusal:
        normalise_phone(text)
    assert refusal.value.code is Fault.PHONE


def test_no_refusal_repeats_the_number() -> None:
    with pytest.raises(Refused) as refusal:
        parse_id("110105194912310021", TODAY)
    assert "1101" not in str(refusal.value)


def test_masks_of_numbers() -> None:
    assert mask_id("11010519491231002X") == "110*************2X"
    assert mask_id("610304591122445") == "610**********45"
    assert mask_id("E1234567") == "********"
    assert mask_phone("13800001234") == "138****1234"
    assert mask_phone("0917-3200123") == "0917-****123"
    assert mask_phone("3200123") == "****123"
    assert mask_phone("0917-3200123-801") == "****************"
    assert mask_phone("") == mask_id("") == mask_name("") == ""


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("王", "王"),
        ("李四", "李*"),
        ("王秀英", "王*英"),
        ("欧阳", "欧*"),
        ("欧阳明", "欧阳*"),
        ("欧阳明月", "欧阳*月"),
        ("徐𬭎", "徐*"),
        ("阿卜杜拉·买买提", "阿**"),
        ("John Smith", "J**"),
    ],
)
def test_masks_of_names(name: str, shown: str) -> None:
    assert mask_name(name) == shown


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in (lambda t: parse_id(t, TODAY), parse_credit_code, normalise_phone):
        try:
            read(text)
        except Refused as refusal:
            assert refusal.code in Fault
    assert len(mask_id(text)) == len(mask_phone(text)) == len(text)
