"""Which verdicts the truth denies: per question, and in any question of a role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from evaluatie.calibration.scenarios import Kind
from evaluatie.domain import QuestionType, VerdictWord

FAVOURABLE = (VerdictWord.IMPROVED, VerdictWord.NOT_WORSE, VerdictWord.EQUIVALENT)
STUDY = ["scenario", "seed"]  # one drawn study
Flags = npt.NDArray[np.bool_]
Combines = Mapping[str, Sequence[str]]  # question -> the questions it combines


def false_claims(rows: pd.DataFrame, kind: Kind, combines: Combines | None = None) -> Flags:
    """Return which verdicts the truth denies; shape (rows,).

    "Improved" where the effect is not favourable, "not worse" where the harm reaches the margin,
    "equivalent" where the effect reaches it on either side, "worse" where a superiority question's
    effect is not harmful or another question's harm stays below the margin.

    Notes
    -----
    A question that combines others has no truth of its own: it claims that each of its parts holds,
    so "improved" is false in a study in which the truth of any part denies the favourable word of
    that part. ``rows`` then hold the parts too. Without ``combines`` it is false in a null alone.
    """
    gain, margin = rows["truth"] * rows["favourable"], rows["margin"]
    superiority = rows["type"] == QuestionType.SUPERIORITY
    combined = rows["type"] == QuestionType.INTERSECTION_UNION
    wrong = {
        VerdictWord.IMPROVED: np.where(
            combined, _some_part_denied(rows, kind, combines or {}), gain <= 0
        ),
        VerdictWord.NOT_WORSE: gain <= -margin,
        VerdictWord.EQUIVALENT: gain.abs() >= margin,
        VerdictWord.WORSE: (superiority & (gain >= 0)) | (~superiority & (gain > -margin)),
    }
    found = np.zeros(len(rows), dtype=bool)
    for word, denied in wrong.items():
        found |= ((rows["verdict"] == word) & denied).to_numpy(bool)
    return found


def _some_part_denied(rows: pd.DataFrame, kind: Kind, combines: Combines) -> Flags:
    own = rows[rows["agreed"].astype(bool)]
    own = own.assign(denied=_favourable_word_denied(own))
    found = np.full(len(rows), kind is Kind.NULL)
    for question, parts in combines.items():
        here = (rows["question"] == question).to_numpy(bool)
        by_study = own[own["question"].isin(list(parts))].groupby(STUDY)["denied"].any()
        asked = pd.MultiIndex.from_frame(rows.loc[here, STUDY])
        found[here] = asked.isin(by_study.index[by_study])
    return found


def _favourable_word_denied(rows: pd.DataFrame) -> Flags:
    """Return where the truth denies the one favourable word a question of this type can get."""
    gain, margin, kinds = rows["truth"] * rows["favourable"], rows["margin"], rows["type"]
    denied = (
        ((kinds == QuestionType.SUPERIORITY) & (gain <= 0))
        | ((kinds == QuestionType.NON_INFERIORITY) & (gain <= -margin))
        | ((kinds == QuestionType.EQUIVALENCE) & (gain.abs() >= margin))
    )
    return np.asarray(denied, dtype=bool)


def any_false_claim(
    replicates: pd.DataFrame,
    kind: Kind,
    roles: Mapping[str, str],
    combines: Combines | None = None,
) -> pd.DataFrame:
    """Return per role the share of studies with at least one false claim, with Monte Carlo errors.

    Columns: ``role``, ``questions``, ``studies``, ``favourable`` (any false favourable word),
    ``any`` (or a false "worse"), and ``*_mcse``. "Worse" on a non-inferiority or equivalence
    question is a safety rule whose p is not adjusted, so no sequence or family bounds it.
    """
    rows = replicates.assign(
        false=false_claims(replicates, kind, combines), role=replicates["question"].map(roles)
    )
    rows = rows[rows["agreed"].astype(bool)]
    rows = rows.assign(false_favourable=rows["false"] & rows["verdict"].isin(FAVOURABLE))
    found = []
    for role in dict.fromkeys(roles.values()):
        group = rows[rows["role"] == role]
        if group.empty:
            continue
        studies = group.groupby(STUDY)
        row: dict[str, object] = {"role": role, "questions": group["question"].nunique()}
        row["studies"] = studies.ngroups
        for name, column in (("favourable", "false_favourable"), ("any", "false")):
            share = float(studies[column].any().mean())
            row |= {name: share, f"{name}_mcse": np.sqrt(share * (1 - share) / studies.ngroups)}
        found.append(row)
    return pd.DataFrame(found)
