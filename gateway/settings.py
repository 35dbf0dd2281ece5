"""The settings of `yiwang serve`: one frozen table, from YIWANG_* variables."""

from datetime import timedelta
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Self

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from gateway.core.errors import ConfigurationInvalid

Network = IPv4Network | IPv6Network


class Mode(StrEnum):
    """Production refuses development tokens, the sandbox and keys in plain files."""

    PRODUCTION = "production"
    DEVELOPMENT = "development"


class Settings(BaseSettings):
    """Every setting, its default and its meaning; docs/reference/settings.md is generated from here."""

    model_config = SettingsConfigDict(env_prefix="YIWANG_", frozen=True, extra="ignore")

    mode: Mode = Field(Mode.PRODUCTION, description="production or development")
    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8000, ge=0, le=65535, description="port of /graphql, /healthz and /readyz; 0 takes a free one")
    systems: Path | None = Field(None, description="the deployment file: connected systems, assignments, secrets")
    issuers: Path | None = Field(
        None, description="the issuers file: whose tokens and client certificates prove who calls, TOML"
    )
    tls_certificate: Path | None = Field(None, description="certificate chain of this server, PEM; turns on TLS")
    tls_key: Path | None = Field(None, description="its private key, PEM; only its owner may read it")
    tls_client_ca: Path | None = Field(
        None, description="authorities of client certificates, PEM; a caller may then show one, and none of another"
    )
    proxy_client_certificate_header: str = Field(
        "",
        pattern="^[A-Za-z0-9-]{0,64}$",
        description="header in which a trusted proxy hands on the client certificate that it verified: escaped PEM, or "
        "as RFC 9440 writes it",
    )
    trusted_proxies: str = Field(
        "", description="addresses or networks of those proxies, separated by commas; the header of others is ignored"
    )
    id_key: Path | None = Field(
        None, description="file with 64 random bytes that seal public ids; only its owner may read it"
    )
    rules: Path | None = Field(None, description="the rule book: items, rules, succession of bodies, TOML")
    licence_types: Path | None = Field(None, description="register of licence types, TOML")
    deadline_ms: int = Field(
        5_000, ge=100, le=60_000, description="milliseconds for a request that names no X-Request-Timeout"
    )
    body_bytes: int = Field(1_000_000, ge=1_000, le=10_000_000, description="largest request body in bytes")
    use_minutes: int = Field(30, ge=1, le=480, description="minutes that an open use lives")
    log_level: str = Field("info", pattern="^(debug|info|warning|error)$", description="debug, info, warning or error")

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, text: str) -> str:
        try:
            _networks(text)
        except ValueError:
            raise ValueError("holds what is no address or network") from None  # the cause quotes it
        return text

    @model_validator(mode="after")
    def _go_together(self) -> Self:
        if (self.tls_certificate is None) is not (self.tls_key is None):
            raise ValueError("TLS_CERTIFICATE and TLS_KEY go together")
        if self.tls_client_ca is not None and self.tls_certificate is None:
            raise ValueError("TLS_CLIENT_CA needs TLS_CERTIFICATE")
        if bool(self.proxy_client_certificate_header) is not bool(self.proxy_networks):
            raise ValueError("PROXY_CLIENT_CERTIFICATE_HEADER and TRUSTED_PROXIES go together")
        return self

    @property
    def proxy_networks(self) -> tuple[Network, ...]:
        """Where trusted proxies are."""
        return _networks(self.trusted_proxies)

    @property
    def use_lifetime(self) -> timedelta:
        """How long an open use lives."""
        return timedelta(minutes=self.use_minutes)


def load_settings() -> Settings:
    """The settings of this process.

    Raises:
        ConfigurationInvalid: names every variable that is wrong, without its value.
    """
    try:
        return Settings()
    except ValidationError as error:
        wrong = "; ".join(
            f"YIWANG_{'_'.join(map(str, item['loc'])).upper() or '*'}: {item['msg'].removeprefix('Value error, ')}"
            for item in error.errors()
        )
        raise ConfigurationInvalid(wrong, "see docs/reference/settings.md") from error


def _networks(text: str) -> tuple[Network, ...]:
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())
