"""Facts on the patient, on the assessed image, and on what the patient reports."""

from __future__ import annotations

from spoils.findings import Assessment, Clinical, NrsScore, Person, Study
from spoils.messages import Translator
from spoils.report.content.parts import Fact, Facts
from spoils.report.words import deficit_words, red_flag_words, treatment_words

__all__ = ["complaint", "graded_slice", "subject", "what", "who"]


def subject(person: Person | None, study: Study, translator: Translator) -> str:
    """Return patient and study in one line, for the header of every page; empty if neither is known."""
    known = [person.name, person.patient_id] if person else []
    known += [translator.day(study.acquired)] if study.acquired else []
    return " · ".join(part for part in known if part)


def who(person: Person | None, study: Study, translator: Translator) -> Facts:
    """Return the known facts on the patient. Names and ids are left out if there is no ``person``."""
    facts = [] if person is None else _identity(person, translator)
    sexes = {"F": translator.gettext("female"), "M": translator.gettext("male")}
    not_given = translator.gettext("not given")
    known = [sexes[study.sex]] if study.sex else []
    known += [] if study.age_years is None else [translator.gettext("{years} years", years=study.age_years)]
    facts += [
        Fact(translator.gettext("Sex and age"), ", ".join(known) or not_given),
        Fact(translator.gettext("Date of study"), translator.day(study.acquired) if study.acquired else not_given),
    ]
    return Facts(translator.gettext("Patient"), tuple(facts))


def _identity(person: Person, translator: Translator) -> list[Fact]:
    born = translator.day(person.born) if person.born else ""
    named = (
        (translator.gettext("Name"), person.name),
        (translator.gettext("Patient ID"), person.patient_id),
        (translator.gettext("Born"), born),
        (translator.gettext("Accession"), person.accession),
    )
    return [Fact(term, text) for term, text in named if text]


def what(assessment: Assessment, translator: Translator) -> Facts:
    """Return the kind of image, the graded slice, and the time of the assessment."""
    study, created = assessment.study, assessment.created
    return Facts(
        translator.gettext("What was assessed"),
        (
            Fact(translator.gettext("Modality"), study.modality),
            Fact(translator.gettext("Graded slice"), graded_slice(study, translator)),
            Fact(translator.gettext("Spacing"), _spacing(study, translator)),
            Fact(translator.gettext("Assessed"), f"{translator.day(created.date())}, {created:%H:%M %Z}".strip()),
        ),
    )


def graded_slice(study: Study, translator: Translator) -> str:
    """Return the number of the graded slice, as counted by this program and by the image archive."""
    if study.slices == 1:
        words = translator.gettext("the only one")
    else:
        words = translator.gettext(
            "{number} of {count} from the patient's right", number=study.mid_slice + 1, count=study.slices
        )
    if study.instance_number is None:
        return words
    return translator.gettext("{slice}; DICOM image {instance}", slice=words, instance=study.instance_number)


def _spacing(study: Study, translator: Translator) -> str:
    """Return the pixel spacing, with the distance of slices if there are several."""
    apart_mm, row_mm, column_mm = study.spacing_mm
    row, column = translator.number(row_mm, 2), translator.number(column_mm, 2)
    if study.slices == 1:
        return translator.gettext("{row} x {column} mm in the slice", row=row, column=column)
    return translator.gettext(
        "{row} x {column} mm in the slice, {apart} mm between slices",
        row=row,
        column=column,
        apart=translator.number(apart_mm, 1),
    )


def complaint(clinical: Clinical, translator: Translator) -> Facts:
    """Return scores, red flags, deficit and history. Except for the scores, items that were not given are left out."""
    facts = [
        Fact("ODI", _odi(clinical, translator)),
        Fact(translator.gettext("Pain (NRS)"), _nrs(clinical.nrs, translator)),
    ]
    apart = (
        (translator.gettext("in the back"), clinical.nrs_back),
        (translator.gettext("in the leg"), clinical.nrs_leg),
    )
    facts += [Fact(term, _nrs(score, translator)) for term, score in apart if score]
    if clinical.red_flags:
        flags = ", ".join(red_flag_words(flag, translator) for flag in clinical.red_flags)
        facts.append(Fact(translator.gettext("Red flags"), flags))
    if clinical.deficit is not None:
        facts.append(Fact(translator.gettext("Neurological deficit"), deficit_words(clinical.deficit, translator)))
    if clinical.duration_weeks is not None:
        weeks = translator.gettext("{weeks} weeks", weeks=_short(clinical.duration_weeks, translator))
        facts.append(Fact(translator.gettext("Duration"), weeks))
    if clinical.failed:
        tried = ", ".join(treatment_words(treatment, translator) for treatment in clinical.failed)
        facts.append(Fact(translator.gettext("Treatments without success"), tried))
    return Facts(translator.gettext("What the patient reports"), tuple(facts))


def _odi(clinical: Clinical, translator: Translator) -> str:
    odi = clinical.odi
    if odi is None:
        return translator.gettext("not given")
    score = f"{_short(odi.percent, translator)} %, {translator.gettext(odi.band)}"
    if odi.answered is None:
        return score
    return f"{score} ({translator.gettext('{count} of 10 sections', count=odi.answered)})"


def _nrs(nrs: NrsScore | None, translator: Translator) -> str:
    if nrs is None:
        return translator.gettext("not given")
    return f"{translator.gettext('{score} of 10', score=_short(nrs.score, translator))}, {translator.gettext(nrs.band)}"


def _short(score: float, translator: Translator) -> str:
    """Format a score with at most one decimal."""
    return translator.number(score, 0 if abs(score - round(score)) < 0.05 else 1)
