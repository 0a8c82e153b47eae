"""Scores on slices with expert masks: what is unknown does not count, and discs are compared from body to body."""

from dataclasses import replace

import numpy as np
import pytest

from spoils.anatomy import structure
from spoils.cli import evaluate
from spoils.training.data import ExpertSlice, SpaceRow
from spoils.training.data.spider_space import known_labels
from spoils.training.segmentation.evaluation.space import space_document, space_score

from ...data.test_spider_space import stack

ROW = SpaceRow("45_060", "45", 0.0, 1.0, has_levels=True)
DISC, ABOVE = structure("L3-L4").label, structure("L3").label


@pytest.fixture(scope="module")
def expert():
    levels, experts = stack()
    return ExpertSlice(None, *known_labels(levels, experts, 1.0))


def whole(expert):
    """Return the right answer: bodies and canal as drawn, discs from body to body."""
    levels, _ = stack()
    return np.where(expert.discs > 0, expert.discs, levels)


def test_discs_from_body_to_body_are_right(expert):
    score = space_score(ROW, expert, whole(expert))
    assert score.all_named_right
    for group in ("bodies L1-L5", "discs", "canal"):
        assert score.mean("dice", group) == 1.0
        assert score.mean("assd_mm", group) == 0.0
    assert score.area_ratios[2] == pytest.approx(10 / 6, abs=0.05)
    assert set(score.length_errors_mm) == {"bodies", "discs", "canal"}
    assert all(error == 0 for errors in score.length_errors_mm.values() for error in errors)
    assert all(len(errors) >= 4 for errors in score.length_errors_mm.values())


def test_discs_as_the_experts_end_them_overlap_but_are_too_low(expert):
    levels, _ = stack()
    score = space_score(ROW, expert, levels)
    assert score.mean("dice", "discs") == 1.0
    assert score.mean("assd_mm", "discs") > 1.0
    assert min(score.length_errors_mm["discs"]) < -3.0


def test_a_body_that_grows_into_the_rim_is_wrong(expert):
    found = whole(expert)
    found[expert.rim & (expert.discs == DISC)] = ABOVE
    assert space_score(ROW, expert, found).structures["L3"].overlap.dice < 0.97


def test_what_is_found_where_nothing_is_known_does_not_count(expert):
    found = whole(expert)
    found[5:40, 30:60] = structure("L1").label
    assert space_score(ROW, expert, found).mean("dice", "bodies L1-L5") == 1.0


def test_a_missing_disc_counts_as_zero_and_a_shifted_count_as_wrong(expert):
    found = whole(expert)
    found[found == DISC] = 0
    assert space_score(ROW, expert, found).mean("dice", "discs") == pytest.approx(5 / 6)
    found = whole(expert)
    found[found == ABOVE] = ABOVE + 1
    assert not space_score(ROW, expert, found).all_named_right


def test_middle_slices_and_those_beside_them_are_reported_apart(expert):
    right = space_score(ROW, expert, whole(expert))
    wrong = replace(space_score(replace(ROW, name="45_063", offset_mm=3.0), expert, 0 * whole(expert)), refusal="dark")
    document = space_document([right, wrong])
    assert document["middle"]["dice"]["discs"]["mean"] == 1.0
    assert document["middle"]["length_error_mm"]["bodies"] == 0.0
    assert document["middle"]["named_wrong"] == document["middle"]["refused"] == []
    assert document["beside"]["dice"]["discs"]["mean"] == 0.0
    assert document["beside"]["assd_mm"] == {}
    assert document["beside"]["length_error_mm"]["bodies"] is None
    assert document["beside"]["named_wrong"] == document["beside"]["refused"] == ["45_063"]
    assert space_document([]) == {}


def test_the_command_prints_both_places(expert):
    score = space_score(ROW, expert, whole(expert))
    lines = evaluate._space_lines(space_document([score, replace(score, name="45_063", offset_mm=3.0)]))
    assert lines[0].startswith("SPIDER's SPACE slices. Overlap of discs ignores the rim")
    assert [line.split(":")[0].strip() for line in lines if "images of" in line] == ["middle", "beside"]
    assert any(line.split()[:2] == ["discs", "1.000"] and line.endswith("0.00") for line in lines)
    assert "    median error of lengths: bodies 0.00 mm, discs 0.00 mm, canal 0.00 mm" in lines
    assert evaluate._space_lines({}) == []


def test_nothing_found_has_no_distance_to_print(expert):
    lines = evaluate._space_lines(space_document([space_score(ROW, expert, 0 * whole(expert))]))
    assert any(line.endswith("-") for line in lines)
