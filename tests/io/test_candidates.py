"""Candidates of a study are read one after the other, and what was passed over is told."""

import pydicom
import pytest

from spoils.errors import InputUnreadable, UnsuitableInput
from spoils.io import next_series, read_input
from spoils.io.limits import MAX_SERIES_TRIED

REFUSED = UnsuitableInput("Motion.")


def test_a_series_that_can_not_be_read_gives_way_to_the_next(dicom_series, tmp_path):
    incomplete, whole = dicom_series(shape=(7, 40, 30), SeriesNumber=2), dicom_series(SeriesNumber=8)
    incomplete.write(tmp_path)[3].unlink()
    whole.write(tmp_path)
    source = read_input(tmp_path)
    assert source.series_uid == whole.uid
    assert "tried before and not used: series 2" in str(source.source)
    assert [note.code for note in source.notes] == ["series-passed-over"]
    assert "missing" in str(source.notes[0].message)


def test_the_next_series_says_what_was_tried(dicom_series, tmp_path):
    for number in (2, 3, 4):
        dicom_series(SeriesNumber=number).write(tmp_path)
    source = next_series(next_series(read_input(tmp_path), REFUSED), REFUSED)
    assert "series 4 chosen" in str(source.source)
    assert "tried before and not used: series 2, series 3" in str(source.source)
    with pytest.raises(UnsuitableInput, match=r"No series .*series 2.* Motion.*series 3.*series 4"):
        next_series(source, REFUSED)


def test_few_series_are_tried(dicom_series, tmp_path):
    for number in range(2, 9):
        dicom_series(SeriesNumber=number).write(tmp_path)
    source = read_input(tmp_path)
    for _ in range(1, MAX_SERIES_TRIED):
        source = next_series(source, REFUSED)
    with pytest.raises(UnsuitableInput, match="No series"):
        next_series(source, REFUSED)


def test_the_reason_of_a_single_series_stays_as_it_is(dicom_series, tmp_path):
    dicom_series().write(tmp_path)
    with pytest.raises(UnsuitableInput) as caught:
        next_series(read_input(tmp_path), REFUSED)
    assert caught.value is REFUSED


def test_damaged_pixels_of_every_series_are_unreadable(dicom_series, tmp_path):
    for number in (2, 3):
        for file in dicom_series(SeriesNumber=number).write(tmp_path):
            dataset = pydicom.dcmread(file)
            dataset.PixelData = dataset.PixelData[:100]
            dataset.save_as(file)
    with pytest.raises(InputUnreadable, match="No series"):
        read_input(tmp_path)
