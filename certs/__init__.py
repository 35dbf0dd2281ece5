"""Keys, signers, certificates and seals; the only place that knows the cryptography library."""
