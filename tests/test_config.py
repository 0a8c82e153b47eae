from pathlib import Path

import pytest
from pydantic import ValidationError

from spoils.config import Settings


def test_settings_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("SPOILS_THREADS", "3")
    monkeypatch.setenv("SPOILS_MODELS_DIR", "elsewhere")
    settings = Settings()
    assert settings.threads == 3
    assert settings.models_dir == Path("elsewhere")


def test_settings_do_not_change():
    with pytest.raises(ValidationError, match="frozen"):
        Settings().threads = 2


@pytest.mark.parametrize("wrong", [{"threads": -1}, {"max_pixels": 0}, {"colour": "red"}])
def test_wrong_settings_are_refused(wrong):
    with pytest.raises(ValidationError):
        Settings(**wrong)


def test_every_setting_is_documented():
    for name in Settings.model_fields:
        assert f"``SPOILS_{name.upper()}``" in Settings.__doc__
