"""What a renderer is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from evaluatie.reports.render.settings import Settings


class Renderer(Protocol):
    """Prints an executed notebook; never executes one."""

    @property
    def name(self) -> str:
        """``embedded`` or ``quarto``."""

    @property
    def version(self) -> str:
        """Versions of the programs it calls; part of the content key of a run."""

    @property
    def line(self) -> str:
        """One line that says which renderer is used."""

    def render(
        self, notebook: Path, folder: Path, formats: Sequence[str], settings: Settings
    ) -> list[str]:
        """Write ``<stem>.<format>`` into ``folder`` for each format and return the warnings."""
