"""The worked example of docs/python.md runs as it stands, from top to bottom."""

import re
from pathlib import Path

import spoils

PAGE = Path(__file__).parents[2] / "docs" / "python.md"


def test_the_example_of_the_page_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    names = {}
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), names)  # noqa: S102 - the page is what is tested
    assert (tmp_path / "out" / "report.pdf").read_bytes() == names["pdf"]
    assert len(names["heights"]) == 6
    labels = [[disc.label for disc in one.discs] for one in (names["result"], *names["results"], names["from_array"])]
    assert labels == [labels[0]] * 4
    assert names["corrected"].discs[4].label[0] == "4"
    assert names["advice"].pathway is spoils.Pathway.SURGICAL_CONSULTATION
    assert "no such file or folder" in capsys.readouterr().out


def test_every_public_function_is_on_the_page():
    text = PAGE.read_text(encoding="utf-8")
    missing = [name for name in spoils.__all__ if name.islower() and not name.startswith("_") and name not in text]
    assert missing == []
