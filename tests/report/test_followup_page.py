import json
import re
import subprocess
from html.parser import HTMLParser

import pytest

from spoils.anatomy import DISCS
from spoils.findings import RESEARCH_USE
from spoils.followup import FollowUp, compare
from spoils.messages import Language, translator_for
from spoils.report.followup_page import follow_up_html, follow_up_json

from ..followup.builders import advice, assessment, bodies, clinical, disc
from ..programs import program

LEVEL = DISCS[4]
WORN = {"height_mean_mm": 5.0, "height_index": 0.2, "volume_mm3": 6000.0, "signal_csf_ratio": 0.1}


def follow_up():
    visits = [
        assessment(1),
        assessment(2, clinical=clinical(odi=35)),
        assessment(3, [disc(LEVEL, "4M", **WORN)], clinical=clinical(odi=48, nrs=7), recommendation=None),
    ]
    return compare(visits)


class Page(HTMLParser):
    """The words of a page, without its style."""

    def __init__(self, markup):
        super().__init__()
        self.words, self.inside = [], []
        self.rows = 0
        self.feed(markup)

    def handle_starttag(self, tag, attrs):
        self.rows += tag == "tr"
        if tag == "style":
            self.inside.append(tag)

    def handle_endtag(self, tag):
        if self.inside and tag == self.inside[-1]:
            self.inside.pop()

    def handle_data(self, data):
        if not self.inside and data.strip():
            self.words.append(" ".join(data.split()))


@pytest.fixture(scope="module", params=Language)
def written(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("follow_up") / "follow-up.html"
    path.write_bytes(follow_up_html(follow_up(), request.param))
    return request.param, path


def test_the_page_says_what_the_comparison_says(written):
    language, path = written
    found, translator = follow_up(), translator_for(language)
    words = Page(path.read_text()).words
    assert translator.gettext(RESEARCH_USE) in words
    assert {translator.render(sentence) for sentence in found.summary_wording} <= set(words)
    assert {translator.render(note.wording) for note in found.notes} <= set(words)
    judged = [change for one in found.discs for change in one.changes if change.verdict == "worse"]
    assert len(judged) == 5
    assert {translator.render(change.reason_wording) for change in judged} <= set(words)
    assert set(DISCS) <= set(words)


def test_every_item_has_a_row(written):
    _, path = written
    heads, visits, scores, items = 3, 3, 2, 7 * len(DISCS)
    assert Page(path.read_text()).rows == heads + visits + scores + items


def test_the_page_needs_nothing_but_itself(written):
    markup = written[1].read_text()
    assert not re.search(r"https?:|url\(|@import|<script", markup)
    assert "default-src 'none'" in markup


@pytest.mark.peers
def test_it_prints_on_two_pages(written, tmp_path):
    pdf = tmp_path / "follow_up.pdf"
    command = [
        program("chromium"),
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-pdf-header-footer",
        f"--print-to-pdf={pdf}",
    ]
    subprocess.run([*command, written[1].as_uri()], check=True, capture_output=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf.read_bytes())) == 2


def test_english_figures(tmp_path):
    path = tmp_path / "follow-up.html"
    path.write_bytes(follow_up_html(follow_up()))
    words = Page(path.read_text()).words
    assert "30 \N{RIGHTWARDS ARROW} 35 \N{RIGHTWARDS ARROW} 48" in words
    assert "5 \N{RIGHTWARDS ARROW} \N{EN DASH} \N{RIGHTWARDS ARROW} 7" in words
    assert "\N{MINUS SIGN}4.0" in words
    assert "Volume (cm\N{SUPERSCRIPT THREE})" in words
    assert "June 1, 2021" in words


def test_a_follow_up_without_scores_or_discs_has_a_page_too(tmp_path):
    nothing = {"discs": [], "canal": [], "recommendation": None, "clinical": clinical()}
    path = tmp_path / "follow-up.html"
    path.write_bytes(follow_up_html(compare([assessment(1, **nothing), assessment(2, **nothing)])))
    assert "Nothing can be compared." in Page(path.read_text()).words


def test_an_urgent_suggestion_says_so(tmp_path):
    urgent = advice().model_copy(update={"urgent": True})
    path = tmp_path / "follow-up.html"
    path.write_bytes(follow_up_html(compare([assessment(1), assessment(2, recommendation=urgent)])))
    assert "Conservative treatment (urgent)" in Page(path.read_text()).words


def test_the_document_is_the_comparison(tmp_path):
    found = follow_up()
    (tmp_path / "follow-up.json").write_bytes(follow_up_json(found))
    assert FollowUp.model_validate(json.loads((tmp_path / "follow-up.json").read_text())) == found


@pytest.mark.parametrize("language", Language)
def test_the_page_begins_with_what_questions_the_patient(tmp_path, language):
    found, path = compare([assessment(1), assessment(2, vertebrae=bodies(40.0))]), tmp_path / "follow-up.html"
    path.write_bytes(follow_up_html(found, language))
    words, render = Page(path.read_text()).words, translator_for(language).render
    [warning] = found.warnings
    assert words.count(render(warning.wording)) == 1
    assert words.index(render(warning.wording)) < words.index(render(found.summary_wording[0]))
