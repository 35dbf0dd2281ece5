"""The issuers file: what it says, and everything about it that stops the gateway from starting."""

from datetime import timedelta
from pathlib import Path

import pytest

from gateway.core.caller import Application
from gateway.core.errors import ConfigurationInvalid
from gateway.core.issuers import CertifiedApplication, Proves, TrustedIssuer
from gateway.core.rate import Rate
from gateway.settings import Mode
from gateway.store.issuers import load_trust

PRINT = "ab" * 32
ISSUER = {
    "issuer": '"https://identity.example.invalid"',
    "jwks_file": '"jwks.json"',
    "audience": '"yiwang"',
    "proves": '["application", "person"]',
    "algorithms": '["ES256", "RS256"]',
    "clock_skew": '"30s"',
}
APPLICATION = {"code": '"portal"', "title": '"门户"', "certificate_sha256": f'["{PRINT}"]'}


def table(kind: str, usual: dict[str, str], **changed: str | None) -> str:
    lines = [f"{name} = {value}" for name, value in (usual | changed).items() if value is not None]
    return "\n".join([f"[[{kind}]]", *lines, ""])


def issuer(**changed: str | None) -> str:
    return table("issuer", ISSUER, **changed)


def application(**changed: str | None) -> str:
    return table("application", APPLICATION, **changed)


def by_url(url: str) -> str:
    return issuer(jwks_file=None, jwks_url=f'"{url}"')


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "issuers.toml"


def test_an_issuer_is_trusted_as_the_file_says(file: Path) -> None:
    file.write_text(issuer(jwks_ca='"ca.pem"'), "utf-8")
    (read,) = load_trust(file, Mode.PRODUCTION).issuers
    assert read == TrustedIssuer(
        issuer="https://identity.example.invalid",
        audience="yiwang",
        proves=frozenset({Proves.APPLICATION, Proves.PERSON}),
        algorithms=frozenset({"ES256", "RS256"}),
        clock_skew=timedelta(seconds=30),
        jwks_file=file.parent / "jwks.json",
        jwks_ca=file.parent / "ca.pem",
    )


def test_without_more_an_issuer_signs_by_es256_with_a_minutes_skew(file: Path) -> None:
    file.write_text(issuer(algorithms=None, clock_skew=None), "utf-8")
    (read,) = load_trust(file, Mode.PRODUCTION).issuers
    assert (set(read.algorithms), read.clock_skew) == ({"ES256"}, timedelta(seconds=60))


def test_applications_are_known_by_fingerprint_or_subject(file: Path) -> None:
    colons = ":".join(["AB"] * 32)
    text = application(certificate_sha256=f'["{colons}"]', certificate_subjects='["CN=portal,O=示例"]')
    file.write_text(text, "utf-8")
    (read,) = load_trust(file, Mode.PRODUCTION).applications
    assert read == CertifiedApplication(
        application=Application("portal", "门户"),
        fingerprints=frozenset({bytes.fromhex(PRINT)}),
        subjects=frozenset({"CN=portal,O=示例"}),
    )


@pytest.mark.parametrize(
    "url", ["https://identity.example.invalid/jwks", "http://127.0.0.1:9109/jwks", "http://[::1]/k", "http://localhost"]
)
def test_production_reads_keys_by_tls_or_from_its_own_machine(file: Path, url: str) -> None:
    file.write_text(by_url(url), "utf-8")
    assert load_trust(file, Mode.PRODUCTION).issuers[0].jwks_url == url


def test_production_reads_no_keys_over_plain_http(file: Path) -> None:
    for url in ("http://identity.example.invalid/jwks", "http://10.0.0.1/jwks", "http://127.0.0.1.example.invalid"):
        file.write_text(by_url(url), "utf-8")
        assert load_trust(file, Mode.DEVELOPMENT).issuers[0].jwks_url == url
        with pytest.raises(ConfigurationInvalid, match="over plain HTTP"):
            load_trust(file, Mode.PRODUCTION)


