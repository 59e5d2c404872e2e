"""Mirror information: a provider sees itself and nobody else by name."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from providers_example import LAWS

from evaluatie.dictionary import load_codebook
from evaluatie.evaluation.monitor import mirror
from evaluatie.evaluation.monitor.asked import Asked
from evaluatie.evaluation.monitor.mirror_limits import limits, spread_of
from evaluatie.results import estimates_frame
from evaluatie.study import open_study

STUDY = open_study(Path(__file__).parents[2])
CODEBOOK = load_codebook(STUDY)
OWN = "V03"


def care(providers=12, seed=2, year=2019):
    """One row per client; the first provider is the largest, the last has three clients."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(providers):
        for client in range(max(3, 80 // (number + 1))):
            expected = rng.gamma(2, 1000)
            rows.append(
                {"provider_id": f"V{number:02d}", "law": LAWS[0], "year": year,
                 "person_id": f"P{number}-{client}", "household_id": f"H{number}-{client // 2}",
                 "days": 10.0, "eur": expected * rng.gamma(4, 0.25), "expected_eur": expected,
                 "allocated_eur": expected * 1.1, "together": bool(rng.random() < 0.4)}
            )  # fmt: skip
    return pd.DataFrame(rows)


def courses_of(frame):
    some = frame[["provider_id", "person_id", "household_id", "law"]].reset_index(drop=True)
    return some.assign(
        start=pd.Timestamp(2018, 1, 1), entry=0.0, stop=400.0 + np.arange(len(some)) % 90,
        state=np.where(np.arange(len(some)) % 2, 2, 0),
    )  # fmt: skip


@pytest.fixture
def rows_of(monkeypatch):
    def make(frame, named=(OWN,)):
        monkeypatch.setattr(mirror, "provider_care", lambda *_: frame)
        made = SimpleNamespace(frame=courses_of(frame))
        monkeypatch.setattr(mirror, "care_courses", lambda *_: made)
        monkeypatch.setattr(mirror, "agreed_rates", lambda *_: pd.DataFrame())
        monkeypatch.setattr(mirror, "cost_by_laws", lambda *_: pd.DataFrame())
        spec = SimpleNamespace(
            providers=named, sections=("mirror",), waves=tuple(w.id for w in STUDY.waves)
        )
        book = SimpleNamespace(reports={"r": spec})
        data = SimpleNamespace(feeds={"arrangements": None})
        products = SimpleNamespace(ledger=object(), data=data)
        question = SimpleNamespace(id="q", section="mirror")
        indicator = CODEBOOK.indicators["provider_mirror"]
        asked = Asked(STUDY, CODEBOOK, book, products, question, indicator)
        return estimates_frame(mirror.mirror_rows(asked))

    return make


def test_only_the_provider_of_a_report_is_named_and_the_others_nowhere(rows_of):
    frame = rows_of(care())
    text = frame.drop(columns="id").astype(str).agg(" ".join, axis="columns")
    named = frame["category"].str.contains("provider=")
    assert set(frame.loc[named, "category"].str.extract(r"provider=([^|]+)")[0]) == {OWN}
    assert not text[~named].str.contains(r"V\d\d").any()
    assert not rows_of(care(), named=())["category"].str.contains("provider=").any()


def test_the_others_stand_in_order_of_size_and_not_of_their_names(rows_of):
    reversed_names = care().replace(
        {"provider_id": {f"V{n:02d}": f"V{99 - n:02d}" for n in range(12)}}
    )
    points = rows_of(reversed_names, named=()).query("term == 'cost_ratio'")
    numbers = points["category"].str.removeprefix("peer=").astype(int)
    ordered = points.assign(number=numbers).sort_values("number")
    assert ordered["number"].tolist() == list(range(1, 13))
    assert (ordered["n"].diff().dropna() <= 0).all()


def test_every_number_about_people_says_how_many_they_are(rows_of):
    frame = rows_of(care())
    assert frame["n"].notna().all()
    about = frame["category"].str.contains("provider=|peer=|peers=")
    assert frame.loc[about, "n_households"].notna().all()
    own = frame[(frame["term"] == "clients") & (frame["category"] == f"provider={OWN}")].iloc[0]
    assert (own["estimate"], own["n"]) == (20, 20)
    euros = frame[frame["unit"].str.startswith("EUR") & frame["category"].str.startswith("prov")]
    assert euros[["top1_share", "top2_share"]].notna().all(axis=None)


def test_limits_of_the_own_size_enclose_the_target_and_the_outer_ones_the_inner(rows_of):
    frame = rows_of(care()).set_index(["term", "category"])
    for term in ("cost_ratio", "declared_ratio", "together_share", "goal_share"):
        inner, outer = (
            frame.loc[(f"{term}_limits", f"provider={OWN}|limits={name}")]
            for name in ("inner", "outer")
        )
        assert outer["ci_low"] <= inner["ci_low"] <= inner["estimate"]
        assert inner["estimate"] <= inner["ci_high"] <= outer["ci_high"]
        assert outer["ci_low"] >= 0
        if term.endswith("share"):
            assert outer["ci_high"] <= 1


def test_limits_are_wider_for_small_providers(rows_of):
    frame = rows_of(care())
    curve = frame[
        (frame["term"] == "cost_ratio_limits") & frame["category"].str.startswith("size=")
    ]
    inner = curve[curve["category"].str.endswith("inner")]
    width = (inner["ci_high"] - inner["ci_low"]).set_axis(
        inner["category"].str.extract(r"size=(\d+)")[0].astype(int)
    )
    assert width.sort_index().is_monotonic_decreasing
    assert width.index.min() == 10


def test_few_providers_are_not_shown_beside_one_another(rows_of):
    frame = rows_of(care(providers=4))
    quartiles = frame[frame["term"].str.endswith("_quartile")]
    assert set(quartiles["reason"]) == {"too_few_providers"}
    assert not frame["category"].str.contains("peer=|size=|limits=").any()
    assert (frame["category"] == f"provider={OWN}").any()  # its own figures it may see


def test_a_quartile_has_the_people_of_the_provider_it_is_about(rows_of):
    frame = care()
    found = rows_of(frame)
    ratio = frame.groupby("provider_id")[["eur", "expected_eur"]].sum()
    ratio = (ratio["eur"] / ratio["expected_eur"]).sort_values()
    clients = frame.groupby("provider_id")["person_id"].nunique()
    median = found[(found["term"] == "cost_ratio_quartile") & (found["category"] == "peers=median")]
    assert median["estimate"].item() == pytest.approx(ratio.median())
    assert median["n"].item() == clients[ratio.index[5:7]].min()
    assert median["n_providers"].item() == 12


def test_a_measure_on_which_all_are_equal_has_no_limits():
    rows = pd.DataFrame({"std_error": [np.nan] * 6, "estimate": [1.0] * 6, "target": [1.0] * 6})
    assert spread_of(rows, share=True) is None


def test_a_share_that_differs_by_chance_alone_has_exact_limits():
    n = np.array([20.0, 40, 60, 80, 100, 120])
    rows = pd.DataFrame(
        {"estimate": 0.5, "target": 0.5, "std_error": np.sqrt(0.25 / n), "n": n, "size": n}
    )
    spread = spread_of(rows, share=True)
    assert spread.method == "funnel_exact"
    (_, low, high), _ = limits(spread, float(rows["std_error"][0]), 20)
    assert low == pytest.approx(1 - high)  # the binomial distribution is symmetric here


def test_years_are_those_before_the_waves_of_the_reports(rows_of):
    assert set(rows_of(pd.concat([care(year=y) for y in (2016, 2019)]))["period"]) == {
        "2016", "2019",
    }  # fmt: skip
