import re
import subprocess
from html.parser import HTMLParser

import pytest

from spoils.anatomy import BODIES, DISCS
from spoils.findings import RESEARCH_USE, Clinical, Flag, Quality
from spoils.messages import Language
from spoils.report import ReportPictures, report_content, report_html

from ..programs import program
from .builders import (
    LABELS,
    NO_NEIGHBOUR,
    PERSON,
    assessment,
    full_assessment,
    pictures,
    png,
    recommendation,
    ungraded_disc,
    unusable_assessment,
)

OVERLAY = ReportPictures(marked=png())
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
    def write(result, shown=OVERLAY, person=None):
        path = tmp_path / "report.html"
        path.write_bytes(report_html(report_content(result, shown, person)))
        return Page(path.read_text(encoding="utf-8"))

    return write


def test_the_page_needs_nothing_but_itself(render):
    page = render(assessment(), pictures())
    addresses = page.attributes("src")
    assert len(addresses) == 3 + 2 * len(DISCS)
    assert all(address.startswith("data:image/png;base64,") for address in addresses)
    assert not re.search(r"https?:|url\(|@import|href", page.markup)
    assert not {"script", "link", "iframe", "object"} & {tag for tag, _ in page.tags}


def test_the_page_is_well_formed(render):
    assert render(full_assessment(), pictures()).open == []


def test_every_picture_is_described(render):
    page = render(assessment(), pictures())
    described = [attrs.get("alt") or attrs.get("aria-label") for tag, attrs in page.tags if tag in {"img", "svg"}]
    assert len(described) == 3 + 4 * len(DISCS)
    assert all(described)


def test_the_page_says_what_it_is_and_what_was_found(render):
    page = render(assessment(), person=PERSON)
    assert RESEARCH_USE in page.text
    for words in (*DISCS, *BODIES, *LABELS.values(), "Surgical consultation", "Muster, Erika", "4711-22"):
        assert words in page.text
    assert all(reason in page.text for reason in recommendation().rationale + recommendation().alternatives)
    assert "44 %, severe (10 of 10 sections)" in page.text
    assert "March 2, 2026, 09:41 UTC" in page.text


def test_the_page_speaks_one_language(render):
    page = render(assessment(language="de"))
    assert page.attributes("lang") == ["de"]
    assert "Befund der Lendenwirbelsäule" in page.text
    assert "0,31" in page.text


def test_what_could_not_be_measured_is_a_dash_with_its_reason(render):
    page = render(assessment())
    assert f"Not measured: {NO_NEIGHBOUR.not_measured}" in page.text
    assert not re.search(r"\b(nan|None|null)\b", page.text)


def test_hostile_words_stay_words(render):
    hostile = '<script>alert(\'x\')</script><img src="http" onerror="x">'
    result = assessment(
        quality=Quality(usable=True, flags=[Flag(code="hostile", message=hostile)]),
        discs=[ungraded_disc(DISCS[0], hostile)],
        study=assessment().study.model_copy(update={"source": hostile, "series_uid": hostile, "modality": hostile}),
        recommendation=recommendation().model_copy(update={"rationale": [hostile], "alternatives": [hostile]}),
    )
    page = render(result, ReportPictures(), PERSON.model_copy(update={"name": hostile}))
    assert page.text.count(hostile) == 11
    assert not {"script", "img"} & {tag for tag, _ in page.tags}


@pytest.mark.peers
@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize(
    "result",
    [assessment(), full_assessment(), unusable_assessment(), assessment(clinical=Clinical(odi=None, nrs=None))],
    ids=["usual", "full", "unusable", "no-scores"],
)
def test_a_browser_prints_whole_pages(result, language, tmp_path):
    page, printed = tmp_path / "report.html", tmp_path / "printed.pdf"
    shown = pictures() if result.discs else ReportPictures(png(64, 100), png(96, 100))
    page.write_bytes(report_html(report_content(result.model_copy(update={"language": language}), shown, PERSON)))
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer", f"--print-to-pdf={printed}"]
    subprocess.run([program("chromium"), *options, page.as_uri()], check=True, capture_output=True)
    assert len(re.findall(rb"/Type /Page\b", printed.read_bytes())) == (3 if result.discs else 2)


@pytest.mark.peers
@pytest.mark.parametrize("language", list(Language))
def test_nothing_is_wider_than_a_phone(language, tmp_path):
    page = tmp_path / "report.html"
    content = report_content(full_assessment(language=language), pictures(), PERSON)
    markup = report_html(content).decode().replace("<head>", "<head><base target='_self'>")
    root = "document.documentElement"
    probe = f"<script>document.title = {root}.scrollWidth - {root}.clientWidth + ' too wide';</script>"
    page.write_text(re.sub(r"<meta http-equiv=[^>]*>", "", markup).replace("</body>", f"{probe}</body>"))
    frame = tmp_path / "phone.html"
    frame.write_text(
        "<iframe src='report.html' width='390' height='800' onload=\"document.title = contentDocument.title\"></iframe>"
    )
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files", "--dump-dom"]
    shown = subprocess.run([program("chromium"), *options, frame.as_uri()], check=True, capture_output=True, text=True)
    assert "<title>0 too wide</title>" in shown.stdout
