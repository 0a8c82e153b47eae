"""Who was imaged, what was assessed, and what the patient reports."""

from __future__ import annotations

from spoils.findings import Assessment, Clinical, NrsScore, Person, Study
from spoils.messages import Phrases
from spoils.report.content.parts import Fact, Facts
from spoils.report.words import deficit_words, red_flag_words, treatment_words

__all__ = ["complaint", "subject", "what", "who"]


def subject(person: Person | None, study: Study, phrases: Phrases) -> str:
    """Return patient and study in one line, for the head of every page; empty where neither is known."""
    known = [person.name, person.patient_id] if person else []
    known += [phrases.day(study.acquired)] if study.acquired else []
    return " · ".join(part for part in known if part)


def who(person: Person | None, study: Study, phrases: Phrases) -> Facts:
    """Return what is known of the patient; names and numbers are left out where no ``person`` is given."""
    facts = [] if person is None else _identity(person, phrases)
    sexes = {"F": phrases.say("female"), "M": phrases.say("male")}
    not_given = phrases.say("not given")
    age = not_given if study.age_years is None else phrases.say("{years} years", years=study.age_years)
    facts += [
        Fact(phrases.say("Sex"), sexes[study.sex] if study.sex else not_given),
        Fact(phrases.say("Age"), age),
        Fact(phrases.say("Date of study"), phrases.day(study.acquired) if study.acquired else not_given),
    ]
    return Facts(phrases.say("Patient"), tuple(facts))


def _identity(person: Person, phrases: Phrases) -> list[Fact]:
    born = phrases.day(person.born) if person.born else ""
    named = (
        (phrases.say("Name"), person.name),
        (phrases.say("Patient ID"), person.patient_id),
        (phrases.say("Born"), born),
        (phrases.say("Accession"), person.accession),
    )
    return [Fact(term, text) for term, text in named if text]


def what(assessment: Assessment, phrases: Phrases) -> Facts:
    """Return what kind of image and which slice was graded, and when."""
    study = assessment.study
    apart_mm, row_mm, column_mm = study.spacing_mm
    created = assessment.created
    slices = phrases.say(
        "{count}; graded on slice {number}, counted from the patient's right",
        count=study.slices,
        number=study.mid_slice + 1,
    )
    spacing = phrases.say(
        "{row} x {column} mm in the slice, {apart} mm between slices",
        row=phrases.number(row_mm, 2),
        column=phrases.number(column_mm, 2),
        apart=phrases.number(apart_mm, 1),
    )
    return Facts(
        phrases.say("What was assessed"),
        (
            Fact(phrases.say("Modality"), study.modality),
            Fact(phrases.say("Slices"), slices),
            Fact(phrases.say("Spacing"), spacing),
            Fact(phrases.say("Assessed"), f"{phrases.day(created.date())}, {created:%H:%M %Z}".strip()),
        ),
    )


def complaint(clinical: Clinical, phrases: Phrases) -> Facts:
    """Return scores, red flags, deficit and history; what was not asked for is left out beside the scores."""
    facts = [Fact("ODI", _odi(clinical, phrases)), Fact(phrases.say("Pain (NRS)"), _nrs(clinical.nrs, phrases))]
    apart = ((phrases.say("in the back"), clinical.nrs_back), (phrases.say("in the leg"), clinical.nrs_leg))
    facts += [Fact(term, _nrs(score, phrases)) for term, score in apart if score]
    if clinical.red_flags:
        flags = ", ".join(red_flag_words(flag, phrases) for flag in clinical.red_flags)
        facts.append(Fact(phrases.say("Red flags"), flags))
    if clinical.deficit is not None:
        facts.append(Fact(phrases.say("Neurological deficit"), deficit_words(clinical.deficit, phrases)))
    if clinical.duration_weeks is not None:
        weeks = phrases.say("{weeks} weeks", weeks=_short(clinical.duration_weeks, phrases))
        facts.append(Fact(phrases.say("Duration"), weeks))
    if clinical.failed:
        tried = ", ".join(treatment_words(treatment, phrases) for treatment in clinical.failed)
        facts.append(Fact(phrases.say("Tried in vain"), tried))
    return Facts(phrases.say("What the patient reports"), tuple(facts))


def _odi(clinical: Clinical, phrases: Phrases) -> str:
    odi = clinical.odi
    if odi is None:
        return phrases.say("not given")
    told = f"{_short(odi.percent, phrases)} %, {phrases.say(odi.band)}"
    if odi.answered is None:
        return told
    return f"{told} ({phrases.say('{count} of 10 sections', count=odi.answered)})"


def _nrs(nrs: NrsScore | None, phrases: Phrases) -> str:
    if nrs is None:
        return phrases.say("not given")
    return f"{phrases.say('{score} of 10', score=_short(nrs.score, phrases))}, {phrases.say(nrs.band)}"


def _short(score: float, phrases: Phrases) -> str:
    """Write a score with at most one decimal."""
    return phrases.number(score, 0 if abs(score - round(score)) < 0.05 else 1)
