"""What pathways, red flags and treatments are called, as messages."""

from __future__ import annotations

from spoils.findings.advice import Pathway
from spoils.findings.clinical import RedFlag, Treatment
from spoils.messages import Message, message

__all__ = ["pathway_name", "pathway_title", "red_flag_name", "treatment_name"]


def pathway_name(pathway: Pathway) -> Message:
    """Return the name of a pathway as it stands within a sentence.

    >>> str(pathway_name(Pathway.CLINICAL_REVIEW))
    'clinical review'
    """
    match pathway:
        case Pathway.SURGICAL_CONSULTATION:
            return message("pathway-surgical-consultation")
        case Pathway.INTERVENTIONAL_PAIN_MANAGEMENT:
            return message("pathway-interventional-pain-management")
        case Pathway.CONSERVATIVE:
            return message("pathway-conservative")
        case Pathway.CLINICAL_REVIEW:
            return message("pathway-clinical-review")


def pathway_title(pathway: Pathway) -> Message:
    """Return the name of a pathway as it stands alone or at the start of a sentence.

    >>> str(pathway_title(Pathway.CLINICAL_REVIEW))
    'Clinical review'
    """
    match pathway:
        case Pathway.SURGICAL_CONSULTATION:
            return message("pathway-title-surgical-consultation")
        case Pathway.INTERVENTIONAL_PAIN_MANAGEMENT:
            return message("pathway-title-interventional-pain-management")
        case Pathway.CONSERVATIVE:
            return message("pathway-title-conservative")
        case Pathway.CLINICAL_REVIEW:
            return message("pathway-title-clinical-review")


def red_flag_name(flag: RedFlag) -> Message:
    """Return the name of a red flag.

    >>> str(red_flag_name(RedFlag.CAUDA_EQUINA))
    'signs of cauda equina compression'
    """
    match flag:
        case RedFlag.CAUDA_EQUINA:
            return message("red-flag-cauda-equina")
        case RedFlag.FRACTURE:
            return message("red-flag-fracture")
        case RedFlag.INFECTION:
            return message("red-flag-infection")
        case RedFlag.TUMOUR:
            return message("red-flag-tumour")
        case RedFlag.PROGRESSIVE_DEFICIT:
            return message("red-flag-progressive-deficit")


def treatment_name(treatment: Treatment) -> Message:
    """Return the name of a treatment.

    >>> str(treatment_name(Treatment.DRUGS))
    'drugs'
    """
    match treatment:
        case Treatment.DRUGS:
            return message("treatment-drugs")
        case Treatment.PHYSIOTHERAPY:
            return message("treatment-physiotherapy")
        case Treatment.INJECTION:
            return message("treatment-injection")
        case Treatment.SURGERY:
            return message("treatment-surgery")
