"""The three kinds of year, and which goes with which."""

import pytest

from hnf.errors import UsageError
from hnf.years import FinancialYear, January, MidYear


@pytest.mark.parametrize(
    "text", ["2023-24", "2023-2024", "2023/24", "2023 to 2024", "2023–24", "202324", " 2023-24 ", "2023_24"]
)
def test_a_financial_year_is_read_as_people_write_it(text: str) -> None:
    assert str(FinancialYear.parse(text)) == "2023-24"


@pytest.mark.parametrize("text", ["2023", "2023-25", "2023-23", "1999-00", "2023-4", "23-24", "", "x", "2023-24-25"])
def test_what_is_no_financial_year_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"is not a financial year\. Write it as 2023-24"):
        FinancialYear.parse(text)


def test_the_year_that_ends_a_century() -> None:
    assert str(FinancialYear(2099)) == "2099-00"
    assert FinancialYear.parse("2099-00") == FinancialYear(2099)


def test_defaults_of_the_field() -> None:
    """FIELD.md: year Y-Z goes with mid-Y population and with the January of Y."""
    year = FinancialYear.parse("2023-24")
    assert year.mid_year == MidYear(2023)
    assert year.january == January(2023)
    assert (str(year.previous), str(year.next), year.in_words) == ("2022-23", "2024-25", "2023 to 2024")
    assert year.previous < year < year.next


def test_kinds_of_year_are_never_equal() -> None:
    assert January(2023) != MidYear(2023) != FinancialYear(2023)


def test_an_academic_year_is_named_by_its_january() -> None:
    """FIELD.md: `201819` in the published file means January 2019."""
    assert January.from_academic_year("201819") == January(2019)
    assert January.from_academic_year("202526") == January(2026)


@pytest.mark.parametrize("label", ["2019", "201820", "201919", "2018-19", "x"])
def test_other_labels_are_no_academic_year(label: str) -> None:
    with pytest.raises(UsageError, match="is not an academic year such as 201819"):
        January.from_academic_year(label)


@pytest.mark.parametrize("text", ["2023-24", "23", "1999", "x", ""])
def test_what_is_no_january_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not the year of a January count"):
        January.parse(text)
    assert January.parse(" 2024 ") == January.parse(2024) == January(2024)
