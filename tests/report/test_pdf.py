import re
import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from time import process_time

import pytest
from reportlab import rl_config
from reportlab.pdfbase import pdfmetrics

from spoils.anatomy import BODIES, DISCS
from spoils.findings import RESEARCH_USE, Clinical
from spoils.messages import Language
from spoils.report import DiscPictures, ReportPictures, report_content, report_html, report_pdf

from ..programs import program
from .builders import PERSON, assessment, full_assessment, pictures, png, ungraded_disc, unusable_assessment

UNGRADED = assessment(discs=[ungraded_disc(disc.level) for disc in assessment().discs], recommendation=None)
RESULTS = {
    "usual": assessment(),
    "full": full_assessment(),
    "ungraded": UNGRADED,
    "unusable": unusable_assessment(),
    "no-scores": assessment(clinical=Clinical(odi=None, nrs=None)),
}


def written(result, path, shown=None, person=PERSON):
    path.write_bytes(report_pdf(report_content(result, shown, person)))
    return path.read_bytes()


def page_count(pdf):
    return len(re.findall(rb"/Type /Page\b", pdf))


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("result", RESULTS.values(), ids=RESULTS)
def test_a_page_holds_what_belongs_together(result, language, tmp_path):
    shown = pictures() if result.discs else ReportPictures(png(64, 100), png(96, 100))
    assert page_count(written(result.model_copy(update={"language": language}), tmp_path / "a.pdf", shown)) == (
        3 if result.discs else 2
    )


def test_reasons_too_long_for_a_page_run_on(tmp_path):
    long = full_assessment()
    advice = long.recommendation.model_copy(update={"rationale": ["A reason that a site wrote at length. " * 9] * 30})
    assert page_count(written(full_assessment(recommendation=advice), tmp_path / "a.pdf", pictures())) == 4


@pytest.mark.parametrize("language", list(Language))
def test_equal_reports_give_equal_bytes_whatever_came_before(language, tmp_path):
    result = full_assessment(language=language)
    first = written(result, tmp_path / "a.pdf", pictures())
    written(assessment(language=language), tmp_path / "b.pdf")
    assert written(result, tmp_path / "c.pdf", pictures()) == first


def test_the_metadata_name_the_report_and_no_patient(tmp_path):
    pdf = written(assessment(), tmp_path / "a.pdf")
    assert b"Lumbar spine assessment" in pdf
    assert b"(SPOILS 0.1.0)" in pdf
    assert b"Muster" not in pdf


def test_the_pdf_is_dated_by_the_assessment(tmp_path):
    pdf = written(assessment(), tmp_path / "a.pdf")
    assert b"/CreationDate (D:20260302094100+00'00')" in pdf
    assert pdf.count(b"D:20260302094100") == 2
    assert b"D:2000" not in pdf


def test_the_pdf_is_tagged(tmp_path):
    pdf = written(assessment(), tmp_path / "a.pdf", pictures())
    assert re.search(rb"/MarkInfo \d+ 0 R", pdf)
    assert b"/Lang (en)" in pdf
    roles = Counter(re.findall(rb"/S /(\w+)", pdf))
    assert roles[b"H1"] == 1
    assert roles[b"Table"] == 3
    assert roles[b"TR"] == 1 + 2 * len(DISCS) + 1 + 1 + len(DISCS) + 1 + len(BODIES)
    assert roles[b"Figure"] == 3 + 4 * len(DISCS)
    assert pdf.count(b"/Alt ") == roles[b"Figure"]


def test_equal_reports_give_equal_bytes_in_threads():
    contents = [
        report_content(full_assessment(language=language), pictures(), PERSON)
        for language in (*Language, Language.HINDI)
    ]
    alone = [(report_pdf(content), report_html(content)) for content in contents]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda content: (report_pdf(content), report_html(content)), contents * 3))
    assert together == alone * 3


def test_no_switch_of_the_process_is_left_behind():
    before = dict(vars(rl_config)), dict(pdfmetrics._fonts)
    report_pdf(report_content(assessment()))
    assert (dict(vars(rl_config)), dict(pdfmetrics._fonts)) == before


def test_the_pdf_asks_for_nothing_from_outside(tmp_path):
    pdf = written(full_assessment(), tmp_path / "a.pdf", pictures())
    assert not re.search(rb"/URI|/Launch|/JavaScript|/EmbeddedFile", pdf)


@pytest.mark.peers
def test_the_words_can_be_read_back(tmp_path):
    written(assessment(), tmp_path / "a.pdf", pictures())
    told = subprocess.run(
        [program("pdftotext"), tmp_path / "a.pdf", "-"], check=True, capture_output=True, text=True
    ).stdout
    pages = told.split("\f")
    assert all(RESEARCH_USE in re.sub(r"\s+", " ", page) for page in pages[:3])
    assert "Surgical consultation" in pages[0]
    assert "Muster, Erika" in pages[0]
    assert "Muster, Erika" in pages[1]
    assert "Muster, Erika" in pages[2]


@pytest.mark.peers
@pytest.mark.parametrize("reasons", [["Verbose " * 60] * 60, ["Verbose " * 3600]], ids=["many", "one-long"])
def test_reasons_taller_than_a_page_are_printed_whole(reasons, tmp_path):
    advice = full_assessment().recommendation.model_copy(update={"rationale": reasons})
    written(full_assessment(recommendation=advice), tmp_path / "a.pdf", pictures())
    told = subprocess.run(
        [program("pdftotext"), tmp_path / "a.pdf", "-"], check=True, capture_output=True, text=True
    ).stdout
    assert told.split().count("Verbose") == 3600


@pytest.mark.parametrize("language", list(Language))
def test_both_reports_take_less_than_two_seconds(language, tmp_path):
    """Time of the processor, for the machine may be busy; the overlay is as large as usual."""
    shown = replace(
        pictures(),
        image=png(620, 984),
        marked=png(940, 984),
        discs=dict.fromkeys(DISCS, DiscPictures(png(300, 180), png(300, 180))),
    )
    began = process_time()
    report = report_content(full_assessment(language=language), shown, PERSON)
    (tmp_path / "a.html").write_bytes(report_html(report))
    (tmp_path / "a.pdf").write_bytes(report_pdf(report))
    assert process_time() - began < 2
