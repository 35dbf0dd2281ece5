"""Settings: from YIWANG_* variables, checked at once, and frozen."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from gateway.core.errors import ConfigurationInvalid
from gateway.settings import Mode, Settings, load_settings


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.upper().startswith("YIWANG_"):
            monkeypatch.delenv(name)


def test_without_variables_it_is_production_on_this_machine_only() -> None:
    settings = load_settings()
    assert (settings.mode, settings.host, settings.port) == (Mode.PRODUCTION, "127.0.0.1", 8000)
    assert (settings.systems, settings.issuers, settings.id_key) == (None, None, None)
    assert (settings.deadline_ms, settings.use_lifetime) == (5_000, timedelta(minutes=30))


def test_variables_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIWANG_MODE", "development")
    monkeypatch.setenv("YIWANG_PORT", "0")
    monkeypatch.setenv("YIWANG_SYSTEMS", "/srv/systems.toml")
    monkeypatch.setenv("YIWANG_USE_MINUTES", "480")
    settings = load_settings()
    assert (settings.mode, settings.port, settings.systems) == (Mode.DEVELOPMENT, 0, Path("/srv/systems.toml"))
    assert settings.use_lifetime == timedelta(hours=8)


def test_every_wrong_variable_is_named_at_once_and_none_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {
        "YIWANG_MODE": "canary-mode", "YIWANG_PORT": "99999", "YIWANG_DEADLINE_MS": "canary-deadline",
        "YIWANG_BODY_BYTES": "0", "YIWANG_USE_MINUTES": "481", "YIWANG_LOG_LEVEL": "canary-level",
    }  # fmt: skip
    for name, value in wrong.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationInvalid) as caught:
        load_settings()
    assert all(name in caught.value.what for name in wrong)
    assert "canary" not in str(caught.value)
    assert "99999" not in str(caught.value)


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        load_settings().port = 1  # type: ignore[misc] # the point


def test_every_setting_says_what_it_means() -> None:
    assert all(field.description for field in Settings.model_fields.values())


@pytest.mark.parametrize(
    "variables",
    [
        {"YIWANG_TLS_CERTIFICATE": "/srv/tls.pem"},
        {"YIWANG_TLS_KEY": "/srv/tls.key"},
        {"YIWANG_TLS_CLIENT_CA": "/srv/ca.pem"},
        {"YIWANG_PROXY_CLIENT_CERTIFICATE_HEADER": "client-cert"},
        {"YIWANG_TRUSTED_PROXIES": "10.0.0.1"},
        {"YIWANG_PROXY_CLIENT_CERTIFICATE_HEADER": "client cert", "YIWANG_TRUSTED_PROXIES": "10.0.0.1"},
        {"YIWANG_PROXY_CLIENT_CERTIFICATE_HEADER": "client-cert", "YIWANG_TRUSTED_PROXIES": " , "},
        {"YIWANG_PROXY_CLIENT_CERTIFICATE_HEADER": "client-cert", "YIWANG_TRUSTED_PROXIES": "canary.example.invalid"},
        {"YIWANG_PROXY_CLIENT_CERTIFICATE_HEADER": "client-cert", "YIWANG_TRUSTED_PROXIES": "10.0.0.1/8"},
    ],
)
def test_settings_that_need_each_other_are_not_taken_alone(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationInvalid, match=r"^YIWANG_") as caught:
        load_settings()
    assert "canary" not in str(caught.value)


def test_trusted_proxies_are_addresses_and_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIWANG_TRUSTED_PROXIES", "10.0.0.1, 10.1.0.0/16,::1")
    monkeypatch.setenv("YIWANG_PROXY_CLIENT_CERTIFICATE_HEADER", "client-cert")
    assert [str(network) for network in load_settings().proxy_networks] == ["10.0.0.1/32", "10.1.0.0/16", "::1/128"]
