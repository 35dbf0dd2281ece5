"""The settings of `yiwang serve`: one frozen table, from YIWANG_* variables."""

from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from gateway.core.errors import ConfigurationInvalid


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
    jwks: Path | None = Field(None, description="file with the token issuer's public keys (JWKS)")
    issuer: str = Field("", description="the issuer that tokens must name (iss)")
    id_key: Path | None = Field(
        None, description="file with 64 random bytes that seal public ids; only its owner may read it"
    )
    licence_types: Path | None = Field(None, description="register of licence types, TOML")
    deadline_ms: int = Field(
        5_000, ge=100, le=60_000, description="milliseconds for a request that names no X-Request-Timeout"
    )
    body_bytes: int = Field(1_000_000, ge=1_000, le=10_000_000, description="largest request body in bytes")
    use_minutes: int = Field(30, ge=1, le=480, description="minutes that an open use lives")
    log_level: str = Field("info", pattern="^(debug|info|warning|error)$", description="debug, info, warning or error")

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
        wrong = "; ".join(f"YIWANG_{'_'.join(map(str, item['loc'])).upper()}: {item['msg']}" for item in error.errors())
        raise ConfigurationInvalid(wrong, "see docs/reference/settings.md") from error
