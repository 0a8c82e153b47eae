"""The child process: what it does, and what ends it."""

import threading

import pytest

from spoils.service.assessor import Assessor, AssessorFailed, AssessorJob, Cancelled, Stopping
from spoils.service.assessor.protocol import INPUT, OUTPUT

pytestmark = pytest.mark.slow
GIB = 1024**3


@pytest.fixture(scope="module")
def assessor():
    opened = Assessor(job_seconds=300, memory_bytes=8 * GIB)
    yield opened
    opened.close()


@pytest.fixture
def job_of(tmp_path):
    def _job_of(content, **options):
        (tmp_path / INPUT).mkdir()
        if isinstance(content, bytes):
            (tmp_path / INPUT / "0.dcm").write_bytes(content)
        else:
            for path in content.rglob("*.dcm"):
                (tmp_path / INPUT / "-".join(path.relative_to(content).parts)).write_bytes(path.read_bytes())
        return AssessorJob(folder=tmp_path, key="1", **options)

    return _job_of


def no(*_):
    return False


def test_a_study_becomes_documents_and_is_corrected(assessor, job_of, phantom_study, tmp_path):
    job, stages = job_of(phantom_study, options={"odi": 44.0}), []
    found = assessor.run(job, lambda stage, share: stages.append((stage, share)), no)
    assert (tmp_path / OUTPUT / "report.pdf").read_bytes().startswith(b"%PDF")
    assert found.identity.id
    assert [share for _, share in stages] == sorted(share for _, share in stages)
    (tmp_path / OUTPUT).rename(tmp_path / "first")
    by = {"by": "jane", "at": "2026-03-04T00:00:00Z"}
    wanted = [{"kind": "grade", "level": "L4-L5", "grade": 5, **by}]
    assessor.run(job.model_copy(update={"key": "2", "parent": "1", "corrections": wanted}), no, no)
    assert b'"by": "jane"' in (tmp_path / OUTPUT / "assessment.json").read_bytes()


def test_a_broken_file_fails_in_a_sentence(assessor, job_of):
    with pytest.raises(AssessorFailed) as caught:
        assessor.run(job_of(b"DICM" * 100), no, no)
    assert (caught.value.failure.kind, caught.value.may_retry) == ("unreadable", False)
    assert str(caught.value).endswith(".")


def test_a_cancelled_job_ends(assessor, job_of, phantom_study):
    with pytest.raises(Cancelled):
        assessor.run(job_of(phantom_study), no, lambda: True)


def test_a_job_that_takes_too_long_is_ended(job_of, phantom_study):
    hasty = Assessor(job_seconds=0.01, memory_bytes=8 * GIB)
    with pytest.raises(AssessorFailed, match="took longer"):
        hasty.run(job_of(phantom_study), no, no)
    hasty.close()


def test_a_closed_assessor_gives_the_job_back(job_of, phantom_study):
    closing = Assessor(job_seconds=300, memory_bytes=8 * GIB)
    with pytest.raises(Stopping):
        closing.run(job_of(phantom_study), lambda *_: threading.Thread(target=closing.close).start(), no)
