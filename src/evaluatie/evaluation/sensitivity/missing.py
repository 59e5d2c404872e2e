"""The same contrast with other answers to what is missing: who stayed, complete cases, imputed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from evaluatie.agreement import AgreementBook
from evaluatie.dictionary import Codebook
from evaluatie.dictionary.model import Scale
from evaluatie.domain import Population
from evaluatie.errors import RefusedError
from evaluatie.evaluation.agreed_tests import TREATED
from evaluatie.evaluation.area_change import TwoWaves
from evaluatie.evaluation.changes import waves_compared
from evaluatie.evaluation.contrast_rows import contrasted, sign_of
from evaluatie.evaluation.contrasts import contrast
from evaluatie.evaluation.products import Products
from evaluatie.evaluation.sensitivity.analysis import Found, Row, Setting
from evaluatie.methods import cr2, pool
from evaluatie.study import Study
from evaluatie.survey import WeightedPanel
from evaluatie.survey.imputation import ImputedScores, impute_scores

FOLLOWED = (Population.CURRENT_RESIDENTS, Population.STAYERS)


def by_missing_data(setting: Setting) -> Iterator[Row]:
    """Yield the contrast of a survey question in another population and with other answers.

    Rows: ``population=stayers`` (of a question about stayers: ``current_residents``),
    ``answers=complete_case`` (everybody with a score counts once, no weights),
    ``answers=imputed`` (weights as agreed, missing scores imputed) and the same with the interval
    of the agreed test, from changes averaged over imputations within each area before anything is
    permuted. The agreed answer, weighted and without the missing scores, is the contrast itself.
    """
    panel, question = setting.products.panel, setting.question
    if question.indicator not in setting.codebook.scales or panel is None:
        return
    for other in FOLLOWED:
        if other is not question.population:
            yield _row(setting, f"population={other}", _compared(setting, other), panel)
    compared = _compared(setting, None)
    bare = compared if isinstance(compared, str) else compared.unweighted()
    areas = setting.changes["residents"]  # areas count as agreed, persons within them once
    yield _row(setting, "answers=complete_case", bare, panel, areas)
    yield from _imputed_rows(setting, compared)


def _compared(setting: Setting, population: Population | None) -> TwoWaves | str:
    s = setting
    return waves_compared(s.study, s.codebook, s.products, s.question, s.wave, population)


def _row(
    setting: Setting,
    category: str,
    compared: TwoWaves | str,
    panel: WeightedPanel,
    residents: pd.Series | None = None,
) -> Row:
    if isinstance(compared, str):
        return setting.plain_row(category, "cr2", compared)
    scores = panel.frame[setting.question.indicator].to_numpy(float)
    changes = compared.change(scores[compared.before], scores[compared.after])
    if residents is not None:
        changes = changes.assign(residents=residents.to_numpy())
    if gone := int(changes["change"].isna().sum()):
        return setting.plain_row(category, "cr2", f"no_change_in_areas:{gone}")
    try:
        return setting.row(category, setting.robust(changes), "cr2", changes)
    except RefusedError:
        return setting.plain_row(category, "cr2", "too_few_areas_left")


def _imputed_rows(setting: Setting, compared: TwoWaves | str) -> Iterator[Row]:
    category, test = "answers=imputed", str(setting.question.test)
    by_test = f"{category}|method={test}"
    sets = compared if isinstance(compared, str) else imputed_changes(setting, compared)
    if isinstance(sets, str):
        yield setting.plain_row(category, "cr2_rubin", sets)
        yield setting.plain_row(by_test, test, sets)
        return
    try:
        found = pooled_contrast(setting, sets)
        yield setting.row(category, found, "cr2_rubin", sets[0])
    except RefusedError:
        yield setting.plain_row(category, "cr2_rubin", "too_few_areas_left")
    mean = averaged(sets)
    sign = sign_of(setting.question, setting.codebook)
    agreed = contrast(setting.study, setting.question, setting.wave, mean, sign)
    if agreed.reason:
        yield setting.plain_row(by_test, test, agreed.reason)
    else:
        yield setting.row(by_test, (agreed.estimate, agreed.low, agreed.high), test, mean)


def imputed_changes(setting: Setting, compared: TwoWaves) -> list[pd.DataFrame] | str:
    """Return the changes of the areas in every completed version, or why there are none.

    Every respondent has a score in each. Inference over areas uses `averaged`: the mean over
    versions within each area, before anything is permuted.
    """
    panel = setting.products.panel
    if panel is None:
        return "missing_feed:survey"
    completed = []
    for when, rows in (
        (setting.study.baseline.id, compared.before),
        (setting.wave, compared.after),
    ):
        imputed = imputed_at(setting.study, setting.codebook, setting.book, setting.products, when)
        if isinstance(imputed, str):
            return imputed
        if setting.question.indicator not in imputed.scores:
            return f"no_answers:{when}"
        place = np.flatnonzero((panel.frame["wave"] == when).to_numpy())
        scores = imputed.scores[setting.question.indicator]
        completed.append(scores[:, np.searchsorted(place, rows)])
    return [compared.change(*scores) for scores in zip(*completed, strict=True)]


def averaged(sets: list[pd.DataFrame]) -> pd.DataFrame:
    """Return the changes of the areas averaged over imputations, as `changes_since_baseline`."""
    return sets[0].assign(change=np.mean([s["change"].to_numpy() for s in sets], axis=0))


def pooled_contrast(setting: Setting, sets: list[pd.DataFrame]) -> Found:
    """Return the agreed contrast over completed versions, with interval.

    Notes
    -----
    The estimate is the contrast of the averaged changes, which equals the mean of the contrasts.
    Variance by Rubin's rules: the mean CR2 variance over versions, plus ``(1 + 1/m)`` times the
    variance of the contrast between versions; df of Barnard & Rubin with the mean Bell-McCaffrey
    df as those of complete data.
    """
    fits = [cr2(setting.fit(changes), TREATED) for changes in sets]
    variances = [fit.std_error**2 for fit in fits]
    df = float(np.mean([fit.df for fit in fits]))
    pooled = pool([fit.estimate for fit in fits], variances, df)
    low, high = pooled.interval(setting.level)
    return float(pooled.estimate[0]), float(low[0]), float(high[0])


def imputed_at(
    study: Study, codebook: Codebook, book: AgreementBook, products: Products, wave: str
) -> ImputedScores | str:
    """Return the completed scores of a wave for all compared questions together, made once.

    Reasons: ``missing_feed:survey``, ``no_respondents``, ``cannot_impute`` (too few complete
    respondents, or a predictor that separates perfectly).
    """
    panel = products.panel
    if panel is None or wave not in products.data.survey:
        return "missing_feed:survey"
    return products.once(("imputed", wave), lambda: _impute(study, codebook, book, panel, wave))


def scales_compared(codebook: Codebook, book: AgreementBook) -> list[Scale]:
    """Return the scales of the questions that compare pilot and comparison areas."""
    named = dict.fromkeys(question.indicator for question in contrasted(book))
    return [codebook.scales[name] for name in named if name in codebook.scales]


def _impute(
    study: Study, codebook: Codebook, book: AgreementBook, panel: WeightedPanel, wave: str
) -> ImputedScores | str:
    rows = panel.frame[panel.frame["wave"] == wave]
    if rows.empty:
        return "no_respondents"
    scales = scales_compared(codebook, book)
    answered = [scale for scale in scales if rows[scale.id].notna().any()]
    deciding = {
        q.indicator for q in contrasted(book) if wave in (study.baseline.id, q.verdict_wave)
    }
    try:
        return impute_scores(panel, study, codebook, answered, wave, by_item=deciding)
    except RefusedError:
        return "cannot_impute"
