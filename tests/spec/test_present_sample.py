"""A small publishable slice, made by hand: the tests of present/ and of the notebooks read it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from evaluatie.agreement.model import Agreement, Deviation, Event, Project, Question, ReportRun
from evaluatie.present.labels import Labels
from evaluatie.reports.slice import ReportSlice
from evaluatie.results import Table, estimate_row, estimates_frame

WAVES = ("t0", "t1", "t2", "t3")
SIDES = ("pilot", "comparison")
PAIR = "pilot-comparison"
DOMAINS = ("body", "mind", "meaning", "quality", "joining", "daily")
EUR = "EUR_2020/resident/year"

NAMES = {
    "mcs": ("Mentale gezondheid (SF-12)", "Mental health (SF-12)"),
    "eq5d": ("Kwaliteit van leven (EQ-5D-5L)", "Quality of life (EQ-5D-5L)"),
    "srh": ("Goede ervaren gezondheid", "Good self-rated health"),
    "muni": (
        "Kosten van Wmo, Jeugdwet en Participatiewet per inwoner",
        "Municipal cost per resident",
    ),
    "zvw_cost": ("Zvw-kosten per verzekerdenjaar", "Zvw cost per insured year"),
    "wait": ("Wachttijd Wmo", "Waiting time Wmo"),
    "wlz_cost": ("Wlz-kosten per inwoner", "Wlz cost per resident"),
    "cases": ("Knelpunten in de casussen", "Bottlenecks in the cases"),
    "stack": ("Huishoudens met hulp uit meer wetten", "Households with care under several acts"),
    "body": ("Lichaamsfuncties", "Bodily functions"),
    "mind": ("Mentaal welbevinden", "Mental well-being"),
    "meaning": ("Zingeving", "Meaningfulness"),
    "quality": ("Kwaliteit van leven", "Quality of life"),
    "joining": ("Meedoen", "Participation"),
    "daily": ("Dagelijks functioneren", "Daily functioning"),
}


def labels(language: str = "nl") -> Labels:
    english = language == "en"
    pick = lambda pair: pair[int(english)]  # noqa: E731
    waves = {
        "t0": ("Nulmeting (T0)", "Baseline (T0)"),
        "t1": ("Eerste vervolgmeting (T1)", "First follow-up (T1)"),
        "t2": ("Tweede vervolgmeting (T2)", "Second follow-up (T2)"),
        "t3": ("Derde vervolgmeting (T3)", "Third follow-up (T3)"),
    }
    questions = {
        "mental_health": (
            "Is de mentale gezondheid meer verbeterd dan elders?",
            "Has mental health improved more than elsewhere?",
        ),
        "municipal_cost": (
            "Zijn de kosten van de gemeente niet meer gestegen dan elders?",
            "Has municipal cost risen no more than elsewhere?",
        ),
        "zvw_cost": (
            "Zijn de Zvw-kosten niet meer gestegen dan elders?",
            "Has Zvw cost risen no more than elsewhere?",
        ),
        "quality_of_life": (
            "Is de kwaliteit van leven meer verbeterd dan elders?",
            "Has quality of life improved more than elsewhere?",
        ),
        "self_rated_health": (
            "Is de ervaren gezondheid meer verbeterd dan elders?",
            "Has self-rated health improved more than elsewhere?",
        ),
        "waiting": ("Hoe lang wachten bewoners op Wmo-hulp?", "How long do residents wait?"),
    }
    laws = {
        "wmo": ("Wmo", "Wmo"),
        "jeugdwet": ("Jeugdwet", "Youth Act"),
        "participatiewet": ("Participatiewet", "Participation Act"),
        "zvw": ("Zvw", "Zvw"),
        "wlz": ("Wlz", "Wlz"),
    }
    payers = {
        "gemeente": ("de gemeente", "the municipality"),
        "vgz": ("de verzekeraar", "the insurer"),
        "provincie": ("de provincie", "the province"),
        "zorgkantoor": ("het zorgkantoor", "the care office"),
    }
    return Labels(
        language="en" if english else "nl",
        texts={
            "wave": {k: pick(v) for k, v in waves.items()},
            "area": {"W1": "Limmel", "W2": "Nazareth"},
            "indicator": {k: pick(v) for k, v in NAMES.items()},
            "question": {k: pick(v) for k, v in questions.items()},
            "law": {k: pick(v) for k, v in laws.items()},
            "payer": {k: pick(v) for k, v in payers.items()},
            "project": {"2": "POH Jeugd", "8.1": "Blauwe GGZ 8.1"},
            "event": {"tunnel": pick(("Aanleg van de A2-tunnel", "Building of the A2 tunnel"))},
            "feed": {
                "declarations": pick(("Declaraties", "Declarations")),
                "survey": pick(("Vragenlijst", "Questionnaire")),
                "zvw": "Vektis",
            },
            "code": {
                "housing": pick(("geen woning", "no home")),
                "positive_health": pick(("Positieve Gezondheid", "Positive Health")),
            },
            "rule": {"unique": pick(("dubbele regel", "duplicate row"))},
        },
        decimals={
            "mcs": 1,
            "eq5d": 3,
            "srh": 1,
            "muni": 0,
            "zvw_cost": 0,
            **dict.fromkeys(DOMAINS, 1),
        },
        direction={
            "muni": "lower_is_better",
            "zvw_cost": "lower_is_better",
            "wait": "lower_is_better",
            "stack": "lower_is_better",
        },
        ranges={
            "mcs": (0, 100),
            "eq5d": (-0.446, 1),
            "srh": (0, 1),
            **dict.fromkeys(DOMAINS, (0, 10)),
        },
        groups=dict.fromkeys(DOMAINS, "positive_health"),
        units={"mcs": pick(("punten", "points")), "eq5d": pick(("index", "index"))},
        kinds={
            **dict.fromkeys(("mcs", "eq5d", "srh", *DOMAINS), "scale"),
            "muni": "arrangement_cost",
            "zvw_cost": "insured_cost",
            "wlz_cost": "annual_total",
            "wait": "duration",
            "stack": "stacking",
        },
        payer_of={
            "wmo": "gemeente",
            "jeugdwet": "gemeente",
            "participatiewet": "gemeente",
            "zvw": "vgz",
            "wlz": "zorgkantoor",
        },
        areas={"pilot": ("W1",), "comparison": ("W2",)},
    )


QUESTIONS = {  # id: indicator, unit, margin, estimate at t3, half width, p, adjusted p, payer
    "mental_health": ("mcs", "points", 2.0, 0.62, 1.9, 0.4857, 0.4857, None),
    "municipal_cost": ("muni", EUR, 100.0, 12.4, 80.2, 0.0286, 0.0286, "gemeente"),
    "zvw_cost": ("zvw_cost", "EUR_2020/insured_year", 150.0, 61.0, 145.0, 0.2, 0.2, "vgz"),
    "quality_of_life": ("eq5d", "points", 0.025, 0.0041, 0.0205, 0.6, 0.83, None),
    "self_rated_health": ("srh", "share", 0.05, 0.011, 0.061, 0.5143, 0.77, None),
}


def _facts() -> list[dict[str, Any]]:
    def fact(name: str, value: float, unit: str, **where: str) -> dict[str, Any]:
        return estimate_row(
            Table.FACT, "constant", category=name, estimate=value, unit=unit, **where
        )

    rows = [
        fact("pilot_start", 20170901, "date"),
        fact("report_date", 20210630, "date"),
        fact("price_level", 2020, "year"),
        fact("alpha", 0.05, "share"),
        fact("confidence", 0.95, "share"),
        fact("areas_pilot", 4, "areas"),
        fact("areas_comparison", 4, "areas"),
        fact("assignments", 70, "assignments"),
        fact("runoff_quarters", 2, "quarters"),
        fact("weights_trim", 5, "times_mean"),
        fact("baseline_start", 20160701, "date"),
        fact("baseline_end", 20170630, "date"),
        fact("threshold", 10, "persons"),
        fact("event_start|event=tunnel", 20161216, "date"),
        fact("agreed_on|audience=gemeente", 20170401, "date"),
        fact("amended_on|audience=gemeente|number=0", 20190615, "date"),
        fact("deviation|number=0", 20170701, "date"),
    ]
    rows += [
        fact("margin", q[2], "indicator_unit", question=name, indicator=q[0])
        for name, q in QUESTIONS.items()
    ]
    rows += [fact("respondent_minutes", 3, "minutes", question="mental_health", indicator="mcs")]
    return rows


def _contrasts() -> list[dict[str, Any]]:
    rows = []
    for (name, q), wave in product(QUESTIONS.items(), WAVES[1:]):
        indicator, unit, _, estimate, half, p, adjusted, payer = q
        share = (1 + WAVES.index(wave)) / 4
        tested = (
            {"p_value": p, "p_adjusted": adjusted, "p_attainable": 2 / 70} if wave == "t3" else {}
        )
        here = {"question": name, "indicator": indicator, "wave": wave, "area": PAIR, "n": 2400}
        middle = estimate * share
        rows.append(
            estimate_row(
                Table.CONTRAST,
                "difference",
                estimate=middle,
                ci_low=middle - half,
                ci_high=middle + half,
                unit=unit,
                n_clusters=8,
                **here,
                **tested,
            )
        )
        if payer:
            people = 15120
            rows.append(
                estimate_row(
                    Table.CONTRAST,
                    "total_per_year",
                    estimate=middle * people,
                    ci_low=(middle - half) * people,
                    ci_high=(middle + half) * people,
                    unit="EUR_2020/year",
                    **here,
                )
            )
    rows.append(
        estimate_row(
            Table.SENSITIVITY,
            "difference",
            question="mental_health",
            wave="t3",
            indicator="mcs",
            category="drop=W2",
            area=PAIR,
            estimate=0.4,
            ci_low=-1.9,
            ci_high=2.6,
            unit="points",
        )
    )
    return rows


def _survey() -> list[dict[str, Any]]:
    rng = np.random.default_rng(4)
    level = {
        "mcs": (48.0, 1.1, "points"),
        "eq5d": (0.81, 0.02, "points"),
        "srh": (0.71, 0.02, "share"),
    }
    level |= {name: (6.4 + 0.25 * i, 0.2, "points") for i, name in enumerate(DOMAINS)}
    rows = []
    for (name, (middle, se, unit)), wave, area in product(level.items(), WAVES, (*SIDES, "W1")):
        value = middle + se * rng.normal() + (0.5 * se if area == "pilot" else 0)
        n = 700 if area in SIDES else 180
        rows.append(
            estimate_row(
                Table.SCORE,
                "share" if unit == "share" else "mean",
                indicator=name,
                wave=wave,
                area=area,
                estimate=value,
                ci_low=value - 2 * se,
                ci_high=value + 2 * se,
                unit=unit,
                n=n,
            )
        )
    for (name, (_, se, unit)), area in product(level.items(), (*SIDES, "W1")):
        value = se * rng.normal()
        rows.append(
            estimate_row(
                Table.CHANGE,
                "change",
                indicator=name,
                wave="t3",
                area=area,
                estimate=value,
                ci_low=value - 2.5 * se,
                ci_high=value + 2.5 * se,
                unit=unit,
            )
        )
    return rows + _response(rng)


def _response(rng: np.random.Generator) -> list[dict[str, Any]]:
    rows = []
    ages = ("18-34", "35-49", "50-64", "65-74", "75-130")
    groups = ["", "sex=v", "sex=m", *(f"age={a}" for a in ages)]
    for area, group in product(("all", "pilot", "comparison", "W1"), groups):
        invited = {"all": 4200, "pilot": 2100, "comparison": 2100, "W1": 510}[area]
        invited = invited // (1 if not group else 2 if "sex" in group else 5)
        came = int(invited * (0.3 + 0.12 * rng.random()))
        here = {"wave": "t3", "area": area, "category": group}
        rows.append(
            estimate_row(Table.RESPONSE, "invited", estimate=invited, unit="persons", **here)
        )
        rows.append(
            estimate_row(Table.RESPONSE, "respondents", estimate=came, unit="persons", **here)
        )
        rows.append(
            estimate_row(
                Table.RESPONSE,
                "response_share",
                estimate=came / invited,
                unit="share",
                n=invited,
                **here,
            )
        )
    for group in groups[1:]:
        for term in ("respondents_share", "weighted_share", "population_share"):
            base = 0.5 if "sex" in group else 0.2
            moved = {"respondents_share": 0.06, "weighted_share": 0.004, "population_share": 0.0}[
                term
            ]
            value = base + moved * (1 if group in ("sex=v", "age=65-74") else -0.6)
            rows.append(
                estimate_row(
                    Table.REPRESENTATIVENESS,
                    term,
                    wave="t3",
                    area="all",
                    category=group,
                    estimate=value,
                    unit="share",
                )
            )
    for area, n in (("pilot", 698), ("comparison", 712), ("W1", 180)):
        here = {"wave": "t3", "area": area, "n": n}
        rows.append(
            estimate_row(Table.WEIGHTS, "effective_n", estimate=n * 0.78, unit="persons", **here)
        )
        rows.append(estimate_row(Table.WEIGHTS, "deff", estimate=1.284, unit="ratio", **here))
        rows.append(estimate_row(Table.WEIGHTS, "weight_min", estimate=0.41, unit="ratio", **here))
        rows.append(estimate_row(Table.WEIGHTS, "weight_max", estimate=3.9, unit="ratio", **here))
    rows.append(
        estimate_row(
            Table.QUALITY, "count", category="feed=survey|rule=unique", estimate=12, unit="records"
        )
    )
    rows.append(
        estimate_row(
            Table.QUALITY,
            "count",
            category="feed=survey|rule=outside_range",
            estimate=31,
            unit="records",
        )
    )
    return rows


def _account() -> list[dict[str, Any]]:
    """What stands behind the estimates: one scale, one cost, each measure once."""
    scale = {"question": "mental_health", "indicator": "mcs", "wave": "t3"}
    cost = {"question": "municipal_cost", "indicator": "muni", "area": PAIR, "n_clusters": 8}
    whole, n = {"area": "all", **scale}, {"n": 1100.0, "n_households": 1050.0}
    bounds = {"ci_low": 0.805, "ci_high": 0.848}

    def row(table: Table, term: str, estimate: float, **more: Any) -> dict[str, Any]:
        return estimate_row(table, term, estimate=estimate, **(n | more))

    rows = [
        row(Table.RELIABILITY, "alpha", 0.8278, unit="ratio", **bounds, **whole),
        row(Table.RELIABILITY, "omega_total", 0.8313, unit="ratio", **whole),
        row(
            Table.RELIABILITY,
            "item_rest_min",
            0.4132,
            unit="ratio",
            category="item=mcs_3",
            **whole,
        ),
        row(Table.RELIABILITY, "floor_share", 0.0213, unit="share", **whole),
        row(Table.RELIABILITY, "ceiling_share", 0.1587, unit="share", **whole),
        row(Table.ATTRITION, "item_missing_share", 0.0167, unit="share", **whole),
        row(Table.ATTRITION, "retention_share", 0.4564, unit="share", wave="t3", area="all"),
        row(Table.ATTRITION, "left_share", 0.1532, unit="share", wave="t3", area="all"),
        row(Table.ATTRITION, "r_indicator", 0.7771, unit="ratio", wave="t3", area="all"),
        row(Table.ATTRITION, "auc", 0.6196, unit="ratio", wave="t3", area="all"),
        row(Table.ATTRITION, "effective_n", 476.7, unit="persons", wave="t3", area="all"),
        row(Table.SERIES, "baseline_difference", -36.4, ci_low=-284.2, ci_high=212.6, unit=EUR,
            **(cost | {"wave": "t0"})),
        row(Table.SERIES, "placebo_change", -27.9, ci_low=-137.1, ci_high=82.4, unit=EUR,
            period="2016-Q1", **cost),
    ]  # fmt: skip
    for how, change in (("complete_case", 0.73), ("weighted", 0.91)):
        rows.append(
            row(Table.ATTRITION, "panel_change", change, ci_low=-0.11, ci_high=1.58,
                category=f"answers={how}", unit="points", **whole)
        )  # fmt: skip
    for side, term in product(SIDES, ("improved_share", "worsened_share")):
        rows.append(
            row(Table.SUBGROUP, term, 0.3743, ci_low=0.3191, ci_high=0.4331, unit="share",
                category="change=mid", area=side, **scale)
        )  # fmt: skip
    for sex, value in (("m", 3.32), ("v", 3.69)):
        here = {"category": f"sex={sex}", "area": PAIR, "unit": "points", **scale}
        rows.append(row(Table.SUBGROUP, "difference", value, ci_low=0.12, ci_high=8.82, **here))
    rows.append(
        row(Table.SUBGROUP, "interaction", -0.37, ci_low=-3.65, ci_high=4.16, p_adjusted=0.9714,
            p_attainable=0.2857, category="sex=m", area=PAIR, unit="points", **scale)
    )  # fmt: skip
    for measure, method, unit, size in (
        ("cost", "prais_winsten", EUR, 48.2), ("users_ratio", "arima_errors", "ratio", 1.0361),
    ):  # fmt: skip
        kind = {"category": f"measure={measure}|grain=quarter|method={method}", "wave": "t3"}
        for term in ("level_change", "slope_change", "effect_at_end"):
            rows.append(
                row(Table.SERIES, term, size, ci_low=0.982 * size, ci_high=1.031 * size, unit=unit,
                    **cost, **kind)
            )  # fmt: skip
        for term, value in (("autocorrelation", 0.117), ("durbin_watson", 1.568)):
            rows.append(row(Table.SERIES, term, value, unit="statistic", **cost, **kind))
        rows.append(
            row(Table.SERIES, "ljung_box", 3.875, p_value=0.4234, unit="statistic", **cost, **kind)
        )
    return rows


def _costs() -> list[dict[str, Any]]:
    rng = np.random.default_rng(9)
    base = {"wmo": 118.0, "jeugdwet": 96.0, "participatiewet": 310.0}
    base["payer:gemeente"] = sum(base.values())
    periods = [f"{year}-Q{q}" for year in range(2016, 2021) for q in range(1, 5)][:18]
    rows = []
    for law, side, (i, period) in product(base, SIDES, enumerate(periods)):
        value = base[law] * (1 + 0.012 * i + 0.03 * rng.normal() + (0.05 if side == "pilot" else 0))
        here = {
            "law": law,
            "area": side,
            "period": period,
            "category": "basis=declared",
            "question": "municipal_cost",
            "indicator": "muni",
        }
        rows.append(
            estimate_row(
                Table.COST_LEVEL,
                "per_resident",
                estimate=4 * value,
                n=900,
                unit="EUR_2020/resident/year",
                n_households=600,
                **here,
            )
        )
        rows.append(
            estimate_row(
                Table.COST_USERS,
                "count",
                estimate=int(400 + 20 * rng.normal()),
                unit="persons",
                **here,
            )
        )
    for side, year in product(SIDES, range(2015, 2020)):
        value = 2900 + 60 * (year - 2015) + 40 * rng.normal()
        rows.append(
            estimate_row(
                Table.COST_LEVEL,
                "per_insured_year",
                law="zvw",
                area=side,
                indicator="zvw_cost",
                question="zvw_cost",
                period=str(year),
                estimate=value,
                unit="EUR_2020/insured_year",
            )
        )
        here = {
            "law": "wlz",
            "area": side,
            "period": str(year),
            "indicator": "wlz_cost",
            "question": "wlz",
        }
        rows.append(
            estimate_row(
                Table.COST_LEVEL,
                "per_resident",
                estimate=600 + 9 * rng.normal(),
                unit="EUR_2020/resident/year",
                **here,
            )
        )
        rows.append(estimate_row(Table.COST_USERS, "count", estimate=180, unit="persons", **here))
    for part, cents in (
        ("source", 9e6),
        ("set_aside", 1e5),
        ("in_study_areas", 6e6),
        ("elsewhere", 2.9e6),
        ("difference", 0.0),
    ):
        rows.append(
            estimate_row(
                Table.QUALITY,
                "total",
                estimate=cents,
                unit="EUR",
                category=f"feed=declarations|basis=declared|part={part}",
            )
        )
    for code, count in (("housing", 14), ("", 11)):
        here = {"indicator": "cases", "question": "cases", "category": f"bottleneck={code}"}
        rows.append(
            estimate_row(Table.PROCESS, "count", area="all", estimate=count, unit="records", **here)
        )
    for project, payer in product(("2", "8.1"), ("gemeente", "vgz", "provincie")):
        rows.append(
            estimate_row(
                Table.PROGRAMME,
                "total",
                category=f"project={project}|payer={payer}",
                estimate=float(rng.integers(20_000, 90_000)),
                unit="EUR_2020",
            )
        )
    for area, days in (("pilot", 41.0), ("comparison", 55.0)):
        for fast, year in product(("0", "1"), ("2018", "2019")):
            here = {
                "indicator": "wait",
                "question": "waiting",
                "area": area,
                "period": year,
                "category": f"fast_lane={fast}",
                "n": 130,
            }
            rows.append(
                estimate_row(
                    Table.PROCESS, "median", estimate=days - 20 * int(fast), unit="days", **here
                )
            )
            rows.append(
                estimate_row(Table.PROCESS, "records", estimate=141, unit="records", **here)
            )
        for term in ("share_of_users", "share_of_households"):
            rows.append(
                estimate_row(
                    Table.PROCESS,
                    term,
                    indicator="stack",
                    area=area,
                    estimate=0.071,
                    question="stacking",
                    period="2019",
                    unit="share",
                    n=430,
                )
            )
    return rows


def publishable() -> pd.DataFrame:
    """Return the whole sample; one cost cell and one share are suppressed, one not estimable."""
    frame = estimates_frame([*_facts(), *_contrasts(), *_survey(), *_costs(), *_account()])
    frame["publication"] = "shown"
    hide(
        frame,
        (frame["table"] == "cost_level")
        & (frame["law"] == "jeugdwet")
        & (frame["period"] == "2018-Q2"),
    )
    hide(frame, (frame["table"] == "programme") & (frame["category"] == "project=8.1|payer=vgz"))
    return frame


def hide(
    frame: pd.DataFrame, which: pd.Series, status: str = "suppressed", reason: str = ""
) -> None:
    """Hide rows in place as disclosure control does."""
    from evaluatie.results import NUMBER

    frame.loc[which, "publication"] = status
    frame.loc[which, list(NUMBER)] = np.nan
    if reason:
        frame.loc[which, ["status", "reason"]] = ["not_estimable", reason]


def verdicts() -> pd.DataFrame:
    words = {
        "mental_health": ("superiority", "not_demonstrated", "otherwise", False, "imprecise"),
        "municipal_cost": ("non_inferiority", "not_worse", "harm_within_margin", True, "precise"),
        "zvw_cost": ("non_inferiority", "not_demonstrated", "otherwise", False, "imprecise"),
        "quality_of_life": ("superiority", "not_demonstrated", "otherwise", True, "precise"),
        "self_rated_health": ("superiority", "not_demonstrated", "otherwise", False, "imprecise"),
    }
    return pd.DataFrame(
        [
            {
                "question": name,
                "type": kind,
                "wave": "t3",
                "verdict": word,
                "rule": rule,
                "margin_excluded": excluded,
                "precision": precision,
                "reason": "",
                "role": "primary" if name in ("mental_health", "municipal_cost") else "secondary",
            }
            for name, (kind, word, rule, excluded, precision) in words.items()
        ]
    )


def question(name: str, **changes: Any) -> Question:
    indicator, _, margin, _, _, _, _, payer = QUESTIONS.get(
        name, ("wait", "days", 1.0, 0, 0, 0, 0, None)
    )
    descriptive = name not in QUESTIONS
    cost = payer is not None
    content: dict[str, Any] = {
        "id": name,
        "label": {lang: labels(lang).texts["question"].get(name, name) for lang in ("nl", "en")},
        "aim": "cost" if cost else "quality_of_life",
        "indicator": indicator,
        "type": "descriptive" if descriptive else "non_inferiority" if cost else "superiority",
        "population": "current_residents",
        "weighting": "resident_weighted",
        "payer": payer,
        "contrast": "level" if descriptive else "difference_in_differences",
        "test": "none" if descriptive else "randomisation",
        "margin": None
        if descriptive
        else {
            "value": margin,
            "source": "example",
            "reason": {"nl": "Voorbeeldmarge.", "en": "Example margin."},
        },
        "verdict_wave": None if descriptive else "t3",
        "horizon": "slow_change",
        "decision": {"nl": "Of de pilot doorgaat.", "en": "Whether the pilot goes on."},
        "section": "process" if descriptive else "cost" if cost else "survey",
    }
    return Question.model_validate(content | changes)


def sample_slice(language: str = "nl", **changes: Any) -> ReportSlice:
    """Return a slice of the financier report of the last wave."""
    both = lambda nl, en: {"nl": nl, "en": en}  # noqa: E731
    agreement = Agreement.model_validate(
        {
            "id": "gemeente",
            "organisation": both("gemeente Maastricht", "the municipality of Maastricht"),
            "status": "example",
            "agreed_on": "2017-04-01",
            "agreed_by": both("het college", "the executive"),
            "primary": ["mental_health", "municipal_cost"],
            "secondary": [*list(QUESTIONS)[2:], "waiting"],
            "not_evaluated": [
                {
                    "subject": both("Losse projecten", "Single projects"),
                    "reason": both("Daarvoor zijn ze te klein.", "They are too small."),
                }
            ],
            "amendments": [
                {
                    "date": "2019-06-15",
                    "what": both("Doelen aangescherpt.", "Goals sharpened."),
                    "why": both("De doelen waren te ruim.", "The goals were too wide."),
                }
            ],
        }
    )
    event = Event.model_validate(
        {
            "id": "tunnel",
            "label": both("Aanleg van de A2-tunnel", "Building of the A2 tunnel"),
            "start": date(2016, 12, 16),
            "side": "pilot",
            "waves": ["t3"],
            "source": "test",
            "consequence": both("De lucht werd schoner.", "The air became cleaner."),
        }
    )
    deviation = Deviation.model_validate(
        {
            "date": date(2017, 7, 1),
            "what": both("Later begonnen.", "Started later."),
            "why": both("Werving duurde lang.", "Recruitment took long."),
            "consequence": both("De nulmeting is in de zomer.", "The baseline is in summer."),
        }
    )
    project = Project.model_validate(
        {
            "id": "2",
            "label": both("POH Jeugd", "POH Jeugd"),
            "domains": ["jeugdwet", "zvw"],
            "pillar": both("Geld", "Money"),
            "start": date(2017, 9, 1),
            "business_case": True,
            "source": "test",
        }
    )
    made = ReportSlice(
        run=ReportRun(report="financier", audience="gemeente", wave="t3", language=language),  # type: ignore[arg-type]
        notebook="financier.ipynb",
        formats=("html",),
        title="Rapport",
        estimates=publishable(),
        verdicts=verdicts(),
        label="SYNTHETISCHE GEGEVENS - VOORBEELD",
        synthetic=True,
        plan="abc",
        agreement=agreement,
        questions=tuple(question(name) for name in (*QUESTIONS, "waiting")),
        roles={"mental_health": "primary", "municipal_cost": "primary", "zvw_cost": "secondary"},
        events=(event,),
        deviations=(deviation,),
        projects=(project,),
        provenance=({"feed": "survey", "path": "enquete/t3.csv", "sha256": "ab" * 32, "rows": 1},),
        texts={"labels": labels(language).as_dict()},
    )
    return replace(made, **changes)


def test_sample_is_a_publishable_frame() -> None:
    frame = publishable()
    assert frame["id"].is_unique
    assert set(frame["publication"]) == {"shown", "suppressed"}
