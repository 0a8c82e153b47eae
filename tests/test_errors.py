import re

import pytest

from spoils import errors

DRAWN_LINE = re.compile(r"^ {4}(?P<branch>[ |`-]*)(?P<name>[A-Z]\w+) +(?P<code>\d)\b", re.MULTILINE)


def drawn_tree():
    """Read name, parent and exit code of each class off the drawing in the module's docstring."""
    path, drawn = [], {}
    for line in DRAWN_LINE.finditer(errors.__doc__):
        depth = len(line["branch"]) // 4
        path = [*path[:depth], line["name"]]
        drawn[line["name"]] = (path[-2] if depth else "Exception", int(line["code"]))
    return drawn


def real_tree():
    classes = [getattr(errors, name) for name in errors.__all__]
    return {error.__name__: (error.__base__.__name__, error.exit_code) for error in classes}


def test_the_drawing_shows_the_classes_as_they_are():
    assert drawn_tree() == real_tree()


def test_exit_codes_are_the_public_ones():
    codes = {name: code for name, (_, code) in real_tree().items()}
    assert codes == {
        "SpoilsError": 1,
        "UsageError": 2,
        "InputUnreadable": 3,
        "InputMissing": 3,
        "UnsuitableInput": 4,
        "ModelError": 5,
        "ModelMissing": 5,
        "ModelMismatch": 5,
    }


@pytest.mark.parametrize("name", errors.__all__)
def test_the_message_is_the_sentence_for_the_user(name):
    error = getattr(errors, name)
    assert str(error("The folder is empty.")) == "The folder is empty."
    assert error.http_status in {400, 422, 500, 503}
