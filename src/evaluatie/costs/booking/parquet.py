"""The ledger as a Parquet file, for engines that read columns: a region, a country."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from evaluatie.costs.booking.ledger import CostLedger
from evaluatie.domain import Sensitivity
from evaluatie.store import made

LEDGER_FILE = "ledger.parquet"
_COPY = """
copy (
    select person_id::varchar as person_id, household_id::varchar as household_id,
        area_code::varchar as area_code, law::varchar as law,
        product_code::varchar as product_code, provider_id::varchar as provider_id,
        month::date as month, basis::varchar as basis, days::bigint as days, cents::bigint as cents
    from (
        from ledger order by month, basis, law, area_code, household_id, person_id, product_code,
            provider_id
    )
) to '{path}' (
    format parquet, compression zstd, kv_metadata {{sensitivity: '{sensitivity}'}}
)
"""


def write_parquet(ledger: CostLedger, folder: Path) -> Path:
    """Write the relation ``ledger`` to one Parquet file that only its owner can read.

    Parameters
    ----------
    ledger : CostLedger
        An open ledger.
    folder : Path
        Where `LEDGER_FILE` comes; made if needed. An older one is replaced at once.

    Returns
    -------
    Path
        The file: person_id, household_id, area_code, law, product_code, provider_id, basis (text),
        month (date, first day), days and cents (64-bit integers; cents at the prices of their own
        month), in a fixed order of rows; its metadata say that it is confidential.

    Notes
    -----
    Amounts are whole cents, so that a sum is the same in every engine, whatever its order.
    """
    made(folder)
    target = folder / LEDGER_FILE
    with tempfile.TemporaryDirectory(dir=folder, prefix=".ledger-") as draft:  # mode 0700
        path = Path(draft) / LEDGER_FILE
        quoted = str(path).replace("'", "''")
        copy = _COPY.format(path=quoted, sensitivity=Sensitivity.CONFIDENTIAL)
        ledger.connection.execute(copy)
        path.chmod(0o600)
        os.replace(path, target)
    return target
