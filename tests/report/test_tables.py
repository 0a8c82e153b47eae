from spoils.findings import Measurement, NotMeasured
from spoils.report.tables import measurement_table

HEIGHT = Measurement(value=9.04, unit="mm", method="mid-slice")
LOST = NotMeasured(not_measured="The endplate is not seen.")


def test_figures_keep_their_method():
    (cell,) = measurement_table({"L5": {"height_mean_mm": HEIGHT}}, ["height_mean_mm"]).row("L5").cells
    assert (cell.text, cell.method, cell.footnote) == ("9.0", "mid-slice", None)


def test_equal_reasons_share_a_footnote():
    levels = {"L4": {"height_mean_mm": LOST}, "L5": {"height_mean_mm": LOST, "height_central_mm": HEIGHT}}
    table = measurement_table(levels, ["height_mean_mm", "height_central_mm"])
    assert table.footnotes == ("The endplate is not seen.", "Not part of this assessment.")
    assert [cell.footnote for row in table.rows for cell in row.cells] == [1, 2, 1, None]
