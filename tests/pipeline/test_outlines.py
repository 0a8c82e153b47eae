"""Outlines of discs that reach into a body: cut at the endplate, kept with a note, or not measured."""

from dataclasses import replace

import numpy as np
import pytest

from spoils.anatomy import structure
from spoils.findings import Measurement
from spoils.geometry import measure_spine, slice_contours
from spoils.images import LabelMap, SagittalSeries
from spoils.io import read_input
from spoils.messages import Language, translator_for
from spoils.phantom import PhantomSpec, draw_slice, random_spec
from spoils.pipeline import Resources, assess
from spoils.pipeline.outline_cut import SegmentedSlice
from spoils.pipeline.outline_lobes import Outcome, without_lobes
from spoils.pipeline.outlines import OUTLINE_IMPLAUSIBLE, plausible_outlines
from spoils.segmentation import Segmentation, StructureConfidence, load_limits
from spoils.spatial import Grid

SPEC = PhantomSpec(grades=(2, 2, 2, 3, 4, 5), n_slices=1, noise_sd=0.02)
SPACING_MM = (0.7, 0.7)
DISC, BELOW = structure("L5-S1").label, structure("S1").label


@pytest.fixture(scope="module")
def phantom():
    return draw_slice(SPEC)


def lobe_of(labels, disc="L5-S1", body="S1", deep_mm=6.0, half_width_mm=6.0):
    """Return the pixels of a body that lie within half an ellipse from the middle of its border to the disc."""
    own, other = labels == structure(disc).label, labels == structure(body).label
    rows, columns = np.nonzero(own)
    centre = np.array((rows.mean(), columns.mean()))
    towards = np.argwhere(other).mean(axis=0) - centre
    towards /= np.linalg.norm(towards)
    away = np.moveaxis(np.indices(labels.shape), 0, -1) - centre
    along, across = away @ towards * 0.7, away @ (-towards[1], towards[0]) * 0.7
    inside = own & (np.abs(across) < half_width_mm)
    reach = along[inside].max() + deep_mm * np.sqrt(np.clip(1 - (across / half_width_mm) ** 2, 0, None))
    return other & (np.abs(across) < half_width_mm) & (along <= reach)


