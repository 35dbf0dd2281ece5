"""The issuers file of a gateway in development."""

from pathlib import Path

from certs.tokens import AUDIENCE, DEVELOPMENT_ISSUER, DevelopmentIssuer


def write_issuers(folder: Path, issuer: DevelopmentIssuer) -> None:
    """Write ``issuers.toml``, which trusts the development issuer, and the ``jwks.json`` that it names."""
    (folder / "jwks.json").write_bytes(issuer.jwks())
    lines = [
        "[[issuer]]",
        f'issuer = "{DEVELOPMENT_ISSUER}"',
        'jwks_file = "jwks.json"',
        f'audience = "{AUDIENCE}"',
        'proves = ["application", "person"]',
        'algorithms = ["ES256"]',
        'clock_skew = "60s"',
    ]
    (folder / "issuers.toml").write_text("\n".join(lines) + "\n", "utf-8")
