import re
from html.parser import HTMLParser

import pytest

from spoils.anatomy import BODIES, DISCS
from spoils.findings import RESEARCH_USE, Clinical, Flag, Pathway, Quality
from spoils.report import DiscPictures, write_html
from spoils.report.palette import AGAINST, FOR
from spoils.report.words import PATHWAY_WORDS

from .builders import (
    CONTRIBUTIONS,
    LABELS,
    NO_NEIGHBOUR,
    assessment,
    graded_disc,
    recommendation,
    ungraded_disc,
    unusable_assessment,
)

PNG = b"\x89PNG not really"
PICTURES = dict.fromkeys(DISCS, DiscPictures(PNG, PNG))
VOID = {"img", "meta", "path", "rect"}


class Page(HTMLParser):
    """What a browser would meet: text, tags with attributes, and tags left open."""

    def __init__(self, markup):
        super().__init__()
        self.markup, self.text, self.tags, self.open = markup, "", [], []
        self.feed(markup)
        self.text = re.sub(r"\s+", " ", self.text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.text += data

    def attributes(self, name):
        return [attrs[name] for _, attrs in self.tags if name in attrs]


@pytest.fixture
def render(tmp_path):
    def write(result, overlay=PNG, pictures=None):
        path = tmp_path / "report.html"
        write_html(result, overlay, pictures or {}, path)
        return Page(path.read_text(encoding="utf-8"))

    return write


def test_the_page_needs_nothing_but_itself(render):
    page = render(assessment(), pictures=PICTURES)
    addresses = page.attributes("src") + page.attributes("href")
    assert len(page.attributes("src")) == 1 + 2 * len(DISCS)
    assert all(address.startswith(("data:image/png;base64,", "#")) for address in addresses)
    assert not re.search(r"https?:|url\(|@import", page.markup)
    assert not {"script", "link", "iframe", "object"} & {tag for tag, _ in page.tags}


def test_the_page_is_well_formed_and_its_links_lead_somewhere(render):
    page = render(assessment())
    assert page.open == []
    ids = page.attributes("id")
    assert len(ids) == len(set(ids))
    assert {link.removeprefix("#") for link in page.attributes("href")} <= set(ids)
    assert set(page.attributes("aria-labelledby")) <= set(ids)


def test_every_picture_is_described(render):
    page = render(assessment(), pictures=PICTURES)
    described = [attrs.get("alt") or attrs.get("aria-label") for tag, attrs in page.tags if tag in {"img", "svg"}]
    assert len(described) == 1 + 4 * len(DISCS)
    assert all(described)


def test_the_page_says_what_it_is_and_what_was_found(render):
    page = render(assessment())
    assert RESEARCH_USE in page.text
    for level in (*DISCS, *BODIES):
        assert level in page.text
    for label in LABELS.values():
        assert label in page.text
    assert PATHWAY_WORDS[Pathway.SURGICAL_CONSULTATION] in page.text
    assert all(reason in page.text for reason in recommendation().rationale + recommendation().alternatives)
    assert "44 %, severe (10 of 10 sections)" in page.text
    assert "a1" * 32 in page.text
    assert "2026-03-02 09:41 UTC" in page.text


def test_what_could_not_be_measured_is_a_dash_with_its_reason(render):
    page = render(assessment())
    assert NO_NEIGHBOUR.not_measured in page.attributes("title")
    assert f"Not measured: {NO_NEIGHBOUR.not_measured}" in page.text
    assert not re.search(r"\b(nan|None|null)\b", page.text)


def test_an_unusable_input_shows_the_reason_and_no_pathway(render):
    page = render(unusable_assessment("Only two lumbar bodies were found."), overlay=None)
    assert "Nothing is suggested, because Only two lumbar bodies were found." in page.text
    assert not any(words in page.text for words in PATHWAY_WORDS.values())
    assert page.attributes("src") == []


def test_ungraded_discs_say_why_and_leave_nothing_to_suggest(render):
    page = render(assessment(discs=[ungraded_disc(level) for level in DISCS], recommendation=None))
    assert "Nothing is suggested, because No disc could be graded." in page.text
    assert page.text.count("The disc lies partly outside the image.") == 2 * len(DISCS)


def test_missing_scores_are_named_as_missing(render):
    assert render(assessment(clinical=Clinical(odi=None, nrs=None))).text.count("not given") == 2


def test_hostile_words_stay_words(render):
    hostile = '<script>alert(\'x\')</script><img src="http" onerror="x">'
    advice = recommendation().model_copy(update={"rationale": [hostile], "alternatives": [hostile]})
    result = assessment(
        quality=Quality(usable=True, flags=[Flag(code="hostile", message=hostile)]),
        discs=[ungraded_disc(DISCS[0], hostile)],
        study=assessment().study.model_copy(update={"source": hostile, "series_uid": hostile, "modality": hostile}),
        recommendation=advice,
    )
    page = render(result, overlay=None)
    assert page.text.count(hostile) == 8
    assert not {"script", "img"} & {tag for tag, _ in page.tags}


def test_every_pathway_has_words():
    assert set(PATHWAY_WORDS) == set(Pathway)


def test_every_grade_is_explained(render):
    page = render(assessment())
    for disc in assessment().discs:
        if disc.explanation is not None:
            assert disc.explanation in page.text


def test_what_the_measurements_add_is_drawn_for_every_grade(render):
    page = render(assessment())
    described = [text for text in page.attributes("aria-label") if text.startswith("What speaks for grade")]
    assert len(described) == len(DISCS)
    assert all("signal +1.2, height +0.3, shape -0.3" in text for text in described)


def test_a_bar_lies_on_its_side_and_keeps_to_its_room(render):
    page = render(assessment(discs=[graded_disc(DISCS[0], 0)]))
    drawn = [attrs for tag, attrs in page.tags if tag == "rect" and attrs["height"] == "7"]
    bars = dict(zip(CONTRIBUTIONS, drawn, strict=True))
    left, width = ({kind: float(bar[name]) for kind, bar in bars.items()} for name in ("x", "width"))
    assert bars["signal"]["fill"] == FOR
    assert bars["shape"]["fill"] == AGAINST
    assert left["shape"] + width["shape"] == pytest.approx(left["signal"])
    assert width["signal"] / width["texture"] == pytest.approx(CONTRIBUTIONS["signal"] / CONTRIBUTIONS["texture"])
    assert left["neighbours"] + width["neighbours"] <= 124


def test_severity_shows_its_reasons(render):
    text = render(assessment()).text
    assert text.count("Severity: narrowing 0.93 (1 point); endplate change 0.61 (1 point).") == len(DISCS)


def test_what_is_not_known_is_not_explained(render):
    plain = [
        disc.model_copy(update={"contributions": {}, "severity": disc.severity.model_copy(update={"reasons": []})})
        for disc in assessment().discs
    ]
    text = render(assessment(discs=plain), pictures=dict.fromkeys(DISCS, DiscPictures(PNG))).text
    assert "Upright bars" in text
    assert not any(words in text for words in ("Severity:", "Bars across", "Colours:"))
