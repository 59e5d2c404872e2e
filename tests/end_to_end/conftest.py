"""Two synthetic studies, drawn, prepared and printed once for all tests in this folder.

`first` is the study of this repository with a short list of reports, `second` another study with a
dictionary, areas, waves and a design of its own. Both are made by the commands a researcher types,
and are shared between the workers of pytest-xdist; a test that changes anything works on a copy.
"""

import shutil
from pathlib import Path

import pytest
from studies import StudyFolder, once, write_first


@pytest.fixture(scope="session")
def first(tmp_path_factory) -> StudyFolder:
    """The study of this repository, with its reports."""
    with once(tmp_path_factory, "first_study") as (folder, todo):
        study = StudyFolder(folder)
        if todo:
            write_first(folder)
            study.command("synth")
            study.run("--all")
    return study


@pytest.fixture(scope="session")
def second(tmp_path_factory) -> StudyFolder:
    """The other study, with its reports; made with no other files than its own."""
    with once(tmp_path_factory, "second_study") as (folder, todo):
        study = StudyFolder(folder)
        if todo:
            shutil.copytree(Path(__file__).parent / "second_study", folder)
            study.command("synth")
            study.run("--all")
    return study
