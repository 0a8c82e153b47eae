import pytest
from pydantic import ValidationError

from spoils.service.settings import ServiceSettings


def test_only_this_computer_by_default(tmp_path):
    settings = ServiceSettings(data=tmp_path)
    assert (settings.host, settings.port, settings.is_local, settings.is_secure) == ("127.0.0.1", 8080, True, False)
    assert settings.database_url == f"sqlite:///{tmp_path / 'spoils.sqlite'}"


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.7", "spine.example.org", "::"])
def test_a_public_address_needs_tls(host, tmp_path):
    with pytest.raises(ValidationError, match="can be reached from other computers"):
        ServiceSettings(data=tmp_path, host=host)
    assert ServiceSettings(data=tmp_path, host=host, behind_proxy=True).is_secure
    assert ServiceSettings(data=tmp_path, host=host, tls_certificate="c.pem", tls_key="k.pem").is_secure


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.3.2.1"])
def test_loopback_needs_none(host, tmp_path):
    assert ServiceSettings(data=tmp_path, host=host).is_local


def test_a_certificate_needs_its_key(tmp_path):
    with pytest.raises(ValidationError, match="given together"):
        ServiceSettings(data=tmp_path, tls_certificate="c.pem")


def test_variables_are_read(tmp_path, monkeypatch):
    monkeypatch.setenv("SPOILS_SERVICE_PORT", "9000")
    assert ServiceSettings(data=tmp_path).port == 9000
