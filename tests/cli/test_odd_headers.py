"""Odd values in the header of an image never cost a finished computation."""

import gzip

import pydicom
import pytest

from spoils.cli import main

pytestmark = [pytest.mark.data, pytest.mark.slow]


def assessed(source, out, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["assess", str(source), "--odi", "44", "--nrs", "7", "--out", str(out)])
    assert caught.value.code == 0
    return {path.name for path in out.iterdir()}, capsys.readouterr().err


@pytest.mark.parametrize("name", ["pn-backslash-slice.dcm", "refimage-un-slice.dcm"])
def test_what_dicom_results_can_not_take_over_is_left_out(name, data_dir, tmp_path, capsys):
    source = tmp_path / name
    source.write_bytes(gzip.decompress((data_dir.parent / "cases" / "failing" / f"{name}.gz").read_bytes()))
    names, _ = assessed(source, tmp_path / "out", capsys)
    assert {"assessment.json", "report.pdf", "seg.dcm", "sr.dcm"} <= names


@pytest.mark.filterwarnings("ignore")
def test_long_names_markup_and_ranges_of_dates_are_graded(data_dir, tmp_path, capsys):
    image = pydicom.dcmread(data_dir / "dicom" / "3001" / "008.dcm")
    image.PatientName = "<b>&" + "A" * 5000 + "^</script>"
    image.PatientID = "<i>" + "9" * 5000
    image.AccessionNumber = "a\\b"
    image.add_new("PatientBirthDate", "LO", "19500101-19600101")
    image.save_as(tmp_path / "odd.dcm")
    names, told = assessed(tmp_path / "odd.dcm", tmp_path / "out", capsys)
    assert {"assessment.json", "report.html", "report.pdf"} <= names
    assert "No DICOM results: The patient's ID breaks DICOM's rules" in told
