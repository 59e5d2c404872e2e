"""The codebook: everything the dictionary folders say, and the questions other layers ask it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd

from evaluatie.dictionary.model import CodebookContent, Column, Feed, Item, Scale
from evaluatie.errors import DeclarationError

SurveyPopulation = Literal["residents", "professionals"]


class Codebook(CodebookContent):
    """Content of the data dictionary with the helpers that scoring, costs and reports need."""

    def items_for(self, population: SurveyPopulation) -> Mapping[str, Item]:
        """Return the items of one questionnaire by item id, in the order of the file."""
        return self.items if population == "residents" else self.professional_items

    def scales_for(self, population: SurveyPopulation) -> tuple[Scale, ...]:
        """Return the scales scored from one questionnaire, in the order of the file."""
        return tuple(s for s in self.scales.values() if s.population == population)

    def scale_asked(self, scale_id: str, wave: str) -> bool:
        """Return whether every item of the scale was asked in ``wave``; else not estimable."""
        scale = self.scale(scale_id)
        items = self.items_for(scale.population)
        return all(not items[i].waves or wave in items[i].waves for i in scale.items)

    def scale(self, scale_id: str) -> Scale:
        """Return a scale by id, or refuse with the list of scales there are."""
        if scale_id not in self.scales:
            raise DeclarationError(
                f"there is no scale '{scale_id}'", allowed=", ".join(self.scales)
            )
        return self.scales[scale_id]

    def feed(self, feed_id: str) -> Feed:
        """Return a feed by id, or refuse with the list of feeds there are."""
        if feed_id not in self.feeds:
            raise DeclarationError(f"there is no feed '{feed_id}'", allowed=", ".join(self.feeds))
        return self.feeds[feed_id]

    def columns_of(self, feed_id: str) -> tuple[Column, ...]:
        """Return the canonical columns of a feed; KOSTEN_* columns as category and amount.

        In layout ``wide_categories`` the columns whose header starts with the prefix become rows:
        their names are the codes of the column ``category``, their values ``amount_eur``. In layout
        ``wide_years`` every column of numbers becomes rows: ``category``, ``year`` and ``value``.
        """
        feed = self.feed(feed_id)
        if feed.layout == "long":
            return feed.columns
        wide = feed.wide_columns
        header = f"{feed.wide_prefix}*"
        category = Column(
            name="category", column=header, type="code", codes={c.name: c.name for c in wide}
        )
        kept = (*(c for c in feed.columns if c not in wide), category)
        own = {"column": header, "aliases": (), "unless": (), "required": True, "type": "eur"}
        if feed.layout == "wide_categories":
            return (*kept, wide[0].model_copy(update=own | {"name": "amount_eur"}))
        year = Column(name="year", column=header, type="integer")
        return (*kept, year, wide[0].model_copy(update=own | {"name": "value", "nullable": True}))

    def questionnaire_feed(self, population: SurveyPopulation) -> Feed | None:
        """Return the feed that holds a questionnaire, or None where the study has none."""
        return next((f for f in self.feeds.values() if f.questionnaire == population), None)

    def law_ids(self, grain: str | None = None) -> tuple[str, ...]:
        """Return the law ids, of one grain or (None) all of them."""
        return tuple(i for i, law in self.laws.items() if grain is None or law.grain == grain)

    def payer_of(self, law_id: str) -> str:
        """Return the id of the payer of a law, or refuse with the list of laws there are."""
        if law_id not in self.laws:
            raise DeclarationError(f"there is no law '{law_id}'", allowed=", ".join(self.laws))
        return self.laws[law_id].payer

    def laws_of(self, payer: str) -> tuple[str, ...]:
        """Return the ids of the laws a payer pays for."""
        return tuple(i for i, law in self.laws.items() if law.payer == payer)

    def age_group(self, age: pd.Series) -> pd.Series:
        """Return the survey age group of each age in completed years.

        Parameters
        ----------
        age : pandas.Series of number, shape (n,)
            Age in completed years; NaN allowed.

        Returns
        -------
        pandas.Series of ordered category, shape (n,), the index of ``age``
            Group id; missing where the age is missing or in no group (children).
        """
        ids = [group.id for group in self.survey_age_groups]
        years = pd.to_numeric(age).to_numpy(dtype="float64", na_value=np.nan)
        codes = np.full(len(years), -1)
        for position, group in enumerate(self.survey_age_groups):
            codes[(years >= group.minimum) & (years < group.maximum + 1)] = position
        labels = pd.Categorical.from_codes(codes, categories=ids, ordered=True)
        return pd.Series(labels, index=age.index, name="age_group")

    def price_factor(self, year: int, price_level: int) -> float:
        """Return what one euro of ``year`` is worth in euros of ``price_level``: CPI ratio."""
        for asked in (year, price_level):
            if asked not in self.prices.index:
                raise DeclarationError(
                    f"there is no price index for {asked}",
                    where="prices.yml",
                    allowed=", ".join(str(y) for y in sorted(self.prices.index)),
                    remedy="add the year with its source to prices.yml in the dictionary.",
                )
        return self.prices.index[price_level] / self.prices.index[year]
