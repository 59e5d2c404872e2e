"""Share of panel members who changed by at least a person's minimal important difference."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evaluatie.agreement import AgreementBook
from evaluatie.dictionary import Codebook
from evaluatie.domain import Status
from evaluatie.evaluation.changes import stayers_at
from evaluatie.evaluation.contrast_rows import BETWEEN, contrasted
from evaluatie.evaluation.products import Products
from evaluatie.methods import DesignEstimate, logit_interval
from evaluatie.results import Table, estimate_row
from evaluatie.study import Study
from evaluatie.survey.responders import Responders, responders

Row = dict[str, Any]
TERMS = ("improved_share", "worsened_share")
METHOD = "stayers_weighted"


def responder_rows(
    study: Study, codebook: Codebook, book: AgreementBook, products: Products
) -> Iterator[Row]:
    """Yield, per agreed contrast of a scale, side and later wave, the shares improved and worsened.

    They stand beside a mean and its agreed margin; a person's difference is no margin of a mean.
    A scale without such a difference gets one row that says so.
    """
    panel = products.panel
    if panel is None:
        return
    for question in contrasted(book):
        scale = codebook.scales.get(question.indicator)
        if scale is None or scale.population != "residents":
            continue
        where = {"question": question.id, "indicator": scale.id, "category": "change=mid"}
        if scale.mid is None:
            yield _absent("no_mid", where | {"area": BETWEEN})
            continue
        for wave in study.waves[1:]:
            asked = all(codebook.scale_asked(scale.id, w) for w in (study.baseline.id, wave.id))
            if not asked or wave.id not in products.data.survey:
                continue  # the contrast of this wave says why there is none
            stayers = stayers_at(study, codebook, products, wave.id)
            if isinstance(stayers, str):
                yield _absent(stayers, where | {"wave": wave.id, "area": BETWEEN})
                continue
            for found in responders(panel, scale, study, wave.id, stayers):
                yield from _rows(found, study, where)


def _rows(found: Responders, study: Study, where: Row) -> Iterator[Row]:
    place = where | {"wave": found.wave, "area": found.side}
    if found.improved is None or found.worsened is None:
        yield _absent(found.reason, place)
        return
    for term, share in zip(TERMS, (found.improved, found.worsened), strict=True):
        yield estimate_row(
            Table.SUBGROUP, term, **place, unit="share", method=METHOD, **_numbers(share, study)
        )


def _absent(reason: str, place: Row) -> Row:
    status = str(Status.NOT_ESTIMABLE)
    return estimate_row(
        Table.SUBGROUP, TERMS[0], **place, unit="share", method=METHOD, status=status, reason=reason
    )


def _numbers(share: DesignEstimate, study: Study) -> Row:
    level = 1 - study.design.alpha
    low, high = logit_interval(share.estimate, share.std_error, share.df, level, share.n_clusters)
    return {
        "estimate": share.estimate, "std_error": share.std_error, "ci_low": low, "ci_high": high,
        "df": share.df, "n": share.n, "n_households": share.n_clusters,
    }  # fmt: skip
