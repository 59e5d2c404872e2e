"""The register of everything ever published: an append-only chain that tells when it was cut."""
