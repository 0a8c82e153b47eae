"""When a slice is refused, or doubted, for what it shows and how it lies."""

from dataclasses import replace

import pytest

from spoils.errors import UnsuitableInput
from spoils.segmentation import KINDS, T2, TURNS, UPRIGHT, SliceKind, load_limits, refused_kind
from spoils.segmentation.suitability import Suitability
from spoils.segmentation.weighting import TissueSignal

LIMITS = replace(
    load_limits(),
    refuse_other_kind=0.7,
    refuse_measurable_kind=0.9,
    warn_other_kind=0.4,
    sure_t2=0.95,
    dim_fluid_over_disc=3.5,
    refuse_turned=0.95,
    sure_upright=0.95,
)
FLUID = {
    "bright": TissueSignal(fluid=200.0, marrow=100.0, disc=50.0, dark_disc=40.0),
    "dim": TissueSignal(fluid=150.0, marrow=100.0, disc=50.0, dark_disc=40.0),
    "beside healthy discs": TissueSignal(fluid=200.0, marrow=100.0, disc=110.0, dark_disc=40.0),
}


def seen(turn=UPRIGHT, certainty=1.0, **probabilities):
    """Probabilities by name, underscores for hyphens; what is left is T2, and upright."""
    named = {name.replace("_", "-"): p for name, p in probabilities.items()}
    named[T2] = 1 - sum(named.values())
    turns = {UPRIGHT: 1 - certainty} | {turn: certainty}
    return SliceKind(tuple(named.get(kind, 0.0) for kind in KINDS), tuple(turns.get(name, 0.0) for name in TURNS))


def look(place_is_given=False, **probabilities):
    return Suitability(seen(**probabilities), LIMITS, place_is_given)


def test_a_slice_is_refused_only_when_that_is_certain():
    assert refused_kind(seen(ct=0.75), LIMITS) == "ct"
    assert refused_kind(seen(ct=0.65), LIMITS) is None
    assert refused_kind(seen(), LIMITS) is None
    look(ct=0.65).require()


def test_another_contrast_must_be_more_certain_as_the_segmented_slice_will_say_more():
    assert refused_kind(seen(t1=0.95), LIMITS) == "t1"
    assert refused_kind(seen(t1=0.85), LIMITS) is None


def test_several_other_kinds_together_are_as_certain_as_one():
    assert refused_kind(seen(t1=0.3, proton_density=0.65), LIMITS) == "proton-density"


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != T2])
def test_the_refusal_says_what_is_seen(kind):
    with pytest.raises(UnsuitableInput, match=r"This looks like an?.*: a sagittal T2-weighted image") as refusal:
        look(**{kind: 1.0}).require()
    assert refusal.value.message.values["shown"].id == f"kind-{kind}"


def test_a_doubtful_kind_is_refused_where_fluid_is_dim():
    look(t1=0.5).require_fluid(FLUID["bright"])
    look(t1=0.5).require_fluid(FLUID["beside healthy discs"])
    look(t1=0.3).require_fluid(FLUID["dim"])
    with pytest.raises(UnsuitableInput, match="looks like a T1-weighted image"):
        look(t1=0.5).require_fluid(FLUID["dim"])


def test_the_reader_is_told_of_a_doubtful_kind():
    (note,) = look(ct=0.65).notes()
    assert note.code == "kind-doubtful"
    assert str(note.message).startswith("This may be a CT image (probability 65%)")
    assert look(ct=0.3).notes() == []


@pytest.mark.parametrize("kind", ["other-region", "off-midline"])
def test_a_level_that_is_given_overrules_the_place_but_not_the_contrast(kind):
    with pytest.raises(UnsuitableInput):
        look(**{kind: 1.0}).require()
    look(place_is_given=True, **{kind: 1.0}).require()
    with pytest.raises(UnsuitableInput, match="T1-weighted"):
        look(place_is_given=True, t1=1.0).require()


@pytest.mark.parametrize(
    ("turn", "words"),
    [
        ("upside-down", "upside down"),
        ("turned-180", "upside down"),
        ("mirrored", "mirrored"),
        ("turned-90", "turned by 90 degrees"),
    ],
)
def test_a_turned_slice_is_refused_unless_the_user_gives_a_level(turn, words):
    with pytest.raises(UnsuitableInput, match=words):
        look(turn=turn).require()
    look(turn=turn, certainty=0.9).require()
    look(place_is_given=True, turn=turn).require()


def test_without_a_look_nothing_is_refused():
    blind = Suitability(None, LIMITS)
    blind.require()
    assert not blind.is_surely_t2
    assert not blind.is_surely_upright
    blind.require_fluid(FLUID["dim"])
    assert blind.notes() == []


def test_the_signal_needs_no_check_where_t2_is_certain():
    assert look(t1=0.04).is_surely_t2
    assert not look(t1=0.06).is_surely_t2


def test_a_slice_is_read_upside_down_unless_it_lies_upright_for_certain():
    assert look().is_surely_upright
    assert not look(turn="upside-down", certainty=0.1).is_surely_upright
