"""Odd inputs built from the real study behave as the table beside their builder says."""

from __future__ import annotations

import re
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pydicom
import pytest

import spoils
from spoils.errors import UnsuitableInput

pytestmark = pytest.mark.data

ORIGINAL = ["2L", "1L", "2L", "1L", "3M", "5H"]
ODI, NRS = 44, 7
GRADED = {
    "repeat_series_motion": (9, 15, "series 3"),
    "dixon_opp_first": (4, 15, r"series 3 \(opposed-phase"),
    "phase_first": (3, 15, r"series 3 \(phase image"),
    "whole_spine_three2": (5, 15, r"series 3 for .*lumbar|series 3.*sacrum"),
    "two_stations": (3, 15, "lower table position"),
    "dwi_lumbar_word2": (3, 15, r"series 2 \(echo-planar or diffusion"),
    "t1w_equal": (5, 13, r"series 3 \(not T2"),
    "stripped_header": (None, 15, "names no modality.*description"),
    "no_preamble": (3, 15, ""),
    "jitter_positions": (3, 15, r"scatter by up to 0\.\d\d mm"),
    "overlay_bits_j2k": (3, 15, ""),
    "pixelpadding_negative": (3, 15, ""),
    "nii_shear": (None, 15, r"0\.23 degrees"),
    "dicomdir_arg": (3, 15, ""),
    "zipped": (3, 15, ""),
}
"""By case: number of the series to choose, slices, and what source line and flags must say."""


@pytest.fixture
def case(data_dir, tmp_path):
    """Return a function that builds a case by its name and returns the path to assess."""
    builder = data_dir.parent / "cases" / "build_cases.py"
    assert builder.is_file(), f"the builder of the cases is not at {builder}"

    def build(name):
        command = [sys.executable, builder, "--study", data_dir / "dicom", "--out", tmp_path, name]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return Path(done.stdout.strip().partition(": ")[2])

    return build


@pytest.fixture(scope="module")
def engine():
    return spoils.Engine()


def said(assessment):
    return " ".join([assessment.study.source, *(flag.message for flag in assessment.quality.flags)])


def agreeing(assessment):
    return sum(disc.label == label for disc, label in zip(assessment.discs, ORIGINAL, strict=True))


@pytest.mark.parametrize("name", GRADED)
def test_graded_as_the_original(name, case, engine):
    number, slices, words = GRADED[name]
    assessment = engine.assess(case(name), odi=ODI, nrs=NRS).assessment
    assert agreeing(assessment) >= 5
    assert assessment.study.slices == slices
    assert assessment.study.spacing_mm[0] == pytest.approx(4.6, rel=0.01)
    assert number is None or re.search(rf"series {number}\b.*? chosen", assessment.study.source)
    assert re.search(words, said(assessment))


def test_two_patients_are_never_one(case, engine):
    path = case("two_patients")
    with pytest.raises(UnsuitableInput, match="2 patients"):
        engine.assess(path, odi=ODI, nrs=NRS)
    assessed = engine.assess(path, odi=ODI, nrs=NRS, patient="BBB")
    assert agreeing(assessed.assessment) >= 5
    assert assessed.study.source.subject.person.patient_id == "BBB"


def images_of(files):
    return {str(dataset.SOPInstanceUID): dataset for dataset in map(pydicom.dcmread, files)}


def places_agree(segmentation, sources):
    """Say whether each frame lies where the source frame lies that it refers to."""
    for group in segmentation.PerFrameFunctionalGroupsSequence:
        image = group.DerivationImageSequence[0].SourceImageSequence[0]
        source = sources[image.ReferencedSOPInstanceUID]
        if "PerFrameFunctionalGroupsSequence" in source:
            frame = source.PerFrameFunctionalGroupsSequence[image.ReferencedFrameNumber - 1]
            source = frame.PlanePositionSequence[0]
        own = group.PlanePositionSequence[0].ImagePositionPatient
        if [float(value) for value in own] != pytest.approx([float(value) for value in source.ImagePositionPatient]):
            return False
    return True


@pytest.mark.parametrize("name", ["enhanced_concat", "l6_like"])
def test_dicom_results_refer_to_what_was_read(name, case, engine):
    path = case(name)
    assessed = engine.assess(path, odi=ODI, nrs=NRS)
    results = {
        kind: pydicom.dcmread(BytesIO(assessed.files[f"{kind}.dcm"])) for kind in ("seg", "sr", "report", "overlay")
    }
    sources, segmentation = images_of(path.rglob("*.dcm")), results["seg"]
    described = [int(segment.SegmentNumber) for segment in segmentation.SegmentSequence]
    framed = {
        int(group.SegmentIdentificationSequence[0].ReferencedSegmentNumber)
        for group in segmentation.PerFrameFunctionalGroupsSequence
    }
    assert described == sorted(framed) == list(range(1, len(described) + 1))
    assert places_agree(segmentation, sources)
    referenced = segmentation.ReferencedSeriesSequence[0].ReferencedInstanceSequence
    assert {item.ReferencedSOPInstanceUID for item in referenced} == set(sources)
    assert {item.ReferencedSOPInstanceUID for item in results["report"].SourceInstanceSequence} == set(sources)
    assert {item.ReferencedSOPInstanceUID for item in results["overlay"].SourceImageSequence} == set(sources)
    evidence = results["sr"].CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence
    uids = {item.ReferencedSOPInstanceUID for series in evidence for item in series.ReferencedSOPSequence}
    assert uids == {*sources, segmentation.SOPInstanceUID}
    if name == "enhanced_concat":
        assert agreeing(assessed.assessment) >= 5
    else:
        assert "levels-missing" in [flag.code for flag in assessed.assessment.quality.flags]


def test_a_spine_that_leaves_the_slice_is_told(case, engine, data_dir):
    flags = {
        path.name: [flag.code for flag in engine.assess(path, odi=ODI, nrs=NRS).assessment.quality.flags]
        for path in (case("scoliosis"), data_dir / "dicom")
    }
    assert "lateral-curvature" in flags["scoliosis"]
    assert flags["dicom"] == ["outline-cut"]
