"""Files of a question about the residents' survey: answers of persons, and the population."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from evaluatie.dictionary import Codebook
from evaluatie.domain import Population
from evaluatie.errors import RefusedError
from evaluatie.evaluation.changes import stayers_at
from evaluatie.evaluation.products import Products
from evaluatie.export.answered import Answered
from evaluatie.export.pseudonyms import Pseudonyms
from evaluatie.study import Study
from evaluatie.survey import WeightedPanel, area_changes, area_levels, population_of
from evaluatie.survey.stayers import Stayers

PERSON = (
    "row", "person", "household", "wave", "area", "cell", "base_weight", "weight_ours", "value",
)  # fmt: skip
TOLERANCE = 1e-6
Row = dict[str, object]


def survey_files(
    study: Study,
    codebook: Codebook,
    products: Products,
    answered: Answered,
    names: Pseudonyms,
) -> dict[str, pd.DataFrame]:
    """Return ``persons``, ``population`` and ``results`` of a question about a scale."""
    panel = products.panel
    assert panel is not None, "an answered survey question has a panel"
    population = products.data.feeds["population_age_sex"]
    persons = _persons(panel, answered, names)
    tables = {
        "persons": persons.reset_index(drop=True),
        "population": _population(panel, population, study, codebook),
        "results": pd.DataFrame(_results(study, codebook, panel, answered)),
    }
    if answered.question.population is Population.STAYERS:
        tables |= _followed(study, codebook, products, answered, persons["row"])
    return tables


def _followed(
    study: Study, codebook: Codebook, products: Products, answered: Answered, row: pd.Series
) -> dict[str, pd.DataFrame]:
    """Return who could have stayed, with the columns of the model of answering again.

    ``row``: number of each row of the panel's frame in ``persons``.
    """
    parts, terms = [], []
    for wave in answered.contrasts:
        stayers = stayers_at(study, codebook, products, wave)
        assert isinstance(stayers, Stayers), "an answered question has stayers"
        followed = stayers.followed
        part = pd.DataFrame(
            {"wave": wave, "first_row": row.reindex(followed.first).to_numpy(),
             "later_row": row.reindex(followed.again).to_numpy()}
        )  # fmt: skip
        columns = [f"x{k}" for k in range(1, len(followed.names) + 1)]
        parts.append(part.join(pd.DataFrame(followed.X, columns=columns)))
        terms.append(pd.DataFrame({"wave": wave, "column": columns, "term": list(followed.names)}))
    joined = pd.concat(parts, ignore_index=True).sort_values(["wave", "first_row"])
    return {"followed": joined, "model_terms": pd.concat(terms, ignore_index=True)}


def _persons(panel: WeightedPanel, answered: Answered, names: Pseudonyms) -> pd.DataFrame:
    """Return one row per respondent x wave with what this question needs and nothing else."""
    frame, question = panel.frame, answered.question
    base = frame["base_weight"] if "base_weight" in frame else pd.Series(1.0, index=frame.index)
    persons = pd.DataFrame(
        {
            "person": names.replace(frame["person_id"], f"{question.id}/person"),
            "household": names.replace(frame["household_id"], f"{question.id}/household"),
            "wave": frame["wave"],
            "area": frame["area_code"],
            "cell": frame["cell"],
            "base_weight": base,
            "weight_ours": frame["weight"],
            "value": frame[question.indicator],
        }
    )
    # in the order of the pseudonyms: the order of the raw file would link the files of questions
    persons = persons.sort_values(["wave", "household", "person"])
    persons.insert(0, "row", range(1, len(persons) + 1))
    return persons[list(PERSON)]


def _population(
    panel: WeightedPanel, feed: pd.DataFrame, study: Study, codebook: Codebook
) -> pd.DataFrame:
    """Return adults per wave, area and raking cell; refused where our weights differ from them."""
    parts = []
    for wave in study.waves:
        if not (panel.frame["wave"] == wave.id).any():
            continue
        residents = population_of(feed, wave.start.year, study, codebook)
        cell_of = _merging(panel, wave.id)
        pairs = zip(residents["sex"], residents["age_group"], strict=True)
        cells = [cell_of.get(f"{sex} {group}", f"{sex} {group}") for sex, group in pairs]
        parts.append(residents.assign(wave=wave.id, cell=cells))
    adults = pd.concat(parts, ignore_index=True).rename(columns={"area_code": "area"})
    adults = adults.groupby(["wave", "area", "cell"], as_index=False)["persons"].sum()
    _check(panel, adults)
    return adults


def _merging(panel: WeightedPanel, wave: str) -> Mapping[str, str]:
    """Return age-sex cell -> the cell it was merged into, as named in the report on the weights."""
    report = panel.report
    notes = report.loc[(report["wave"] == wave) & (report["term"] == "merged_cells"), "note"]
    merges = [part.partition(" > ") for note in notes for part in str(note).split("; ") if part]
    return {old: new for old, _, new in merges}


def _check(panel: WeightedPanel, adults: pd.DataFrame) -> None:
    ours = panel.frame.groupby(["wave", "area_code"])["weight"].sum()
    known = adults.groupby(["wave", "area"])["persons"].sum().reindex(ours.index)
    if not ((ours / known - 1).abs() < TOLERANCE).all():
        raise RefusedError(
            "our weights do not add up to the adults of each area, so R could not rebuild them",
            where="population_age_sex",
            remedy="this is a fault of the export; nothing was written. Report it.",
        )


def _results(
    study: Study, codebook: Codebook, panel: WeightedPanel, answered: Answered
) -> Iterator[Row]:
    yield _row("weights_largest_relative_difference", "", "", 0.0)
    scale = codebook.scales[answered.question.indicator]
    for found in area_levels(panel, scale, study).to_dict("records"):
        yield from _estimate("level", found)
    for found in area_changes(panel, scale, study).to_dict("records"):
        if found["wave"] in answered.contrasts:
            yield from _estimate("change", found)


def _estimate(name: str, found: Mapping[str, object]) -> Iterator[Row]:
    if found["status"] != "estimated":
        return
    where = (str(found["wave"]), str(found["area"]))
    yield _row(name, *where, found["estimate"])
    yield _row(f"{name}_se", *where, found["std_error"])


def _row(quantity: str, wave: str, area: str, value: object) -> Row:
    return {"quantity": quantity, "wave": wave, "area": area, "value": value}
