"""Words of DICOM descriptions, brought to the terms that recognition looks for.

Vendors and sites join words differently (``T2W_TSE``, ``t2tse``, ``SAG-T2``, ``L-SPINE``). Each text therefore gives
its plain words, and one canonical term for every pattern that occurs in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

__all__ = ["words_of"]

_SINGLE_SHOT: Final = r"haste|ssfse|ss[-_ ]?tse|ss[-_ ]?fse|(?<![a-z])ssh|single[-_ ]?shot|(?<![a-z])h2d1"
_PATTERNS: Final = tuple(
    (term, re.compile(pattern))
    for term, pattern in (
        # Weighting. T10 to T12 are vertebrae.
        ("t1", r"t1(?!\d)"),
        ("t2", r"t2(?!\d)"),
        ("pd", r"(?<![a-z])pd(?=[^a-z]|$|w|fs|tse|fse|t2)|proton"),
        # Sequence
        ("inversion", r"stir|tirm|flair|(?<![a-z])t?ir(?![a-z])|(?<![a-z])tir2d"),
        ("gradient", r"(?<![a-z])(medic|merge|swi|gre|ffe|flash|fisp|trufi|truefisp|trufisp|ciss|fiesta|spgr|vibe)"
         r"(?![a-z])|t2[-_ ]?(\*|star)"),
        ("echo-planar", r"(?<![a-z])(epi|ep2d|ep_|dwi|dti|dwibs|resolve|tracew|adc|eadc)(?![a-z])|diffusion"
         r"|(?<![a-z])diff(?![a-z])|(?<![a-z])b[-_ ]?=?\d{3,4}(?!\d)"),
        ("single-shot", _SINGLE_SHOT),
        ("survey", r"locali[sz]er|(?<![a-z])loc(?![a-z])|scout|survey|3[-_ ]?plane|surview"),
        # Kind of image
        ("opposed", r"(?<![a-z])opp(?![a-z])|oppos(ed|ing)|out[-_ ]?(of[-_ ]?)?phase|(?<![a-z])oop(?![a-z])"),
        ("fraction", r"fat[-_ ]?fraction|(?<![a-z])(pd)?ff(?![a-z])|water[-_ ]?fraction"),
        ("map", r"(?<![a-z])maps?(?![a-z])|t[12][-_ ]?maps?|r2[-_ ]?(\*|star)|parametric"),
        ("phase", r"(?<![a-z])pha(se)?[-_ ]?(image|map)?s?$|phase[-_ ]?(image|map)"),
        ("reformat", r"(?<![a-z])mpr(?![a-z])|reformat|curved"),
        ("projection", r"(?<![a-z])(mip|minip)(?![a-z])"),
        ("screen", r"screen[-_ ]?(save|shot|capture)"),
        ("fat-suppressed", r"(?<![a-z])(t[12]w?|pdw?|tse|fse)?(fs|fatsat|fat[-_ ]sat|spair|spir|fatsup|chess)(?![a-z])"
         r"|fat[-_ ]?(sat|sup)|(?<![a-z])water(?![a-z])"),
        # Region
        ("lumbar", r"(?<![a-z])(t?l|ls|lumbar|lumbo)[-_ ]?(spine|sp|ws)(?![a-z])|lumb[ao]|lws"),
        ("other-region", r"(?<![a-z])(c|t|h|b|d)[-_ ]?(spine|sp|ws)(?![a-z])|cervi|thorac|dorsal|brain|(?<![a-z])head"
         r"|knee|pelvis|hip(?![a-z])|shoulder"),
    )
)  # fmt: skip


def words_of(texts: Iterable[str]) -> frozenset[str]:
    """Return the lower-case words of descriptions, and the canonical terms of what they say.

    >>> sorted(words_of(["T2W_TSE L-SPINE"]) & {"t1", "t2", "lumbar", "other-region"})
    ['lumbar', 't2']
    """
    found: set[str] = set()
    for text in texts:
        lower = text.lower()
        found.update(re.findall(r"[a-z0-9]+", lower))
        found.update(term for term, pattern in _PATTERNS if pattern.search(lower))
    return frozenset(found)
