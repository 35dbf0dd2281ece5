"""The settings of `yiwang serve`: one frozen table, from YIWANG_* variables."""

import re
from datetime import timedelta
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from gateway.core.audit.catalogue import Retention
from gateway.core.audit.retention import parse_years
from gateway.core.errors import ConfigurationInvalid
from gateway.core.rate import parse_rate

Network = IPv4Network | IPv6Network

_DRAIN_SECONDS = 3
OFF = -1
"""As a port: none is opened."""
_ORIGIN = re.compile(
    r"(?!http://.*:80$|https://.*:443$)https?://([a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])(:[1-9][0-9]{0,4})?", re.ASCII
)


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
    ops_host: str = Field("127.0.0.1", description="address of the ops port; nothing on it asks who calls")
    ops_port: int = Field(
        9464, ge=OFF, le=65535, description="port of /metrics, /healthz and /readyz; 0 takes a free one, -1 opens none"
    )
    connections: int = Field(
        20_000, ge=10, le=1_000_000, description="connections of callers at a time; further ones are told 503"
    )
    drain_seconds: int | None = Field(
        None,
        ge=0,
        le=300,
        description="seconds that the gateway serves on after SIGTERM while /readyz says 503; unset: 3 in production, "
        "0 in development",
    )
    stream_minutes: int = Field(60, ge=1, le=1_440, description="minutes after which a stream ends at the latest")
    streams_per_person: int = Field(
        10, ge=1, le=1_000, description="open streams of one person in one application, or of an application alone"
    )
    streams_per_application: int = Field(
        5_000, ge=1, le=1_000_000, description="open streams of one application, whoever is in front of it"
    )
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
    database: SecretStr | None = Field(
        None, description="where state is kept: sqlite:///PATH or postgresql://USER@HOST:PORT/DATABASE"
    )
    database_password_file: Path | None = Field(
        None, description="file with the password of YIWANG_DATABASE; only its owner may read it"
    )
    database_listen: bool = Field(
        default=True,
        description="hear of changes by LISTEN on PostgreSQL; false looks for them instead, as a pooler needs it",
    )
    database_connections: int = Field(
        10, ge=2, le=200, description="most connections to PostgreSQL, besides the one that listens"
    )
    record_key: Path | None = Field(
        None,
        description="file with the keys that seal personal data at rest, the first one seals; `yiwang keys record`",
    )
    audit_key: Path | None = Field(
        None,
        description="private key that signs the audit, PEM on P-256 or SM2's curve; production needs it; "
        "`yiwang keys audit`",
    )
    audit_anchor: Path | None = Field(
        None, description="file to which each checkpoint of the audit is appended, for operations to carry away"
    )
    audit_minutes: int = Field(10, ge=1, le=1_440, description="minutes between checkpoints of the audit")
    audit_tsa: str = Field(
        "",
        description="addresses of timestamping authorities (RFC 3161) for checkpoints, separated by spaces, in the "
        "order in which they are asked; none by default",
    )
    audit_tsa_trust: Path | None = Field(
        None, description="folder with the trust anchors of those authorities; production needs it"
    )
    audit_years: str = Field(
        "", description="years that classes of events are kept beyond the least, as USE=8,ADMIN=12"
    )
    seal_trust: Path | None = Field(
        None,
        description="folder with the trust anchors of seals: *.pem, revocation lists *.crl, certificates between in "
        "chain/; without it no seal is registered",
    )
    seal_pins: Path | None = Field(
        None,
        description='file with the PINs and passphrases of seal keys, for its owner alone, TOML: "reference" = "pin"',
    )
    callback_url: str = Field(
        "",
        pattern="^(https?://[A-Za-z0-9.:\\[\\]-]{1,255})?$",
        description="origin at which seal platforms reach /callbacks of this gateway; unset: public_url",
    )
    work_folder: Path | None = Field(
        None,
        description="folder in which documents are while they are sealed or verified, for its owner alone; unset: one "
        "in the system's folder of temporary files",
    )
    document_processes: int | None = Field(
        None,
        ge=0,
        le=32,
        description="processes that seal groups of documents and examine documents, each of about 100 MB once it is "
        "needed; 0 does it in threads of the gateway; unset: as many as `workers`, and no more than there are cores",
    )
    document_seconds: int = Field(
        300,
        ge=10,
        le=400,
        description="seconds that such a process may take for one document, which is refused when two processes have "
        "taken longer; 200 MB take some ten, thousands of pages with links a hundred",
    )
    document_memory: int = Field(
        1_024,
        ge=256,
        le=65_536,
        description="MB of memory that such a process may have; a document that takes more is refused",
    )
    workers: int = Field(
        2,
        ge=0,
        le=32,
        description="documents that this process seals at the same time; 0 leaves sealing and all other long work to "
        "other replicas",
    )
    rules: Path | None = Field(None, description="the rule book: items, rules, succession of bodies, TOML")
    deadlines: Path | None = Field(
        None, description="deadline rules and reasons of data sharing, TOML; unset: those of the whole country"
    )
    calendar: Path | None = Field(
        None, description="working days, TOML: years as they were announced, days of regions; over what is built in"
    )
    share_offices: Path | None = Field(
        None, description="offices of data sharing, TOML: who is competent where, whose requests need approval first"
    )
    licence_types: Path | None = Field(None, description="register of licence types, TOML")
    deadline_ms: int = Field(
        5_000, ge=100, le=60_000, description="milliseconds for a request that names no X-Request-Timeout"
    )
    body_bytes: int = Field(1_000_000, ge=1_000, le=10_000_000, description="largest request body in bytes")
    cost_limit: int = Field(
        100_000, ge=1_000, le=100_000_000, description="most that one operation may cost; docs/reference/limits.md"
    )
    application_rate: str = Field(
        "500/2000", description="requests a second and at once of one application; the issuers file may say otherwise"
    )
    person_rate: str = Field("50/500", description="the same of one person in one application")
    trusted_documents: Path | None = Field(
        None, description="trusted documents: a manifest, or a folder of documents and manifests"
    )
    trusted_only: str = Field(
        "off",
        description="who may carry out trusted documents only: off, all, or codes of applications separated by commas",
    )
    upload_bytes: int = Field(
        268_435_456, ge=1, le=2_147_483_647, description="largest file that may be uploaded, in bytes"
    )
    public_url: str = Field(
        "",
        pattern="^(https?://[A-Za-z0-9.:\\[\\]-]{1,255})?$",
        description="origin under which callers reach the gateway, for addresses of files; without it they have none",
    )
    origins: str = Field(
        "",
        description="origins whose pages may call (CORS), as browsers write them, separated by commas: "
        "https://portal.example",
    )
    introspection: str = Field(
        "",
        description="applications that may ask for the schema, by code, separated by commas; * for all, which is the "
        "default of development; departments, the hub office, operations and auditors always may",
    )
    use_minutes: int = Field(30, ge=1, le=480, description="minutes that an open use lives")
    probes: bool = Field(
        default=True, description="probe systems as their manifests say; false leaves it to other replicas"
    )
    call_days: int = Field(
        30, ge=1, le=3_650, description="days for which the operational record keeps calls to systems"
    )
    otel_endpoint: str = Field(
        "",
        pattern="^(https?://[^@ ]{1,500})?$",
        description="URL to which traces are sent by OTLP/HTTP, as a rule ending in /v1/traces; needs yiwang[otel]",
    )
    otel_share: float = Field(0.1, ge=0, le=1, description="share of the traces that is sent, from 0 to 1")
    log_level: str = Field("info", pattern="^(debug|info|warning|error)$", description="debug, info, warning or error")

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, text: str) -> str:
        try:
            _networks(text)
        except ValueError:
            raise ValueError("holds what is no address or network") from None  # the cause quotes it
        return text

    @field_validator("origins")
    @classmethod
    def _are_origins(cls, text: str) -> str:
        if not all(_ORIGIN.fullmatch(origin) for origin in _listed(text)):
            raise ValueError("holds what is no origin: scheme and host in lower case, a port only if it is unusual")
        return text

    @field_validator("trusted_only")
    @classmethod
    def _is_one_rule(cls, text: str) -> str:
        parts = {part.strip() for part in text.split(",")}
        if "" in parts or (parts & {"off", "all"} and len(parts) > 1):
            raise ValueError("is neither off, nor all, nor codes of applications")
        return text

    @field_validator("audit_years")
    @classmethod
    def _are_years(cls, text: str) -> str:
        parse_years(text)
        return text

    @field_validator("application_rate", "person_rate")
    @classmethod
    def _is_rate(cls, text: str) -> str:
        parse_rate(text)
        return text

    @model_validator(mode="after")
    def _go_together(self) -> Self:
        if (self.tls_certificate is None) is not (self.tls_key is None):
            raise ValueError("TLS_CERTIFICATE and TLS_KEY go together")
        if self.tls_client_ca is not None and self.tls_certificate is None:
            raise ValueError("TLS_CLIENT_CA needs TLS_CERTIFICATE")
        if bool(self.proxy_client_certificate_header) is not bool(self.proxy_networks):
            raise ValueError("PROXY_CLIENT_CERTIFICATE_HEADER and TRUSTED_PROXIES go together")
        if self.trusted_only != "off" and self.trusted_documents is None:
            raise ValueError("TRUSTED_ONLY needs TRUSTED_DOCUMENTS")
        return self

    @property
    def proxy_networks(self) -> tuple[Network, ...]:
        """Where trusted proxies are."""
        return _networks(self.trusted_proxies)

    @property
    def allowed_origins(self) -> frozenset[str]:
        """Whose pages may call."""
        return frozenset(_listed(self.origins))

    @property
    def audit_kept(self) -> dict[Retention, int]:
        """Years for which events are kept, by class."""
        return parse_years(self.audit_years)

    @property
    def introspecting(self) -> str:
        """Which applications may ask for the schema, the mode's default included."""
        return self.introspection or ("*" if self.mode is Mode.DEVELOPMENT else "")

    @property
    def drain(self) -> int:
        """Seconds between being asked to stop and refusing connections."""
        if self.drain_seconds is not None:
            return self.drain_seconds
        return _DRAIN_SECONDS if self.mode is Mode.PRODUCTION else 0

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
    return tuple(ip_network(part) for part in _listed(text))


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
