"""Progress of long commands: what is written, when, and how the remaining time is estimated."""

import io
import pickle

import pytest
from rich.console import Console

from spoils.cli.long_progress import LineProgress, RemainingTime, shown_long_progress


class Clock:
    """A clock that is set by hand."""

    def __init__(self):
        self.now_s = 100.0

    def __call__(self):
        return self.now_s


def reported(*steps):
    """Return the lines of reports (seconds, stage, share)."""
    clock, lines = Clock(), []
    progress = LineProgress(every_s=30, clock=clock, write=lines.append)
    for seconds, stage, done in steps:
        clock.now_s = 100.0 + seconds
        progress(stage, done)
    return lines


def test_the_first_report_is_written_at_once_and_then_one_every_half_minute():
    lines = reported((0, "reading", 0.0), (10, "fold 0", 0.1), (31, "fold 1", 0.25), (60, "fold 2", 0.5))
    assert lines == ["  0% reading; 0:00:00 elapsed", " 25% fold 1; 0:00:31 elapsed, about 0:01:33 left"]


def test_the_end_is_written_once():
    lines = reported((0, "reading", 0.0), (1, "done", 1.0), (2, "done", 1.0))
    assert lines == ["  0% reading; 0:00:00 elapsed", "100% done; 0:00:01 elapsed, about 0:00:00 left"]


def test_a_line_is_due_without_a_report():
    clock, lines = Clock(), []
    progress = LineProgress(every_s=30, clock=clock, write=lines.append)
    progress.write_if_due()
    clock.now_s += 30
    progress.write_if_due()
    assert lines == ["  0% starting; 0:00:00 elapsed", "  0% starting; 0:00:30 elapsed"]


def test_work_that_an_earlier_run_has_done_does_not_make_the_rest_seem_fast():
    remaining = RemainingTime(started_s=0.0)
    remaining.report(0.5, 0.1)
    assert remaining.seconds(0.1) is None
    remaining.report(0.75, 100.0)
    assert remaining.seconds(100.0) == pytest.approx(100.0)


def test_other_processes_can_report(capsys):
    copied = pickle.loads(pickle.dumps(LineProgress()))  # noqa: S301
    copied("step 1", 0.5)
    assert "50% step 1" in capsys.readouterr().err


def test_a_log_has_a_line_from_the_first_second(capsys):
    with shown_long_progress():
        pass
    assert "  0% starting; 0:00:00 elapsed" in capsys.readouterr().err


def test_a_terminal_shows_stage_and_times():
    target = io.StringIO()
    console = Console(file=target, force_terminal=True, width=120)
    with shown_long_progress(console=console) as progress:
        progress("fold 3, epoch 2", 0.25)
    assert "fold 3, epoch 2" in target.getvalue()