def test_production_does_not_start_with_the_development_issuer(file: Path) -> None:
    file.write_text(issuer() + issuer(issuer='"yiwang-development"'), "utf-8")
    assert len(load_trust(file, Mode.DEVELOPMENT).issuers) == 2
    with pytest.raises(ConfigurationInvalid, match="production refuses development tokens"):
        load_trust(file, Mode.PRODUCTION)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "nobody is trusted"),
        ("[[issuer]", "is no TOML"),
        (issuer(typo="1"), "typo"),
        (issuer(issuer=None), "issuer"),
        (issuer(issuer='""'), "issuer"),
        (issuer(audience=None), "audience"),
        (issuer(proves="[]"), "proves"),
        (issuer(proves='["everything"]'), "everything"),
        (issuer(proves=None), "proves"),
        (issuer(algorithms='["HS256"]'), "unsuitable algorithms: HS256"),
        (issuer(algorithms='["none", "ES256"]'), "unsuitable algorithms: none"),
        (issuer(algorithms="[]"), "algorithms"),
        (issuer(jwks_file=None), "keys from one place"),
        (issuer(jwks_url='"https://a.example.invalid"'), "keys from one place"),
        (by_url("ftp://a.example.invalid/k"), "wrong jwks_url"),
        (by_url("https://"), "wrong jwks_url"),
        (by_url("jwks.json"), "wrong jwks_url"),
        (by_url("https://user:secret@a.example.invalid"), "wrong jwks_url"),
        (by_url("https://a.example.invalid:port"), "wrong jwks_url"),
        (by_url("https://[::1"), "wrong jwks_url"),
        (issuer(clock_skew='"301s"'), "wrong clock_skew"),
        (issuer(clock_skew='"1m"'), "wrong clock_skew"),
        (issuer() + issuer(), "issuer https://identity.example.invalid is there twice"),
        (application(certificate_sha256=None), "has no certificate"),
        (application(certificate_sha256='["abcd"]'), "wrong certificate_sha256"),
        (application(certificate_sha256='["xyz"]'), "wrong certificate_sha256"),
        (application(code='""'), "code"),
        (application() + application(certificate_sha256=f'["{"cd" * 32}"]'), "application portal is there twice"),
        (application() + application(code='"hall"'), f"certificate {PRINT} is there twice"),
    ],
)
def test_a_file_that_is_wrong_is_named_with_what_is_wrong(file: Path, text: str, what: str) -> None:
    file.write_text(text, "utf-8")
    with pytest.raises(ConfigurationInvalid) as caught:
        load_trust(file, Mode.DEVELOPMENT)
    assert str(file) in caught.value.what
    assert what in caught.value.what
    assert "secret" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_named(file: Path) -> None:
    with pytest.raises(ConfigurationInvalid, match=r"issuers\.toml cannot be read: No such file"):
        load_trust(file, Mode.DEVELOPMENT)
    file.write_bytes(b"#" * 1_000_001)
    with pytest.raises(ConfigurationInvalid, match="is larger than"):
        load_trust(file, Mode.DEVELOPMENT)
    file.write_bytes(b"\xff")
    with pytest.raises(ConfigurationInvalid, match="is no TOML"):
        load_trust(file, Mode.DEVELOPMENT)


# ---- rates


def test_an_application_may_have_a_rate_of_its_own(file: Path) -> None:
    by_token = application(code='"hall"', certificate_sha256=None, rate='"1/2"')
    file.write_text(issuer() + application(rate='"500/1000"') + by_token, "utf-8")
    trust = load_trust(file, Mode.PRODUCTION)
    assert trust.rates == {"portal": Rate(500, 1_000), "hall": Rate(1, 2)}
    assert [one.application.code for one in trust.applications] == ["portal"]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (application(rate='"fast"'), "the rate of application portal is none"),
        (application(certificate_sha256=None, rate='"1/2"'), "nobody is trusted"),
        (issuer() + application() + application(certificate_sha256=None, rate='"1/2"'), "portal is there twice"),
    ],
)
def test_a_rate_opens_nothing_and_is_written_once(file: Path, text: str, what: str) -> None:
    file.write_text(text, "utf-8")
    with pytest.raises(ConfigurationInvalid, match=what):
        load_trust(file, Mode.PRODUCTION)
