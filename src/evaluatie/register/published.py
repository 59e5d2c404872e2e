"""What readers of earlier releases know: the rows behind them, with their exact values."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from evaluatie.domain import Sensitivity
from evaluatie.register.chain import Entry, Kind, broken
from evaluatie.register.writing import read_register
from evaluatie.results import COLUMNS
from evaluatie.store import content_key, file_digest

ROWS_FILE = "published.parquet"
ROW_COLUMNS = (*COLUMNS, "publication", "run")


def published_frames(folder: Path, synthetic: bool | None = None) -> tuple[pd.DataFrame, ...]:
    """Return the rows of every release in the register of ``folder``, oldest first.

    Parameters
    ----------
    folder : Path
        `releases/` of the study; absent: nothing was published.
    synthetic : bool, optional
        Only releases of synthetic data (rehearsals), or only those of real data; None: all.

    Returns
    -------
    tuple of pandas.DataFrame
        Per release ``results.COLUMNS``, ``publication``, ``run`` and ``release``. A row that
        several runs of a release show stands there once per run.

    Raises
    ------
    ReleaseError
        The register or one of the files is not what it was.

    Notes
    -----
    Values are exact although readers see rounded ones: knowing more than the attacker is the
    careful assumption.
    """
    published = read_register(folder).of(Kind.PUBLISH)
    wanted = [e for e in published if synthetic in (None, e.content["synthetic"])]
    return tuple(_rows(folder, entry) for entry in wanted)


def digest(folder: Path) -> str:
    """Return one digest of all that was published; empty as long as that is nothing.

    A request or a review does not change it: only a release adds to what is known.
    """
    published = read_register(folder).of(Kind.PUBLISH)
    return content_key({"published": [e.digest for e in published]}) if published else ""


def write_rows(frame: pd.DataFrame, path: Path, label: Sensitivity) -> None:
    """Write the rows of a release with its label: same rows, same bytes.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns `ROW_COLUMNS`; sorted here by run and id.
    """
    ordered = frame.loc[:, list(ROW_COLUMNS)].sort_values(["run", "id"], kind="stable")
    table = pa.Table.from_pandas(ordered, preserve_index=False)
    table = table.replace_schema_metadata({"sensitivity": str(label)})
    pq.write_table(table, path, compression="zstd")


def _rows(folder: Path, entry: Entry) -> pd.DataFrame:
    name = f"{entry.content['release']}/{ROWS_FILE}"
    path = folder / name
    if not path.is_file():
        raise broken(f"the rows of the release in entry {entry.number} are not there", name)
    if file_digest(path) != entry.content["rows"]:
        raise broken(f"the rows are not those of the release in entry {entry.number}", name)
    rows = pd.read_parquet(path).loc[:, list(ROW_COLUMNS)]
    return rows.assign(release=entry.content["release"])
