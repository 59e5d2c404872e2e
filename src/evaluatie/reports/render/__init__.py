"""Print an executed notebook: with Quarto where it is there, else with pandoc and typst."""

from __future__ import annotations

from evaluatie.errors import RunError
from evaluatie.reports.render.base import Renderer
from evaluatie.reports.render.embedded import EmbeddedRenderer
from evaluatie.reports.render.quarto import find_quarto
from evaluatie.reports.render.settings import Settings, read_settings

CHOICES = ("auto", "quarto", "embedded")


def choose_renderer(choice: str = "auto") -> Renderer:
    """Return the renderer that was asked for; ``auto`` is Quarto where it answers.

    Raises
    ------
    RunError
        An unknown choice, or Quarto was asked for and does not answer.
    """
    if choice not in CHOICES:
        raise RunError(f"unknown renderer '{choice}'", allowed=", ".join(CHOICES))
    quarto = None if choice == "embedded" else find_quarto()
    if quarto is not None:
        return quarto
    if choice == "quarto":
        raise RunError(
            "'quarto --version' does not answer",
            remedy="install Quarto ('make quarto'), or use --renderer embedded.",
        )
    return EmbeddedRenderer()


__all__ = ["CHOICES", "Renderer", "Settings", "choose_renderer", "read_settings"]
