"""A reader is told every plausible way to count, and the hint of each chooses it."""

import pytest

from spoils.anatomy import CHAIN, DISCS
from spoils.errors import UsageError
from spoils.messages import Language, translator_for
from spoils.segmentation import WayToCount, load_limits, name_components
from spoils.segmentation.counting import Countings
from spoils.segmentation.naming import rename_components
from spoils.segmentation.ways import count_notes, ungraded_as_uncounted, ways_to_count

SHAPE = (600, 280)
"""Of an image with four pixels for each one of the pieces."""


@pytest.fixture
def naming(column):
    return name_components(column())


@pytest.mark.parametrize(
    ("shift", "lowest", "given"), [(0, "L5-S1", "L5-S1"), (1, "L4-L5", "L4-L5"), (-1, "S1-S2", "L5-S1")]
)
def test_the_hint_of_a_way_chooses_it(naming, shift, lowest, given):
    """Whatever the network says: the level of every piece moves by as many levels as the way says."""
    (way,) = ways_to_count(Countings({shift: 1.0}), naming, SHAPE)
    assert (way.lowest_disc, way.level, way.is_used) == (lowest, given, shift == 0)
    row, column = way.place
    named = rename_components(naming.pieces, naming, way.hint, (row // 2, column // 2), load_limits())
    before = {id(part): CHAIN.index(name) for name, part in naming.parts.items()}
    for name, part in named.parts.items():
        if id(part) in before:
            assert CHAIN.index(name) == before[id(part)] - 2 * shift


def test_ways_are_told_by_falling_probability(naming):
    ways = ways_to_count(Countings({0: 0.3, 1: 0.6, -1: 0.1}), naming, SHAPE)
    assert [(way.lowest_disc, way.probability, way.is_used) for way in ways] == [
        ("L4-L5", 0.6, False),
        ("L5-S1", 0.3, True),
        ("S1-S2", 0.1, False),
    ]


def test_a_way_far_beyond_the_sacrum_is_left_out(naming):
    assert [way.lowest_disc for way in ways_to_count(Countings({0: 0.9, -2: 0.1}), naming, SHAPE)] == ["L5-S1"]


def test_a_count_without_rivals_says_nothing_and_blocks_nothing(naming):
    ways = ways_to_count(Countings({0: 0.95, 1: 0.05}), naming, SHAPE)
    assert count_notes(ways, load_limits()) == []
    assert ungraded_as_uncounted(ways, load_limits()) == {}
    assert count_notes((), load_limits()) == []


@pytest.mark.parametrize("of_used", [0.85, 0.05])
def test_several_plausible_ways_are_named_and_no_disc_is_graded(naming, of_used):
    """Also where the names that are used are the less likely ones."""
    ways = ways_to_count(Countings({0: of_used, -1: 1.0 - of_used}), naming, SHAPE)
    (note,) = count_notes(ways, load_limits())
    assert note.code == "level-count-uncertain"
    row, column = ways[0].place
    for language in Language:
        words = translator_for(language).render(note.message)
        assert "L5-S1" in words
        assert "S1-S2" in words
        assert f"--level-at {row},{column}=L5-S1" in words
    blocked = ungraded_as_uncounted(ways, load_limits())
    assert set(blocked) == set(DISCS)
    assert str(blocked["L4-L5"].message).startswith("L4-L5 is not graded")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"probability": 0.0}, "between 0 and 1"),
        ({"probability": 1.1}, "between 0 and 1"),
        ({"lowest_disc": "L5"}, "S1-S2"),
        ({"level": "S2"}, "S2"),
        ({"place": (-1, 2)}, "counted from 0"),
    ],
)
def test_a_way_that_makes_no_sense_is_refused(change, words):
    valid = {"probability": 0.5, "lowest_disc": "L5-S1", "level": "L5-S1", "place": (1, 2), "is_used": True}
    assert WayToCount(**valid).hint.at == (1, 2)
    with pytest.raises(UsageError, match=words):
        WayToCount(**(valid | change))
