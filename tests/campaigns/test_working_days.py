import builtins
from datetime import date

import pytest

from protestcoord.campaigns import working_days
from protestcoord.campaigns.working_days import DayKind, HolidaysMissing, day_kind
from protestcoord.config import shipped
from protestcoord.missions.catalogue import read_catalogue

FRIDAY, SATURDAY, SUNDAY = date(2027, 6, 4), date(2027, 6, 5), date(2027, 6, 6)


@pytest.mark.parametrize(
    ("country", "day", "weekend"),
    [
        ("DE", FRIDAY, False),
        ("DE", SATURDAY, True),
        ("DE", SUNDAY, True),
        ("EG", FRIDAY, True),
        ("EG", SATURDAY, True),
        ("EG", SUNDAY, False),
        ("SA", FRIDAY, True),
        ("IL", FRIDAY, True),
        ("AE", FRIDAY, False),  # moved to Saturday and Sunday in 2022
        ("BN", FRIDAY, True),
        ("BN", SATURDAY, False),
        ("BN", SUNDAY, True),
        ("XK", SATURDAY, True),
    ],
)
def test_each_country_has_its_own_weekend(country, day, weekend):
    assert day_kind(country, day).weekend is weekend


def test_a_holiday_of_the_host_has_its_english_name():
    assert day_kind("BS", FRIDAY) == DayKind(holiday="Randol Fawkes Labour Day")
    assert day_kind("FR", date(2027, 7, 14)) == DayKind(holiday="National Day")


def test_denmark_no_longer_rests_on_constitution_day():
    """On 5 June; 4 June, the day before, is a working day all the same."""
    assert day_kind("DK", FRIDAY) == DayKind()
    assert day_kind("DK", SATURDAY) == DayKind(weekend=True)


@pytest.mark.parametrize("country", ["DE", "US", "KR", "XK"])
def test_a_mission_rests_on_the_chinese_national_day(country):
    assert day_kind(country, date(2027, 10, 1)) == DayKind(chinese_holiday="National Day")


def test_a_day_may_be_a_holiday_here_and_in_china():
    new_year = day_kind("DE", date(2027, 1, 1))
    assert new_year == DayKind(holiday="New Year's Day", chinese_holiday="New Year's Day")
    assert not new_year.is_working


@pytest.mark.parametrize(
    ("kind", "is_working"),
    [
        (DayKind(), True),
        (DayKind(weekend=True), False),
        (DayKind(holiday="Ascension Day"), False),
        (DayKind(chinese_holiday="National Day"), False),
    ],
)
def test_any_one_reason_is_enough_to_rest(kind, is_working):
    assert kind.is_working is is_working


def test_every_host_country_is_known():
    countries = {row.country for row in read_catalogue(shipped("data") / "embassies.csv")}
    known = {c for c in countries if working_days._calendar(c, 2027) is not None}
    assert countries == known
    assert "XK" in countries


def test_an_unknown_country_rests_on_saturday_and_sunday():
    days = [FRIDAY, SATURDAY, SUNDAY, date(2027, 6, 7)]
    assert [day_kind("QQ", day).weekend for day in days] == [False, True, True, False]
    assert day_kind("QQ", date(2027, 10, 1)) == DayKind(chinese_holiday="National Day")


@pytest.mark.parametrize("year", [1973, 2500, 2999])
def test_a_year_without_known_holidays_has_weekends(year):
    days = [date(year, 3, n) for n in range(1, 8)]
    assert sum(day_kind("DE", day).weekend for day in days) == 2


def test_without_the_library_the_error_says_how_to_install_it(monkeypatch):
    real = builtins.__import__

    def without_holidays(name, *rest, **more):
        if name == "holidays":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without_holidays)
    working_days._calendar.cache_clear()
    day_kind.cache_clear()
    with pytest.raises(HolidaysMissing, match=r"pip install protestcoord\[advice\]"):
        day_kind("DE", FRIDAY)
