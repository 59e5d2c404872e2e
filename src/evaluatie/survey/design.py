"""The declared design of the survey: what carries weights and missing answers through everything.

One object serves two variances. *Descriptives* (levels, changes): areas are strata and households
the sampling units, also across waves. *Contrasts* (pilot against comparison): areas are the
clusters, and what counts is one number per area and wave.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from evaluatie.domain import Side
from evaluatie.errors import RefusedError
from evaluatie.methods import (
    Design,
    DesignEstimate,
    Margin,
    QuantileEstimate,
    bootstrap_replicates,
    design_quantile,
    design_ratio,
    pool,
    rake_columns,
)
from evaluatie.study import Study
from evaluatie.survey.weighting import EVERYONE, WeightedPanel

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]


@dataclass(frozen=True)
class SurveyDesign:
    """Respondents of some waves with everything an estimate needs.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row per respondent x wave (n rows, the order of every array here): ``wave``,
        ``area_code``, ``person_id``, ``household_id``, ``panel_status``, ``base_weight``,
        ``weight``, ``cell``, all scores.
    study : Study
        Areas and waves in order.
    waves : tuple of str
        The waves the rows are from, in the order of the study.
    design : methods.Design or None
        Weights, strata (areas), clusters (households), calibration, replicate weights; None when
        nobody answered in these waves.
    imputed : (m, n) array or None
        Completed versions of one outcome, used when an estimate is asked without ``values``.

    Notes
    -----
    Every estimate takes ``values``: shape (n,) with NaN where missing (they leave the domain, not
    the design), or (m, n) completed versions, estimated one by one and pooled by Rubin's rules
    with the degrees of freedom of Barnard and Rubin; and ``domain``, shape (n,), or None.
    """

    frame: pd.DataFrame
    study: Study
    waves: tuple[str, ...]
    design: Design | None
    imputed: Floats | None = None

    @classmethod
    def of(cls, panel: WeightedPanel, study: Study, waves: Iterable[str]) -> SurveyDesign:
        """Declare the design of the rows of some waves of a weighted panel."""
        asked = set(waves)
        chosen = tuple(wave.id for wave in study.waves if wave.id in asked)
        frame = panel.frame[panel.frame["wave"].isin(chosen)]
        return cls(frame, study, chosen, panel.design(chosen) if len(frame) else None)

    @property
    def declared(self) -> Design:
        """The design; refused when nobody answered."""
        if self.design is None:
            raise RefusedError(f"nobody answered in {', '.join(self.waves)}")
        return self.design

    def with_weights(self, weights: ArrayLike) -> SurveyDesign:
        """Return the design with other weights, shape (n,), which then count as fixed."""
        now = self.declared
        other = Design.of(weights, now.stratum_of[now.cluster], now.cluster)
        column = np.asarray(weights, dtype=float)
        return replace(self, frame=self.frame.assign(weight=column), design=other)

    def with_imputations(self, values: ArrayLike) -> SurveyDesign:
        """Return the design that carries m completed versions, shape (m, n), of one outcome."""
        table = np.asarray(values, dtype=float)
        if table.ndim != 2 or table.shape[1] != len(self.frame) or len(table) < 2:
            raise RefusedError(f"imputations need two or more rows of {len(self.frame)} values")
        return replace(self, imputed=table)

    def with_replicates(self, replicates: int, rng: np.random.Generator) -> SurveyDesign:
        """Return the design with bootstrap weights, each raked to the margins of every wave.

        Parameters
        ----------
        replicates : int
            Number of bootstrap samples of households within areas (Rao-Wu).
        rng : numpy.random.Generator

        Notes
        -----
        Every replicate starts at the base weights and is raked to the totals that the weights
        reproduce, so that calibration is in the standard error by repetition. Trimming is not
        repeated: there the replicates vary a little more than the weights would.
        """
        now = self.declared
        base = self.frame["base_weight"].to_numpy(float)
        drawn = bootstrap_replicates(
            base, now.stratum_of[now.cluster], now.cluster, replicates, rng
        )
        margins = [self._margin("area", "area_code"), self._margin("age group and sex", "cell")]
        raked = replace(drawn, weights=rake_columns(drawn.weights, margins).weights)
        return replace(self, design=now.with_replicates(raked))

    def areas_as_clusters(self) -> Design:
        """Return the design for contrasts: areas are the sampling units, weights as they are.

        With few areas its standard errors are too small; agreed contrasts permute `area_means`.
        """
        everyone = np.zeros(len(self.frame))
        return Design.of(self.declared.weights, everyone, self.frame["area_code"].to_numpy())

    def mean(
        self, values: ArrayLike | None = None, domain: ArrayLike | None = None
    ) -> DesignEstimate:
        """Estimate a mean; see `methods.design_mean`."""
        return self._each(values, lambda one: self.declared.mean(one, domain))

    def share(
        self, values: ArrayLike | None = None, domain: ArrayLike | None = None
    ) -> DesignEstimate:
        """Estimate a share, the mean of zeros and ones; its interval is `logit_interval`."""
        for one in self._versions(values):
            if not np.isin(one[~np.isnan(one)], (0, 1)).all():
                raise RefusedError("a share is of values 0 and 1")
        return self.mean(values, domain)

    def total(
        self, values: ArrayLike | None = None, domain: ArrayLike | None = None
    ) -> DesignEstimate:
        """Estimate a population total; see `methods.design_total`."""
        return self._each(values, lambda one: self.declared.total(one, domain))

    def change(
        self,
        later: ArrayLike,
        values: ArrayLike | None = None,
        domain: ArrayLike | None = None,
    ) -> DesignEstimate:
        """Estimate the mean of ``later`` rows, (n,) of bool, minus the others; `design_change`."""
        return self._each(values, lambda one: self.declared.change(one, later, domain))

    def ratio(
        self, numerator: ArrayLike, denominator: ArrayLike, domain: ArrayLike | None = None
    ) -> DesignEstimate:
        """Estimate a ratio of totals; the numerator may have completed versions."""
        return self._each(
            numerator, lambda one: design_ratio(self.declared, one, denominator, domain)
        )

    def quantile(
        self, p: float, values: ArrayLike | None = None, domain: ArrayLike | None = None
    ) -> QuantileEstimate:
        """Estimate a quantile with its interval at the study's level; `methods.design_quantile`."""
        level = 1 - self.study.design.alpha
        versions = self._versions(values)
        found = [design_quantile(self.declared, one, p, domain, level) for one in versions]
        if len(found) == 1:
            return found[0]
        pooled = pool(
            [one.estimate for one in found], [one.std_error**2 for one in found], found[0].df
        )
        low, high = pooled.interval(level)
        return QuantileEstimate(
            float(pooled.estimate[0]),
            float(pooled.std_error[0]),
            float(low[0]),
            float(high[0]),
            float(pooled.df[0]),
            found[0].n,
            found[0].n_clusters,
        )

    def area_means(self, values: ArrayLike | None = None) -> Floats:
        """Return weighted means per area x wave, what contrasts compare.

        Returns
        -------
        (areas, waves) array
            Areas in the order of the study; NaN where nobody has a value. Completed versions are
            averaged within each area and wave, before anything is permuted.
        """
        cell = self.area_position * len(self.waves) + self.wave_position
        size = len(self.study.areas) * len(self.waves)
        shape = (len(self.study.areas), len(self.waves))
        if self.design is None:
            return np.full(shape, np.nan)
        means = []
        for one in self._versions(values):
            known = ~np.isnan(one)
            weight = np.bincount(cell[known], self.design.weights[known], size)
            sums = np.bincount(cell[known], (self.design.weights * one)[known], size)
            means.append(np.divide(sums, weight, out=np.full(size, np.nan), where=weight > 0))
        return np.asarray(np.mean(means, axis=0).reshape(shape))

    @cached_property
    def area_position(self) -> NDArray[np.int64]:
        """Position of each row's area among the areas of the study."""
        codes = [area.code for area in self.study.areas]
        return np.asarray(pd.Index(codes).get_indexer(self.frame["area_code"]), dtype=np.int64)

    @cached_property
    def wave_position(self) -> NDArray[np.int64]:
        """Position of each row's wave among ``waves``."""
        return np.asarray(pd.Index(self.waves).get_indexer(self.frame["wave"]), dtype=np.int64)

    @cached_property
    def persons(self) -> NDArray[np.int64]:
        """Code of each person, -1 without a panel key."""
        return np.asarray(pd.factorize(self.frame["person_id"])[0])

    def persons_in_both(self, first: Booleans, second: Booleans) -> int:
        """Return how many persons have rows in both sets of rows."""
        both = np.intersect1d(self.persons[first], self.persons[second])
        return int((both >= 0).sum())

    def domains(self) -> Iterator[tuple[str, Booleans]]:
        """Yield every area, each side, and everyone, with its rows."""
        place, areas = self.area_position, self.study.areas
        for i, area in enumerate(areas):
            yield area.code, place == i
        for side in Side:
            yield str(side), np.isin(place, [i for i, a in enumerate(areas) if a.side is side])
        yield EVERYONE, np.ones(len(place), dtype=bool)

    def _margin(self, name: str, column: str) -> Margin:
        label = self.frame["wave"].astype(str) + "|" + self.frame[column].astype(str)
        codes = pd.factorize(label)[0].astype(np.int64)
        totals = np.bincount(codes, self.declared.weights)
        return Margin(name, codes, totals.astype(float))

    def _versions(self, values: ArrayLike | None) -> Sequence[Floats]:
        table = self.imputed if values is None else np.asarray(values, dtype=float)
        if table is None:
            raise RefusedError("no values were given and the design carries no imputations")
        return [table] if table.ndim == 1 else list(table)

    def _each(
        self, values: ArrayLike | None, estimate: Callable[[Floats], DesignEstimate]
    ) -> DesignEstimate:
        found = [estimate(one) for one in self._versions(values)]
        if len(found) == 1:
            return found[0]
        pooled = pool(
            [one.estimate for one in found], [one.std_error**2 for one in found], found[0].df
        )
        first = found[0]
        return DesignEstimate(
            float(pooled.estimate[0]),
            float(pooled.std_error[0]),
            float(pooled.df[0]),
            first.n,
            first.n_clusters,
            float(np.mean([one.deff for one in found])),
        )
