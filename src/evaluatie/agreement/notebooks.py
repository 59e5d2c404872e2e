"""Which notebooks a report may name: those of the study, else those shipped with the package."""

from __future__ import annotations

from evaluatie.study import Study, default_path


def notebook_names(study: Study) -> list[str]:
    """Return the names (without `.ipynb`) of the notebooks a report of this study can use."""
    folders = (study.root / "notebooks", default_path("notebooks"))
    return sorted({path.stem for folder in folders for path in folder.glob("*.ipynb")})
