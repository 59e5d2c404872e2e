"""Who is behind the amounts of a calendar year: people, households, providers, concentration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from evaluatie.costs.amounts.cells import places_of
from evaluatie.costs.booking.ledger import CostLedger
from evaluatie.dictionary.model import CareKind
from evaluatie.study import Study

COLUMNS = ("label", "side", "year", "persons", "households", "providers", "top1_share",
           "top2_share")  # fmt: skip


def contributors(
    ledger: CostLedger,
    study: Study,
    groups: Mapping[str, Sequence[CareKind]],
    basis: str,
    years: Sequence[int],
) -> pd.DataFrame:
    """Count who is behind the amounts of each group of care, per side and calendar year.

    Parameters
    ----------
    ledger : CostLedger
    study : Study
        Sides and their areas.
    groups : mapping of str to sequence of CareKind
        Label -> care by arrangement; somebody with several kinds counts once.
    basis : str
        Cost basis.
    years : sequence of int
        Calendar years.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`, one row per label, side and year with a booking. A contributor is one
        whose amounts of the year are not 0 after credits; providers NaN where there are none
        (benefits); shares are those of the largest households in the sum of absolute amounts.
    """
    places = places_of(study)
    places = places[places["level"] == "side"][["area_code", "side"]]
    kinds = [(label, kind) for label, several in groups.items() for kind in several]
    members = pd.DataFrame(
        [(label, kind.law, product) for label, kind in kinds for product in kind.products or ("",)],
        columns=["label", "law", "product"],
        dtype=object,
    )
    found = ledger.query(
        _WHO,
        places=places,
        members=members,
        wanted=pd.DataFrame({"year": list(years), "basis": basis}),
    )
    return found.sort_values(["label", "side", "year"], ignore_index=True)[list(COLUMNS)]


def _count(column: str, extra: str = "") -> str:
    """Return SQL: contributors of one kind with their amount per group, side and year."""
    return f"""
    select label, side, year, {column}, sum(cents)::bigint as cents
    from booked {extra} group by all
    """


_WHO = f"""
with sums as materialized (
    select area_code, law, product_code, year(month)::integer as year, person_id, household_id,
        provider_id, sum(cents)::bigint as cents
    from ledger join wanted on wanted.basis = ledger.basis and wanted.year = year(month)
    where area_code in (select area_code from places)
    group by all
),
booked as materialized (
    select label, side, year, person_id, household_id, provider_id, sum(cents)::bigint as cents
    from sums join places using (area_code)
    join members on members.law = sums.law and members.product in ('', sums.product_code)
    group by all
),
persons as (
    select label, side, year, count(*) filter (cents <> 0) as persons
    from ({_count("person_id")}) group by all
),
providers as (
    select label, side, year, count(*) filter (cents <> 0)::double as providers
    from ({_count("provider_id", "where provider_id <> ''")}) group by all
),
households as (
    select label, side, year, count(*) filter (cents <> 0) as households,
        sum(abs(cents))::double as size, max(abs(cents), 2) as largest
    from ({_count("household_id")}) group by all
)
select label, side, year, persons, households, providers,
    case when size > 0 then largest[1] / size end as top1_share,
    case when size > 0 then list_sum(largest)::double / size end as top2_share
from households join persons using (label, side, year)
left join providers using (label, side, year)
"""
