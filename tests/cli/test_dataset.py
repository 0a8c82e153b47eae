"""``spoils dataset``: the whole folder from images and gradings, with the installed network; and folds."""

import csv
import json

import numpy as np
import pyarrow.parquet
import pytest
from skimage.io import imsave
from typer.testing import CliRunner

from spoils.anatomy import DISCS
from spoils.cli import app
from spoils.errors import InputUnreadable
from spoils.findings import DISC_MEASUREMENTS
from spoils.phantom import draw_slice, random_spec
from spoils.training import data as training_data
from spoils.training.data.spider import Imported
from spoils.training.disc_table import dataset as dataset_folder

FINDINGS = "modic,upper_endplate,lower_endplate,spondylolisthesis,herniation,narrowing,bulging"


@pytest.fixture
def data(tmp_path):
    """Two phantom patients in the form of SPIDER; seven discs of the first and five of the second are graded."""
    folder = tmp_path / "data" / "spider"
    (folder / "images").mkdir(parents=True)
    spec = random_spec(np.random.default_rng(1))
    pixels, _ = draw_slice(spec)
    scaled = np.clip(pixels / np.percentile(pixels, 99.5), 0, 1) * 255
    for patient in ("a", "b"):
        imsave(folder / "images" / f"{patient}.png", scaled.astype(np.uint8), check_contrast=False)
    header = "patient,spacing_mm,sex,vertebrae,discs,manufacturer,model,field_t,te_ms,tr_ms\n"
    rows = "".join(f"{patient},{spec.spacing_mm},F,7,7,Maker,One,1.5,90,3500\n" for patient in ("a", "b"))
    (folder / "acquisitions.csv").write_text(header + rows)
    discs = [(patient, number) for patient, most in (("a", 7), ("b", 5)) for number in range(1, most + 1)]
    grades = "".join(f"{patient},{number},0,0,0,0,0,1,1,{3 + number % 2}\n" for patient, number in discs)
    (folder / "gradings.csv").write_text(f"patient,ivd_label,{FINDINGS},pfirrmann\n{grades}")
    return tmp_path / "data"


def build(data, out, *arguments):
    result = CliRunner().invoke(app, ["dataset", "build", "--data", str(data), "--out", str(out), *arguments])
    if result.exception:
        raise result.exception
    return result.stdout


def test_the_folder_holds_table_disagreements_and_demographics(data, tmp_path):
    out = tmp_path / "set"
    printed = json.loads(build(data, out, "--json"))
    rows = pyarrow.parquet.read_table(out / "discs.parquet").to_pylist()
    assert [(row["patient"], row["level"]) for row in rows] == [
        *(("a", level) for level in DISCS),
        *(("b", level) for level in DISCS[1:]),
    ]
    assert {row["label"] for row in rows} == {"3M", "4M"}
    for row in rows:
        known = {name for name in DISC_MEASUREMENTS if row[name] is not None}
        assert known | dict(row["not_measured"]).keys() >= set(DISC_MEASUREMENTS)
        assert not known & dict(row["not_measured"]).keys()
    with (out / "disagreements.csv").open(newline="") as stream:
        found = {(line["patient"], line["kind"], line["levels"]) for line in csv.DictReader(stream)}
    assert ("b", "found-not-graded", DISCS[0]) in found
    assert not any(kind.startswith("graded") for _, kind, _ in found)
    counted = json.loads((out / "demographics.json").read_text())
    assert printed == {**counted, "disagreements": printed["disagreements"]}
    assert (counted["patients"], counted["discs"]) == (2, 11)
    assert (out / "demographics.md").read_text().startswith("# Demographics\n\n11 discs of 2 patients.")


def test_a_table_is_used_again_until_what_it_was_made_from_changes(data, tmp_path, monkeypatch):
    out = tmp_path / "set"
    said = build(data, out, "--limit", "1")
    assert said.startswith("6 discs of 1 patients\n")
    built = []
    true_build = dataset_folder.build_table
    monkeypatch.setattr(dataset_folder, "build_table", lambda *a, **k: built.append(1) or true_build(*a, **k))
    assert build(data, out, "--limit", "1") == said
    assert built == []
    gradings = data / "spider" / "gradings.csv"
    gradings.write_text(gradings.read_text().replace("a,1,0", "a,1,1"))
    build(data, out, "--limit", "1")
    assert built == [1]
    monkeypatch.setattr(dataset_folder, "_DECIDING", ("errors.py",))
    build(data, out, "--limit", "1")
    assert built == [1, 1]


def test_a_folder_without_gradings_is_refused_with_a_sentence(data, tmp_path):
    (data / "spider" / "gradings.csv").unlink()
    with pytest.raises(InputUnreadable, match=r"gradings\.csv can't be read"):
        build(data, tmp_path / "set")


def test_folds_are_assigned_and_kept(data):
    command = ["dataset", "folds", "--data", str(data)]
    assert CliRunner().invoke(app, command).stdout == "spider: 2 patients assigned, 2 have a fold\n"
    again = CliRunner().invoke(app, [*command, "--json"]).stdout
    assert json.loads(again) == {"spider": {"assigned": 0, "patients": 2}}
    assert json.loads((data / "spider" / "folds.json").read_text()).keys() == {"a", "b"}


@pytest.mark.data
def test_real_patients_give_rows_with_their_scanner(data_dir, tmp_path):
    printed = json.loads(build(data_dir, tmp_path, "--limit", "3", "--json"))
    rows = pyarrow.parquet.read_table(tmp_path / "discs.parquet").to_pylist()
    assert printed["patients"] == len({row["patient"] for row in rows}) == 3
    assert len(rows) >= 15
    assert {row["field_t"] for row in rows} <= {1.5, 3.0}
    assert all(row["signal_csf_ratio"] is not None or dict(row["not_measured"])["signal_csf_ratio"] for row in rows)
    assert len({row["image"] for row in rows}) == len(rows)


def test_a_published_folder_is_imported(tmp_path, monkeypatch):
    def run(published, out, *, subsets, progress):
        assert (published, out, subsets) == (tmp_path / "published", tmp_path / "data", ("validation",))
        progress("imported patient 2", 1.0)
        return Imported(("2",), {"3": "The mask shows no spinal canal."}, 6, 1)

    monkeypatch.setattr(training_data, "import_spider", run)
    arguments = ["import-spider", str(tmp_path / "published"), "--out", str(tmp_path / "data"), "--validation"]
    result = CliRunner().invoke(app, ["dataset", *arguments])
    assert result.exit_code == 0
    assert result.stderr.splitlines()[-1].startswith("100% imported patient 2; ")
    assert result.stdout.splitlines() == [
        "patients: 1, graded discs: 6",
        "left out: patient 3: The mask shows no spinal canal.",
        "left out: 1 gradings of no disc",
    ]
    printed = json.loads(CliRunner().invoke(app, ["dataset", *arguments, "--json"]).stdout)
    assert printed == {
        "patients": ["2"],
        "left_out": {"3": "The mask shows no spinal canal."},
        "discs": 6,
        "gradings_left_out": 1,
    }