def segmented(labels, pixels, n_slices=1, slice_mm=4.4):
    """Return a series of equal slices and its segmentation, as sure as can be."""
    grid = Grid.from_axes((n_slices, *labels.shape), (slice_mm, *SPACING_MM))
    series = SagittalSeries(np.stack([pixels] * n_slices), grid)
    coverage = SegmentedSlice.of_labels(labels, SPACING_MM).coverage
    sure = dict.fromkeys(coverage, StructureConfidence(0.95, 1.0))
    return series, Segmentation(LabelMap(np.stack([labels] * n_slices), grid), n_slices // 2, coverage, sure, (), {})


def dice(one, other):
    return 2 * (one & other).sum() / (one.sum() + other.sum())


def height_mm(labels, pixels):
    series, seen = segmented(labels, pixels)
    found = measure_spine(seen.labels, slice_contours(seen.labels, series, 0, seen.coverage))
    return found.discs["L5-S1"]["height_central_mm"].value


@pytest.fixture(scope="module")
def modic(phantom):
    """A phantom with a bright change of the endplate of S1, and the outline of a network that took it for disc."""
    pixels, labels = phantom
    lobe = lobe_of(labels)
    pixels, wrong = pixels.copy(), labels.copy()
    pixels[lobe] = 1.5 * np.median(pixels[labels == BELOW])
    wrong[lobe] = DISC
    return pixels, labels, wrong


@pytest.mark.parametrize("seed", range(4))
def test_the_discs_of_a_phantom_have_no_lobes(seed):
    pixels, labels = draw_slice(replace(random_spec(np.random.default_rng(seed)), n_slices=1))
    assert without_lobes(SegmentedSlice.of_labels(labels, SPACING_MM), pixels, load_limits())[1] == []


def test_a_bright_change_of_the_endplate_is_cut_off(modic):
    pixels, right, wrong = modic
    assert dice(wrong == DISC, right == DISC) < 0.9
    series, seen = segmented(wrong, pixels)
    mended = plausible_outlines(series, seen, load_limits())
    labels = mended.labels.labels[0]
    assert dice(labels == DISC, right == DISC) > 0.97
    assert dice(labels == BELOW, right == BELOW) > 0.99
    assert height_mm(wrong, pixels) > height_mm(right, pixels) + 4.0
    assert height_mm(labels, pixels) == pytest.approx(height_mm(right, pixels), abs=0.5)
    assert [note.code for note in mended.notes] == ["outline-cut"]
    assert str(mended.notes[0].message).endswith("beyond the endplate of S1 and was cut there; check the overlay.")
    assert mended.ungradable == {}


def test_labels_coverage_and_contour_are_of_one_outline(modic):
    pixels, _, wrong = modic
    mended = plausible_outlines(*segmented(wrong, pixels), load_limits())
    labels = mended.labels.labels[0]
    for name in ("L5-S1", "S1"):
        share = mended.coverage[name]
        assert dice(share > 0.5, labels == structure(name).label) > 0.995
    total = sum(mended.coverage.values())
    assert total.max() <= 1.0 + 1e-6
    assert total.sum() == pytest.approx((wrong > 0).sum())


def test_confidence_falls_by_the_share_of_the_lobe(modic):
    pixels, right, wrong = modic
    mended = plausible_outlines(*segmented(wrong, pixels), load_limits())
    agreement = dice(wrong == DISC, right == DISC)
    assert mended.confidences["L5-S1"].contour == pytest.approx(0.95 * agreement, abs=0.03)
    assert mended.confidences["L4-L5"] == StructureConfidence(0.95, 1.0)


def test_slices_near_the_middle_are_cut_and_others_stay(modic):
    pixels, right, wrong = modic
    series, seen = segmented(wrong, pixels, n_slices=7)
    mended = plausible_outlines(series, seen, load_limits())
    cut = [dice(plane == DISC, right == DISC) > 0.97 for plane in mended.labels.labels]
    assert cut == [False, False, True, True, True, False, False]
    labels = seen.labels.labels.copy()
    labels[3] = right
    middle_right = replace(
        seen, labels=LabelMap(labels, seen.labels.grid), coverage=segmented(right, pixels)[1].coverage
    )
    mended = plausible_outlines(series, middle_right, load_limits())
    assert [(note.code, note.message.id) for note in mended.notes] == [("outline-cut", "contour-cut-beside")]
    assert mended.confidences == seen.confidences


def test_a_node_with_an_edge_around_it_stays_and_is_noted(phantom):
    pixels, labels = phantom
    lobe = lobe_of(labels)
    pixels, node = pixels.copy(), labels.copy()
    pixels[lobe] = np.median(pixels[labels == DISC])
    node[lobe] = DISC
    series, seen = segmented(node, pixels)
    kept = plausible_outlines(series, seen, load_limits())
    assert np.array_equal(kept.labels.labels, seen.labels.labels)
    assert [note.code for note in kept.notes] == ["outline-beyond-endplate"]
    assert kept.confidences["L5-S1"].contour < 0.9
    assert kept.ungradable == {}


def test_a_lobe_without_any_edge_is_neither_measured_nor_graded(modic):
    _, _, wrong = modic
    rng = np.random.default_rng(3)
    blank = rng.normal(100.0, 1.0, wrong.shape).astype(np.float32)
    mended = plausible_outlines(*segmented(wrong, blank), load_limits())
    assert [note.code for note in mended.notes] == [OUTLINE_IMPLAUSIBLE]
    assert mended.ungradable["L5-S1"].code == OUTLINE_IMPLAUSIBLE
    assert mended.confidences["L5-S1"].whole <= 0.5
    contours = replace(slice_contours(mended.labels), implausible=frozenset({"L5-S1"}))
    found = measure_spine(mended.labels, contours)
    assert not any(isinstance(one, Measurement) for one in found.discs["L5-S1"].values())
    assert isinstance(found.discs["L4-L5"]["height_central_mm"], Measurement)


def test_what_is_cut_off_above_the_highest_disc_has_no_label(phantom):
    pixels, labels = phantom
    disc, without = structure("T12-L1").label, labels.copy()
    # The lobe of a disc into the body above it, with the names of one level lower, so that T12 is what L1 was.
    lobe = lobe_of(labels, "L1-L2", "L1")
    pixels = pixels.copy()
    pixels[lobe] = 1.5 * np.median(pixels[labels == structure("L1").label])
    without[np.isin(labels, [disc, structure("L1").label])] = 0
    without[labels == structure("L1-L2").label] = disc
    without[labels == structure("L2").label] = structure("L1").label
    for name in ("L2-L3", "L3"):
        without[labels == structure(name).label] = 0
    wrong = without.copy()
    wrong[lobe] = disc
    mended, found = without_lobes(SegmentedSlice.of_labels(wrong, SPACING_MM), pixels, load_limits())
    assert [(one.disc, one.endplate.body, one.outcome) for one in found] == [("T12-L1", None, Outcome.CUT)]
    assert dice(mended.labels == disc, without == disc) > 0.97
    assert "the endplate of the body above it" in str(found[0].message)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("outcome", Outcome)
def test_notes_are_told_in_every_language(modic, language, outcome):
    pixels, _, wrong = modic
    found = without_lobes(SegmentedSlice.of_labels(wrong, SPACING_MM), pixels, load_limits())[1]
    text = translator_for(language).render(replace(found[0], outcome=outcome).message)
    assert "L5-S1" in text
    assert "S1" in text.replace("L5-S1", "")


@pytest.mark.data
def test_the_driving_disc_of_the_real_study_follows_its_endplate(data_dir):
    done = assess(read_input(data_dir / "dicom"), Resources.load())
    discs = {disc.level: disc for disc in done.assessment.discs}
    assert [disc.label for disc in discs.values()] == ["2L", "1L", "2L", "1L", "3M", "5H"]
    measured = discs["L5-S1"].measurements
    assert measured["height_central_mm"].value == pytest.approx(5.0, abs=0.5)
    assert measured["signal_csf_ratio"].value == pytest.approx(0.19, abs=0.02)
    assert discs["L5-S1"].confidence.outline < 0.88
    assert [flag.code for flag in done.assessment.quality.flags] == ["outline-cut"]
