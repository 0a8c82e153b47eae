"""Patients for the tests of the decision: the packaged policy as default, and strategies for the whole input space."""

from dataclasses import replace

from hypothesis import strategies as st

from spoils import decision
from spoils.anatomy import DISCS, GRADE_CLASSES
from spoils.decision import Answers, load_policy
from spoils.findings import Deficit, Pathway, RedFlag, Treatment

ODI_VALUES = (12, 32, 52, 72, 92, None)
"""One for each band, and none."""
NRS_VALUES = (0, 2, 5, 8, None)


POLICY = load_policy()


def clinical_of(given, policy=POLICY):
    return decision.clinical_of(given, policy)


def triage(classes, patient, policy=POLICY, **more):
    return decision.triage(classes, patient, policy=policy, **more)


def score_odi(percent):
    return decision.score_odi(percent, POLICY)


def score_odi_items(items):
    return decision.score_odi_items(items, POLICY)


def score_nrs(score):
    return decision.score_nrs(score, POLICY)


def clinical(odi=None, nrs=None, **answers):
    return clinical_of(Answers(odi_percent=odi, nrs=nrs, **answers))


def urgency(recommendation):
    """A red flag is above all pathways."""
    return len(Pathway) if recommendation.urgent else load_policy().urgency_of(recommendation.pathway)


levels = st.sampled_from(DISCS)
grade_classes = st.sampled_from(GRADE_CLASSES)
spines = st.dictionaries(levels, grade_classes, min_size=1)
odis = st.none() | st.integers(0, 100)
pains = st.none() | st.integers(0, 10)

answers = st.builds(
    Answers,
    odi_percent=odis,
    nrs=pains,
    deficit=st.sampled_from([None, *Deficit]),
    duration_weeks=st.none() | st.floats(0, 200),
    failed=st.lists(st.sampled_from(Treatment), unique=True),
    refractory=st.booleans(),
)
"""Everything but red flags."""

flagged_answers = st.tuples(
    answers.filter(lambda given: given.deficit in {None, Deficit.PROGRESSIVE}),
    st.lists(st.sampled_from(RedFlag), min_size=1, unique=True),
).map(lambda both: replace(both[0], red_flags=both[1]))


@st.composite
def doubtful_spines(draw):
    """Classes, and for some of the discs the classes that can't be ruled out."""
    classes = draw(spines)
    doubtful = draw(st.lists(st.sampled_from(sorted(classes)), unique=True))
    sets = st.lists(grade_classes, unique=True, max_size=4)
    return classes, {level: draw(sets) for level in doubtful}
