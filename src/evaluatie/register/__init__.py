"""The register of everything ever published: an append-only chain that tells when it was cut."""

from evaluatie.register.chain import Entry, Kind, Register
from evaluatie.register.folders import check_folders, verify
from evaluatie.register.published import digest, published_frames, write_rows
from evaluatie.register.writing import append, read_register

__all__ = [
    "Entry",
    "Kind",
    "Register",
    "append",
    "check_folders",
    "digest",
    "published_frames",
    "read_register",
    "verify",
    "write_rows",
]
