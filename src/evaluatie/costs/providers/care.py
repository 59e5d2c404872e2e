"""Care per client of a provider and year: days, euros, and what such care costs on average."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evaluatie.costs.booking.ledger import CostLedger
from evaluatie.dictionary import Codebook
from evaluatie.domain import CostBasis
from evaluatie.intake.data import StudyData

CENTS = 100
UNIT = ["provider_id", "law", "year"]
STRATUM = ["law", "product_code", "age_group", "year"]
UNKNOWN_AGE, YOUNGER = "unknown", "younger"
COLUMNS = ("provider_id", "law", "year", "household_id", "person_id", "days", "eur",
           "allocated_eur", "expected_eur", "together")  # fmt: skip


def provider_care(
    ledger: CostLedger,
    data: StudyData,
    laws: tuple[str, ...],
    basis: str,
    codebook: Codebook,
    years: tuple[int, ...],
) -> pd.DataFrame:
    """Return one row per client of a provider, law and year.

    Parameters
    ----------
    ledger : CostLedger
        Allocated days of care decide who is a client, amounts on ``basis`` what was spent.
    data : StudyData
        The feed residents gives the year of birth; without it everybody is in one age group.
    laws : tuple of str
        Laws by arrangement.
    basis : str
        A `CostBasis`.
    years : tuple of int
        Calendar years.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`: days of care allocated, eur on ``basis`` and allocated_eur (prices of the
        year), expected_eur, together (somebody in the household had care of another provider in a
        month in which this client had care of this one). A person with amounts and no days is a row
        as well: what was declared after the care ended counts where it was declared.

    Notes
    -----
    Indirect standardisation: expected_eur = sum over products of days x the euros per day of all
    providers together for that law, product, age group and year. So observed and expected add up
    to the same over all providers, and a ratio of 1.2 means a fifth more than care of the same kind
    and age costs elsewhere - not that it is too much: how severe problems are is not known.
    Only care in the study areas counts. Age is the year less the year of birth, in the age groups
    of the survey; who is younger than all of them is one group, who has no year of birth another.
    MISSING-DATA RULE: a stratum with euros and no day at all anywhere has no rate; its euros stay
    in ``eur`` and are expected of nobody.
    """
    lines = ledger.query(
        f"""
        select provider_id, law, household_id, person_id, product_code,
               cast(year(month) as integer) as year,
               sum(case when basis = '{CostBasis.ALLOCATED}' then days else 0 end) as days,
               sum(case when basis = '{CostBasis.ALLOCATED}' then cents else 0 end) as allocated,
               sum(case when basis = '{basis}' then cents else 0 end) as cents
        from ledger join laws using (law)
        where provider_id <> '' and area_code <> '' and year(month) in {_listed(years)}
        group by all
        """,
        laws=pd.DataFrame({"law": list(laws)}, dtype=object),
    ).astype({"days": float, "allocated": float, "cents": float})
    lines["age_group"] = _age_groups(lines, data, codebook)
    strata = lines.groupby(STRATUM)[["cents", "days"]].transform("sum")
    rate = np.where(
        strata["days"] > 0, strata["cents"] / strata["days"].where(strata["days"] > 0), 0
    )
    lines["expected"] = lines["days"] * rate
    keys = [*UNIT, "household_id", "person_id"]
    care = lines.groupby(keys, as_index=False)[["days", "cents", "allocated", "expected"]].sum()
    euros = {"cents": "eur", "allocated": "allocated_eur", "expected": "expected_eur"}
    care = care.assign(**{name: care[name] / CENTS for name in euros}).rename(columns=euros)
    return care.merge(_together(ledger, laws, years), on=[*UNIT, "person_id"], how="left").assign(
        together=lambda frame: frame["together"].eq(True)
    )[list(COLUMNS)]


def _age_groups(lines: pd.DataFrame, data: StudyData, codebook: Codebook) -> pd.Series:
    residents = data.feeds.get("residents")
    if residents is None:
        return pd.Series(UNKNOWN_AGE, index=lines.index)
    born = residents.drop_duplicates("person_id").set_index("person_id")["birth_year"]
    age = lines["year"] - lines["person_id"].map(born)
    group = codebook.age_group(age).astype("object")
    return group.fillna(age.map(lambda years: YOUNGER if years >= 0 else UNKNOWN_AGE))


def _listed(years: tuple[int, ...]) -> str:
    return f"({', '.join(str(int(year)) for year in years)})"


def _together(ledger: CostLedger, laws: tuple[str, ...], years: tuple[int, ...]) -> pd.DataFrame:
    """Return per client whether the household had several providers in a month of own care."""
    return ledger.query(
        f"""
        with care as (
            select distinct household_id, person_id, provider_id, law, month from ledger
            where basis = '{CostBasis.ALLOCATED}' and days > 0 and provider_id <> ''
            and year(month) in {_listed(years)}
        ), homes as (
            select household_id, month, count(distinct provider_id) as providers from care
            group by household_id, month
        )
        select provider_id, law, cast(year(month) as integer) as year, person_id,
               bool_or(providers > 1) as together
        from care join homes using (household_id, month) join laws using (law)
        group by all
        """,
        laws=pd.DataFrame({"law": list(laws)}, dtype=object),
    )
