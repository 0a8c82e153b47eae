"""``spoils measure``: a label map in, measurements out."""

import csv
import json
import statistics

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813 - its customary name
from PIL import Image
from typer.testing import CliRunner

from spoils.anatomy import BODIES, CANAL, DISCS, structure
from spoils.cli import app, main
from spoils.findings import RESEARCH_USE, CanalFinding, DiscFinding, VertebraFinding

SPACING_MM = (4.0, 0.5, 0.5)
UPPER, DISC, LOWER = BODIES[3], DISCS[4], BODIES[4]
DISC_SIZE = (3, 20, 60)  # slices, rows, columns: 12 x 10 x 30 mm


def box_spine():
    """Two bodies with a disc between them, and a canal behind: straight boxes in five slices."""
    labels = np.zeros((5, 200, 160), dtype=np.uint8)
    labels[1:4, 30:80, 40:100] = structure(UPPER).label
    labels[1:4, 80:100, 40:100] = structure(DISC).label
    labels[1:4, 100:150, 40:100] = structure(LOWER).label
    labels[1:4, 20:160, 110:140] = structure(CANAL).label
    return labels


def write_volume(array, path):
    image = sitk.GetImageFromArray(array)
    image.SetSpacing(SPACING_MM[::-1])
    image.SetDirection((0, 0, 1, 1, 0, 0, 0, -1, 0))  # columns posterior, rows inferior, slices left
    sitk.WriteImage(image, path)
    return path


@pytest.fixture
def mask(tmp_path):
    return write_volume(box_spine(), tmp_path / "mask.nii.gz")


@pytest.fixture
def image(tmp_path):
    noise = np.random.default_rng(1).normal(0, 20, box_spine().shape)
    return write_volume(
        (100 + 40 * (box_spine() == structure(CANAL).label) + noise).astype(np.float32), tmp_path / "t2.mha"
    )


def printed(*arguments):
    result = CliRunner().invoke(app, ["measure", *map(str, arguments)], catch_exceptions=False)
    assert result.exit_code == 0, result.stderr
    return result.stdout


def refusal(capsys, *arguments):
    with pytest.raises(SystemExit) as caught:
        main(["measure", *map(str, arguments)])
    printed = capsys.readouterr()
    assert printed.out == ""
    return caught.value.code, printed.err


def rows_of(path):
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def disc_of(document):
    return {disc["level"]: disc["measurements"] for disc in document["discs"]}[DISC]


def test_json_holds_the_findings_of_an_assessment(mask):
    document = json.loads(printed("--labels", mask, "--json"))
    assert document["notice"] == RESEARCH_USE
    assert all(DiscFinding.model_validate(disc).label is None for disc in document["discs"])
    assert [VertebraFinding.model_validate(body).level for body in document["vertebrae"]] == [UPPER, LOWER]
    assert [CanalFinding.model_validate(canal).level for canal in document["canal"]] == [DISC]
    disc = disc_of(document)
    assert disc["volume_mm3"]["value"] == pytest.approx(np.prod(DISC_SIZE) * np.prod(SPACING_MM))
    assert disc["height_central_mm"]["value"] == pytest.approx(10, abs=0.3)
    assert "not_measured" in disc["signal_mean"]


def test_an_image_gives_signal(mask, image):
    disc = disc_of(json.loads(printed("--labels", mask, "--image", image, "--json")))
    assert disc["signal_mean"]["value"] == pytest.approx(100, abs=3)


def test_csv_and_json_files(mask, tmp_path):
    table, document = tmp_path / "m.csv", tmp_path / "m.json"
    assert printed("--labels", mask, "--out", table) == ""
    assert printed("--labels", mask, "--out", document, "--json") == document.read_text(encoding="utf-8")
    rows = rows_of(table)
    volume = next(row for row in rows if row["measurement"] == "volume_mm3")
    assert float(volume["value"]) == disc_of(json.loads(document.read_text()))["volume_mm3"]["value"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.csv", "m.json", "mask.nii.gz"]


def test_slices_come_beside_the_whole(mask, tmp_path):
    table = tmp_path / "m.csv"
    document = json.loads(printed("--labels", mask, "--slices", "--json", "--out", table))
    assert [entry["slice"] for entry in document["slices"]] == [0, 1, 2, 3, 4]
    assert [bool(entry["discs"]) for entry in document["slices"]] == [False, True, True, True, False]
    rows = rows_of(table)
    assert {row["slice"] for row in rows} == {"", "1", "2", "3"}


def test_a_picture_needs_its_spacing(tmp_path, capsys):
    path = tmp_path / "mask.png"
    Image.fromarray(box_spine()[2]).save(path)
    disc = disc_of(json.loads(printed("--labels", path, "--spacing", "0.5", "--json")))
    assert disc["area_mm2"]["value"] == pytest.approx(300, rel=0.03)
    assert "not_measured" in disc["volume_mm3"]
    assert refusal(capsys, "--labels", path)[0] == 2


def test_text_for_people_ends_with_the_notice(mask):
    text = printed("--labels", mask)
    assert "volume_mm3" in text
    assert text.endswith(f"{RESEARCH_USE}\n")


def test_a_mid_slice_without_labels_is_not_used(image, tmp_path):
    labels = box_spine()
    labels[1:3] = 0
    path = write_volume(labels, tmp_path / "one.nii.gz")
    disc = disc_of(json.loads(printed("--labels", path, "--image", image, "--json")))
    assert disc["height_central_mm"]["value"] == pytest.approx(10, abs=0.3)


def test_what_can_not_be_measured_is_refused(mask, tmp_path, capsys):
    empty = write_volume(np.zeros((3, 160, 160), dtype=np.uint8), tmp_path / "empty.nii.gz")
    other = write_volume(np.random.default_rng(0).normal(size=(3, 220, 160)), tmp_path / "other.nii.gz")
    assert refusal(capsys, "--labels", empty)[0] == 4
    assert refusal(capsys, "--labels", tmp_path / "none.nii.gz")[0] == 3
    assert "does not lie on the grid" in refusal(capsys, "--labels", mask, "--image", other)[1]
    assert refusal(capsys, "--labels", mask, "--out", tmp_path / "m.xlsx") == (
        2,
        "Error: The file of --out must end in .csv or .json.\n",
    )
    assert refusal(capsys, "--labels", mask, "--out", tmp_path / "nowhere" / "m.csv")[0] == 2


@pytest.mark.data
def test_published_disc_volumes_are_reproduced(data_dir):
    """Their owners also give a volume for ten discs that go on beyond the first or last slice; those we refuse."""
    folder = data_dir / "discs-3d"
    deviations = []
    for row in rows_of(folder / "volumes_cm3.csv"):
        document = json.loads(printed("--labels", folder / "masks" / f"{row['subject']}_labels.nii.gz", "--json"))
        volumes_mm3 = {disc["level"]: disc["measurements"]["volume_mm3"].get("value") for disc in document["discs"]}
        deviations += [
            abs(volume / (1000 * float(row[level])) - 1) for level, volume in volumes_mm3.items() if volume is not None
        ]
    assert len(deviations) >= 110
    assert statistics.median(deviations) < 0.02
