"""Validate the questionnaires: one table per wave, answers by item id.

A missing code ("no answer") is an answer that counts as missing, not a problem; it is counted
apart from answers outside the codes. A change of coding is undone, so that a code means the same
in every wave.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evaluatie.dictionary.model import Column, Item
from evaluatie.domain import Severity
from evaluatie.intake import rules
from evaluatie.intake.parse import allowed_type, parse
from evaluatie.intake.validate import (
    Context,
    Table,
    check_columns,
    code_text,
    range_text,
    set_rows_aside,
    validate_columns,
)


@dataclass(frozen=True)
class AnswerCounts:
    """What became of the answers to one item in one wave, numbers of rows in the file."""

    feed: str
    wave: str
    column: str
    answered: int
    missing_code: int
    empty: int
    invalid: int


def validate_wave(raw: pd.DataFrame, context: Context) -> tuple[Table, list[AnswerCounts]]:
    """Validate one wave of a questionnaire.

    Returns
    -------
    Table
        One row per respondent. Categorical items hold the code of the dictionary as text,
        others float64; an item that was not asked in this wave is missing for everyone.
    list of AnswerCounts
        One per item that was asked.
    """
    feed = context.feed
    items = context.codebook.items_for(feed.questionnaire or "residents")
    check_columns(raw, [*feed.columns, *_asked(items, context)], list(items), context)
    parsed, aside = validate_columns(raw, feed.columns, context)
    answers, counts = {}, []
    for item in items.values():
        if item.id in raw and was_asked(item, context.wave):
            answers[item.id], count = _validate_item(raw[item.id], item, context)
            counts.append(count)
        else:
            answers[item.id] = _nobody(item, raw, context)
    frame = pd.concat([parsed, pd.DataFrame(answers, index=raw.index)], axis="columns")
    return set_rows_aside(frame, aside, feed.columns, context), counts


def was_asked(item: Item, wave: str) -> bool:
    """Return whether an item was put in a wave; no list of waves means every wave."""
    return not item.waves or wave in item.waves


def _asked(items: Mapping[str, Item], context: Context) -> list[Column]:
    return [
        Column(name=item.id, column=item.column, type="text")
        for item in items.values()
        if was_asked(item, context.wave)
    ]


def _nobody(item: Item, raw: pd.DataFrame, context: Context) -> pd.Series:
    if item.id in raw and not parse(raw[item.id], "code").empty.all():
        context.log.add(
            "item_not_asked",
            feed=context.feed.id,
            file=context.file,
            column=item.id,
            allowed="waves " + ", ".join(item.waves),
        )
    kind = "object" if item.type == "categorical" else "float64"
    return pd.Series(np.nan, index=raw.index, dtype=kind)


def _validate_item(raw: pd.Series, item: Item, context: Context) -> tuple[pd.Series, AnswerCounts]:
    answers = parse(raw, "code").cells
    absent = answers.isin(list(item.missing_codes)).to_numpy()
    empty = answers.isna().to_numpy()
    if item.type == "categorical":
        values, invalid = _codes(answers.mask(absent), item, context)
    else:
        values, invalid = _amounts(raw.mask(absent), item, context)
    answered = int(values.notna().sum())
    counts = AnswerCounts(
        context.feed.id,
        context.wave,
        item.id,
        answered,
        int(absent.sum()),
        int(empty.sum()),
        int(invalid.sum()),
    )
    return values, counts


def _codes(answers: pd.Series, item: Item, context: Context) -> tuple[pd.Series, np.ndarray]:
    recode = coding_in(item, context)
    invalid = rules.not_in(answers, recode.keys())
    allowed = code_text([*recode, *item.missing_codes])
    context.report("value_outside_codes", item.id, invalid, Severity.TOLERATE, allowed)
    return answers.map(recode).astype("object"), invalid


def coding_in(item: Item, context: Context) -> Mapping[str, str]:
    """Return code in the file -> code of the dictionary for this wave: the last change counts."""
    order = [wave.id for wave in context.study.waves]
    now = order.index(context.wave)
    changes = [c for c in item.changes if c.recode and order.index(c.wave) <= now]
    if not changes:
        return {code: code for code in item.codes}
    return max(changes, key=lambda change: order.index(change.wave)).recode


def _amounts(raw: pd.Series, item: Item, context: Context) -> tuple[pd.Series, np.ndarray]:
    found = parse(raw, item.type, context.feed.decimal)
    column = Column(name=item.id, column=item.column, type=item.type)
    allowed = allowed_type(column, context.feed.decimal)
    context.report("wrong_type", item.id, found.wrong, Severity.TOLERATE, allowed)
    outside = rules.outside(found.cells, item.minimum, item.maximum)
    allowed = range_text(item.minimum, item.maximum)
    context.report("value_outside_range", item.id, outside, Severity.TOLERATE, allowed)
    return found.cells.mask(outside), found.wrong | outside
