"""A user numbers the levels: everything follows, and what can't be honoured is said."""

import json

import numpy as np
import pytest
from PIL import Image

from spoils.anatomy import DISCS, structure
from spoils.cli import main
from spoils.cli.levels import hint_of
from spoils.errors import UsageError
from spoils.findings import Assessment
from spoils.phantom import PhantomSpec, draw_phantom

COLLAPSED, ONE_HIGHER = "L4-L5", "L3-L4"


def run(*arguments):
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return ended.value.code


def write_picture(pixels, path):
    Image.fromarray((255 * np.clip(pixels / np.percentile(pixels, 99.5), 0, 1)).astype(np.uint8)).save(path)
    return path


@pytest.fixture(scope="module")
def phantom():
    return draw_phantom(PhantomSpec(grades=(1, 1, 2, 2, 5, 3), n_slices=1, noise_sd=0.02))


@pytest.fixture(scope="module")
def picture(phantom, tmp_path_factory):
    return write_picture(phantom.series.pixels[0], tmp_path_factory.mktemp("picture") / "slice.png")


@pytest.fixture
def spacing(phantom):
    return ("--spacing", phantom.series.grid.spacing_mm[1])


def test_results_move_to_the_new_names(picture, spacing, capsys):
    found = {}
    for name, options in {"counted": (), "renumbered": ("--lowest-disc", "l4-l5")}.items():
        assert run("assess", picture, *spacing, "--odi", 50, "--nrs", 8, *options, "--json") == 0
        found[name] = Assessment.model_validate_json(capsys.readouterr().out)
    counted, renumbered = ({disc.level: disc for disc in found[name].discs} for name in found)
    assert renumbered[ONE_HIGHER].measurements == counted[COLLAPSED].measurements
    assert renumbered[ONE_HIGHER].pfirrmann.grade == counted[COLLAPSED].pfirrmann.grade
    assert renumbered[DISCS[-1]].label is None
    assert renumbered[DISCS[-1]].confidence is None
    assert counted[DISCS[-1]].confidence.level > 0.9
    assert found["counted"].recommendation.driving_level == COLLAPSED
    assert found["renumbered"].recommendation.driving_level == ONE_HIGHER
    assert "levels-renumbered" in {flag.code for flag in found["renumbered"].quality.flags}
    assert "levels-renumbered" not in {flag.code for flag in found["counted"].quality.flags}


def test_without_a_sacrum_a_named_level_is_enough(phantom, spacing, tmp_path, capsys):
    labels = phantom.labels.labels[0]
    above_sacrum = int(np.argwhere(labels == structure("S1").label)[:, 0].min())
    cut = write_picture(phantom.series.pixels[0, :above_sacrum], tmp_path / "cut.png")
    assert run("segment", cut, *spacing, "--out", tmp_path / "mask.png") == 4
    assert "Specify the level" in capsys.readouterr().err
    row, column = np.argwhere(labels == structure("L4").label).mean(axis=0).round().astype(int)
    mask = tmp_path / "mask.png"
    assert run("segment", cut, *spacing, "--level-at", f"{row},{column}=L4", "--out", mask, "--json") == 0
    expected = json.loads(capsys.readouterr().out)
    assert "levels-renumbered" in {flag["code"] for flag in expected["flags"]}
    assert expected["level_confidence"]["L3"] > 0.9
    seen = np.asarray(Image.open(mask))
    for name in ("L1", "L2", "L3", "L4", "L3-L4"):
        true = labels[:above_sacrum] == structure(name).label
        assert (seen[true] == structure(name).label).mean() > 0.8


@pytest.mark.parametrize(
    "expected",
    [
        ("lies outside the middle slice", "--level-at", "9999,5=L4"),
        ("No body or disc was found", "--level-at", "0,0=L4"),
        ("can't be L5", "--lowest-disc", "L5"),
        ("not both", "--lowest-disc", "L4-L5", "--level-at", "1,1=L4"),
    ],
)
def test_a_hint_that_can_not_be_honoured_is_wrong_usage(picture, spacing, tmp_path, capsys, expected):
    sentence, *options = expected
    assert run("segment", picture, *spacing, *options, "--out", tmp_path / "mask.png") == 2
    assert sentence in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_too_few_levels_are_not_suitable(picture, spacing, tmp_path, capsys):
    assert run("segment", picture, *spacing, "--lowest-disc", "L1-L2", "--out", tmp_path / "mask.png") == 4
    assert "vertebral bodies: 2, discs: 2" in capsys.readouterr().err


@pytest.mark.parametrize("options", [(), ("--lowest-disc", "L5-S1"), ("--level-at", "5,5=L4")])
def test_a_picture_of_no_spine_is_not_suitable_whatever_level_is_given(spacing, tmp_path, capsys, options):
    rows, columns = np.ogrid[:320, :320]
    blob = write_picture(np.exp(-((rows - 160) ** 2 + (columns - 160) ** 2) / 5000), tmp_path / "blob.png")
    assert run("segment", blob, *spacing, *options, "--out", tmp_path / "mask.png") == 4
    assert (
        "a sagittal T2-weighted image of the lumbar spine without fat suppression is needed" in capsys.readouterr().err
    )


@pytest.mark.parametrize("text", ["L4", "1=L4", "1,2,3=L4", "a,b=L4", "=L4"])
def test_a_place_is_two_whole_numbers(text):
    with pytest.raises(UsageError, match="is not ROW,COLUMN=NAME"):
        hint_of(None, text)


def test_no_option_is_no_hint():
    assert hint_of(None, None) is None
    assert hint_of(" t12-l1 ", None).level == DISCS[0]
