"""Public figures of the municipality, made comparable with those of the study."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from evaluatie.costs.amounts.prices import at_price_level
from evaluatie.dictionary.model import CodebookContent, Feed
from evaluatie.domain import Side
from evaluatie.errors import RefusedError
from evaluatie.intake import plain_name
from evaluatie.study import Study

MUNICIPALITY, COUNTRY = "municipality", "country"
STRATUM = ["sex", "band"]
_CELL = ["place", "year", "sex", "age_class"]
COLUMNS = ("place", "year", "part", "eur_per_insured_year", "standardised", "covered",
           "insured_persons", "insured_years", "missing")  # fmt: skip
LAW_COLUMNS = ("place", "year", "law", "part", "eur", "users", "municipalities")
LOWER = re.compile(r"^(\d+)")


def public_insured(
    public: pd.DataFrame,
    own: pd.DataFrame | None,
    feed: Feed,
    study: Study,
    codebook: CodebookContent,
) -> pd.DataFrame:
    """Return insured cost per insured year of the municipality beside both sides of the study.

    Parameters
    ----------
    public : DataFrame
        What all insurers paid in the municipality: municipality, year, sex, age_class, category,
        insured_persons, insured_years, amount_eur.
    own : DataFrame, optional
        The same of the study's own insurer by area (``area_code``); None where it is not there.
    feed : Feed
        The feed of ``public``: the ``part`` of each column groups the categories of care.
    study, codebook
        Areas, cost years and price level; prices.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`, one row per place (municipality, pilot, comparison) x year x part of the
        care ('' for all of it), EUR at the price level of the study.

    Notes
    -----
    Direct standardisation to the pilot's insured of the same year: sum over strata k (sex x age
    band) of W_k x eur_k / years_k, W_k the share of k in the insured years of the pilot. Bands are
    the finest that the classes of both files fill exactly. A stratum without insured years in a
    place has no rate: its weight goes to the others, and ``covered`` is the weight that had one.
    Without ``own`` there is nothing to standardise to, and ``standardised`` is NaN.
    The municipality is everybody insured there with whomever; the sides are the insured of one
    insurer: the two differ in more than where people live.
    An empty amount counts as 0 and in ``missing``.

    Raises
    ------
    RefusedError
        Insured years that differ between the categories of one cell.
    """
    part_of = {column.name: column.part for column in feed.wide_columns}
    tables = [_placed(public, {}, part_of)]
    if own is not None:
        side = {area.code: str(area.side) for area in study.areas}
        tables.append(_placed(own[own["area_code"].isin(side)], side, part_of))
    frame = pd.concat(tables, ignore_index=True)
    first, last = study.cost_years
    frame = frame[frame["year"].between(first, last)].astype({"year": int})
    frame["band"] = _bands(frame)
    frame["missing"] = frame["amount_eur"].isna()
    eur = at_price_level(
        frame["amount_eur"].fillna(0.0), frame["year"], codebook.prices, study.price_level
    )
    return _cells(frame.assign(eur=eur))


def _placed(
    feed: pd.DataFrame, side: Mapping[str, str], part_of: Mapping[str, str]
) -> pd.DataFrame:
    where = feed["area_code"] if side else feed["municipality"]
    place = where.map(side) if side else pd.Series(MUNICIPALITY, index=feed.index)
    part = feed["category"].map(part_of).fillna("")
    return feed.assign(where=where, place=place, part=part).drop(
        columns=["area_code", "municipality"], errors="ignore"
    )


def _bands(frame: pd.DataFrame) -> pd.Series:
    """Return the age band of each row: its lower bound, common to the classes of every place."""
    lower = {c: int(LOWER.findall(c)[0]) for c in frame["age_class"].unique()}
    known = frame["age_class"].map(lower)
    starts = [set(rows) for _, rows in known.groupby([frame["place"], frame["year"]])]
    common = np.array(sorted(set.intersection(*starts) | {min(lower.values())}))
    return pd.Series(
        common[np.searchsorted(common, known.to_numpy(), side="right") - 1], index=frame.index
    )


def _cells(frame: pd.DataFrame) -> pd.DataFrame:
    people = _people(frame)
    strata = people.groupby(["place", "year", *STRATUM])[["persons", "years"]].sum()
    totals = strata.groupby(["place", "year"]).sum()
    weights = strata["years"].xs(Side.PILOT, level="place") if _has_pilot(strata) else None
    parts = [frame.assign(part=""), frame[frame["part"] != ""]]
    rows = []
    for (place, year, part), cell in pd.concat(parts).groupby(["place", "year", "part"]):
        own = strata["years"].loc[place, year]
        eur = cell.groupby(STRATUM)["eur"].sum().reindex(own.index, fill_value=0.0)
        standard, covered = np.nan, np.nan
        if weights is not None and year in weights.index.get_level_values("year"):
            standard, covered = _standardised(eur, own, weights.loc[year])
        behind = totals.loc[(place, year)]
        years = behind["years"] or np.nan
        rows.append((place, year, part, eur.sum() / years, standard, covered,
                     behind["persons"], behind["years"], int(cell["missing"].sum())))  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _people(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row per cell of the files: its people once, whatever the categories."""
    by_cell = frame.groupby(["where", *_CELL, "band"], dropna=False)["insured_years"]
    differ = by_cell.max() != by_cell.min()
    if (differ & (by_cell.count() > 0)).any():
        raise RefusedError(
            f"the insured years differ between the categories of {int(differ.sum())} cells",
            where="feed of public insured cost, column insured_years",
            allowed="one number of insured years per place, year, sex and age class",
        )
    once = frame.drop_duplicates(["where", *_CELL])
    return once.assign(persons=once["insured_persons"], years=once["insured_years"])


def _has_pilot(strata: pd.DataFrame) -> bool:
    return str(Side.PILOT) in strata.index.get_level_values("place")


def _standardised(eur: pd.Series, years: pd.Series, weights: pd.Series) -> tuple[float, float]:
    both = pd.DataFrame({"eur": eur, "years": years}).reindex(weights.index)
    known = both["years"] > 0
    weight = (weights / weights.sum())[known]
    rate = both.loc[known, "eur"] / both.loc[known, "years"]
    covered = float(weight.sum())
    return (float((weight * rate).sum() / covered) if covered else np.nan), covered


def public_by_law(table: pd.DataFrame, feed: Feed, study: Study) -> pd.DataFrame:
    """Return totals and users by law and year: of the municipality, and of all in the file.

    Parameters
    ----------
    table : DataFrame
        One row per municipality x category x year: ``value``; the category is a column of ``feed``,
        an amount where its type is ``eur`` and a number of users otherwise.

    Returns
    -------
    DataFrame
        Columns `LAW_COLUMNS`: place (municipality, country), year, law and part of the columns,
        eur (prices of that year), users, and the number of municipalities with an amount.

    Notes
    -----
    The country is the sum of the municipalities in the file. A municipality without a value is not
    in the sum, and not in ``municipalities``: nothing is filled in.
    """
    known = {column.name: column for column in feed.wide_columns}
    frame = table[table["value"].notna()].copy()
    for field in ("law", "part"):
        frame[field] = frame["category"].map({n: getattr(c, field) or "" for n, c in known.items()})
    amount = {name: column.type == "eur" for name, column in known.items()}
    frame["measure"] = np.where(frame["category"].map(amount).astype(bool), "eur", "users")
    wanted = plain_name(study.municipality.name)
    own = frame[frame["municipality"].map(plain_name) == wanted]
    pieces = [_by_law(own, MUNICIPALITY), _by_law(frame, COUNTRY)]
    return pd.concat(pieces, ignore_index=True)[list(LAW_COLUMNS)]


def _by_law(frame: pd.DataFrame, place: str) -> pd.DataFrame:
    keys = ["year", "law", "part"]
    wide = frame.pivot_table(index=keys, columns="measure", values="value", aggfunc="sum")
    named = frame[frame["measure"] == "eur"].groupby(keys)["municipality"].nunique()
    wide = wide.reindex(columns=["eur", "users"]).assign(municipalities=named, place=place)
    return wide.reset_index()
