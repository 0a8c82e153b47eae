import pytest

from spoils.anatomy import DISCS, GRADE_CLASSES
from spoils.errors import InputUnreadable
from spoils.training.data.gradings import read_disc_labels, severity_of_findings

HEADER = (
    "patient,ivd_label,modic,upper_endplate,lower_endplate,spondylolisthesis,herniation,narrowing,bulging,pfirrmann"
)


@pytest.mark.parametrize(
    ("findings", "grade", "severity"),
    [
        ({}, 3, "L"),
        ({"narrowing": 1}, 5, "L"),
        ({"upper_endplate": 1, "lower_endplate": 1, "modic": 2}, 4, "M"),
        ({"herniation": 1}, 3, "M"),
        ({"spondylolisthesis": 1, "herniation": 1}, 3, "H"),
        ({"narrowing": 1, "bulging": 1, "modic": 3, "lower_endplate": 1}, 5, "H"),
        ({"spondylolisthesis": 1, "herniation": 1}, 2, "L"),
    ],
)
def test_severity_follows_the_published_points(findings, grade, severity):
    assert severity_of_findings(findings, grade) == severity


def test_discs_are_counted_up_from_the_lowest(tmp_path):
    path = tmp_path / "gradings.csv"
    rows = [f"p,{n},0,0,0,0,0,0,0,{min(n, 5)}" for n in range(1, 9)]
    path.write_text("\n".join([HEADER, *rows]))
    labels = read_disc_labels(path)["p"]
    assert set(labels) == set(DISCS)
    assert labels[DISCS[-1]].grade == 1
    assert labels[DISCS[-2]].grade == 2


@pytest.mark.parametrize("content", ["", "patient,ivd_label\np,1", f"{HEADER}\np,1,0,0,0,0,0,0,0,7", f"{HEADER}\np,x"])
def test_gradings_that_are_no_gradings_are_refused(tmp_path, content):
    path = tmp_path / "gradings.csv"
    path.write_text(content)
    if content:
        with pytest.raises(InputUnreadable):
            read_disc_labels(path)
    else:
        assert read_disc_labels(path) == {}
    with pytest.raises(InputUnreadable):
        read_disc_labels(tmp_path / "absent.csv")


@pytest.mark.data
def test_spider_has_the_classes_that_are_written_down(data_dir):
    labels = [d.label for of in read_disc_labels(data_dir / "spider" / "gradings.csv").values() for d in of.values()]
    assert len(labels) == 1031
    assert set(labels) <= set(GRADE_CLASSES)
