"""Properties of the mapping of UIDs and dates."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.uid import UID

from spoils.errors import UsageError
from spoils.io import Pseudonyms
from spoils.io.deidentify.pseudonyms import shifted

SECRETS = st.binary(min_size=16, max_size=40)
UIDS = st.from_regex(r"1\.2\.(276|392)(\.(0|[1-9][0-9]{0,8})){1,5}", fullmatch=True)
DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 12, 31))


def stamp(day):
    return f"{day:%Y%m%d}"


@given(SECRETS, UIDS, UIDS)
def test_uids_are_valid_new_and_tell_the_same_apart(secret, first, second):
    pseudonyms = Pseudonyms(secret)
    assert UID(pseudonyms.uid(first)).is_valid
    assert pseudonyms.uid(first) not in {first, second}
    assert (pseudonyms.uid(first) == pseudonyms.uid(second)) is (first == second)
    assert pseudonyms.uid(first) == Pseudonyms(secret).uid(first)


@given(SECRETS, SECRETS, UIDS)
def test_another_secret_gives_other_uids(one, other, uid):
    assert (Pseudonyms(one).uid(uid) == Pseudonyms(other).uid(uid)) is (one == other)


@given(SECRETS, st.text(max_size=12), DAYS, DAYS)
def test_distances_between_dates_of_a_patient_stay(secret, patient, first, second):
    days = Pseudonyms(secret).days_of(patient)
    assert -3650 <= days <= -1
    moved = [date.fromisoformat(shifted(stamp(day), days)) for day in (first, second)]
    assert moved[1] - moved[0] == second - first
    assert moved[0] - first == timedelta(days=days)


@given(DAYS, st.integers(-5000, 5000), st.from_regex(r"[0-9]{6}(\.[0-9]{1,6})?([+-][0-9]{4})?", fullmatch=True))
def test_the_time_of_day_stays(day, days, time):
    assert shifted(stamp(day) + time, days) == shifted(stamp(day), days) + time


@pytest.mark.parametrize(
    "odd",
    ["", "2020", "202002", "2020.01.31", "20201399", "yesterday", "\u0662\u0660\u0662\u0660\u0660\u0661\u0663\u0661"],
)
def test_what_is_no_date_becomes_empty(odd):
    assert shifted(odd, 1) == ""


def test_a_date_beyond_the_calendar_becomes_empty():
    assert shifted("00010101", -1) == ""


def test_a_given_shift_holds_for_all():
    assert {Pseudonyms(bytes(16), -7).days_of(patient) for patient in "abc"} == {-7}


def test_a_short_secret_is_refused():
    with pytest.raises(UsageError, match="at least 16 bytes"):
        Pseudonyms(b"short")


def test_a_shift_that_moves_nothing_is_refused():
    """The copies would say that their dates were modified."""
    with pytest.raises(UsageError, match="0 days"):
        Pseudonyms(bytes(16), 0)


@pytest.mark.parametrize("uid", ["1.2.840.10008.1.2.1", "1.2.840.10008.5.1.4.1.1.4.1", "1.2.840.10008.6.1.308"])
def test_uids_of_the_standard_stay(uid):
    assert Pseudonyms(bytes(16)).uid(uid) == uid


def test_the_secret_is_not_shown():
    assert "sixteen" not in repr(Pseudonyms(b"sixteen bytes..."))
