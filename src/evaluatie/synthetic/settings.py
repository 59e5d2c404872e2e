"""What `analysis/synthetic.yml` can say: the world in which a synthetic study is drawn."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from evaluatie.declarations import Declared, Label, read_model
from evaluatie.dictionary.model import CodebookContent
from evaluatie.domain import Side
from evaluatie.errors import DeclarationError
from evaluatie.study import Study

Scenario = str  # a key of `scenarios`
SizeByWave = dict[str, float]  # wave id -> size in the indicator's own unit


class AreaProfile(Declared):
    """How many people live in an area and how deprived it is (0 = municipal mean)."""

    inhabitants: int = Field(gt=0)
    deprivation: float = Field(ge=-3, le=3)


class PopulationProfile(Declared):
    """Who lives in the areas and how often they move."""

    household_sizes: tuple[float, ...]  # shares of households with 1, 2, 3 ... people
    head_ages: dict[int, float]  # lower bound of a ten-year band -> share
    lone_parent_share: float = Field(ge=0, le=1)  # of households with children
    leave_rate: float = Field(ge=0, lt=1)  # households per year that leave the areas
    old_leave_factor: float = Field(default=1.0, ge=1)  # for households of older people
    move_rate: float = Field(ge=0, lt=1)  # households per year that move between the areas
    source: str


class HealthProfile(Declared):
    """Shares of the variance of latent health, and its slopes in SD."""

    household_share: float = Field(ge=0, le=1)
    person_share: float = Field(ge=0, le=1)  # the rest varies from wave to wave
    age_slope: float  # per ten years of age
    deprivation_slope: float  # per unit of deprivation
    own_persistent_share: float = Field(ge=0, le=1)  # of what a scale does not share with health


class ScaleProfile(Declared):
    """Distribution of one scale before the start."""

    mean: float
    sd: float | None = Field(default=None, gt=0)
    loading: float = Field(default=0.6, ge=0, le=1)  # on latent health, towards better
    item_correlation: float = Field(default=0.7, gt=0, le=1)  # item with the scale's latent score
    source: str = "unverified"


class ShockProfile(Declared):
    """Neighbourhood x period shocks: what makes neighbourhoods the clusters."""

    sd_share: float = Field(ge=0, le=1)  # of the outcome SD
    serial: float = Field(ge=0, lt=1)  # correlation with the period before
    common: float = Field(default=0.5, ge=0, le=1)  # share that all outcomes have in common


class EventShock(Declared):
    """What a concurrent event does to outcomes, in units of the indicator."""

    event: str  # id in events.yml
    scenarios: tuple[Scenario, ...]
    side: Side | Literal["both"]
    effects: dict[str, SizeByWave]


class ScenarioProfile(Declared):
    """The effects of the pilot that are planted, in units of the indicator."""

    label: Label
    effects: dict[str, SizeByWave] = {}
    shocks: float = Field(default=1.0, ge=0)  # multiple of the SD of every neighbourhood shock


class ResponseProfile(Declared):
    """Who is invited and who answers; slopes on the logit."""

    invited: dict[str, int]
    respondents: dict[str, int]  # expected number; sets the intercept of the wave
    age_slope: float  # per ten years
    man: float
    deprivation: float
    health: float
    panel: float
    online_share: float = Field(ge=0, le=1)  # at age 50; falls with age
    education: dict[str, float]  # code -> share
    incomplete_share: float = Field(ge=0, le=1)  # of respondents, who leave items open
    item_missing: float = Field(ge=0, lt=1)  # of the items of such a respondent
    coded_missing: float = Field(ge=0, le=1)  # of missing answers, share with a missing code


class ProfessionalProfile(Declared):
    """The professionals' survey."""

    respondents: int
    organisations: tuple[str, ...]
    disciplines: dict[str, float]


class ProductProfile(Declared):
    """One product of a law: how often, how much, at which price."""

    law: str
    code: str
    weight: float = Field(gt=0)
    ages: tuple[int, int]
    unit: str
    frequency: str
    volume: float = Field(gt=0)  # median volume per frequency
    rate_eur: float = Field(gt=0)
    months: float = Field(gt=0)  # mean duration of an episode


class CareProfile(Declared):
    """Arrangements and declarations of the municipal laws."""

    eur_per_resident: dict[str, float]  # law -> target per resident and year, constant prices
    products: tuple[ProductProfile, ...]
    frequency_per_month: dict[str, float]  # frequency code -> times per month
    fixed_volume: tuple[str, ...] = ()  # products whose volume does not differ
    pareto_shape: float = Field(gt=1)  # of the household propensity
    pareto_cap: float = Field(gt=1)
    frequency_power: float = Field(default=0.5, ge=0, le=1)  # of propensity; the rest is volume
    kept_share: float = Field(default=1.0, gt=0, le=1)  # of drawn cost, after moves and overlaps
    transient_sd: float = Field(ge=0)  # of the log volume of an episode
    volume_cap: float = Field(default=10.0, gt=1)  # in medians of the product
    deprivation: float  # log cost per unit of deprivation
    seasonality: float = Field(ge=0, lt=1)
    shock: ShockProfile
    covid_delivery: dict[date, float] = {}  # first day of a month -> share delivered
    price_growth: float = 0.0  # of rates, per year
    replaced_share: float = Field(ge=0, le=1)
    void_share: float = Field(ge=0, le=1)
    open_share: float = Field(ge=0, le=1)
    void_code: str
    old_void_code: str
    replaced_code: str
    moved_code: str
    ended_code: str
    delivered_share: float = Field(gt=0, le=1.2)
    credit_share: float = Field(ge=0, lt=1)
    booking_days: float = Field(gt=0)  # mean delay between the end of a month and the booking
    providers: dict[str, int]  # law -> number of providers
    source: str


class BenefitProfile(Declared):
    """Participatiewet spells."""

    law: str
    share: float = Field(gt=0, lt=1)  # of households with an adult below pension age
    ages: tuple[int, int]
    amount_month_eur: dict[Literal["single", "couple"], float]
    years: float = Field(gt=0)  # mean duration
    deprivation: float  # log odds per unit of deprivation
    source: str


class InsuredProfile(Declared):
    """Insured cost per category, calibrated on a public total."""

    law: str
    eur_per_resident: float = Field(gt=0)  # per insured year, current prices of the year below
    year: int
    growth: float
    market_share: float = Field(gt=0, le=1)
    log_sd: float = Field(gt=0)  # of a person's yearly cost
    persistent_share: float = Field(ge=0, le=1)
    age_slope: float  # log cost per ten years
    deprivation: float
    categories: dict[str, float]  # category -> share of the total
    women_only: tuple[str, ...] = ()
    women_ages: tuple[int, int] = (18, 45)
    category_spread: float = Field(default=0.0, ge=0)  # log SD of a category in a cell
    shock: ShockProfile
    source: str


class TotalProfile(Declared):
    """Annual total of a law without persons."""

    law: str
    eur_per_resident: float
    users_per_resident: float
    year: int
    growth: float
    noise: float
    source: str


class PublicProfile(Declared):
    """Public figures of the whole municipality, calibrated on published totals."""

    inhabitants: dict[int, int] = Field(min_length=1)  # year -> people
    age_shares: dict[str, float] = Field(min_length=1)  # age class of the feed -> share
    moved: float = Field(ge=0, lt=1)  # persons per insured year, less one
    zvw_eur: float = Field(gt=0)  # of all insurers in the year below
    zvw_year: int
    growth: float
    spread: float = Field(ge=0)  # log SD of a cell
    categories: dict[str, float]  # category -> share of the total
    published: dict[str, dict[int, float]]  # column of totals by law -> year -> value
    noise: float = Field(ge=0)  # log SD of a published value
    municipalities: int = Field(ge=0)  # artificial ones beside that of the study
    size_log_mean: float  # of their size, as a multiple of that of the study
    size_log_sd: float = Field(ge=0)
    level_sd: float = Field(ge=0)  # log SD of their cost per inhabitant
    source: str


class DurationProfile(Declared):
    """Requests and referrals: mean days; the fast lane is faster only when the pilot works."""

    law: str
    requests_per_resident: float
    wait_days: float
    wait_shape: float
    fast_lane_share: float = Field(ge=0, le=1)  # of pilot requests after the start
    fast_lane_project: str
    unstarted_share: float = Field(ge=0, lt=1)
    referrals_per_resident: float
    feedback_days: float
    feedback_share: float = Field(gt=0, le=1)
    feedback_project: str


class HighCostProfile(Declared):
    """How the project that chooses households for their high cost finds them."""

    nominated_share: float = Field(ge=0, le=1)  # the others come from a yearly review
    perception_sd: float = Field(ge=0)  # of the log of the cost that a professional perceives
    steepness: float = Field(ge=0)  # of the chance of nomination, in the log of perceived cost
    top_share: float = Field(gt=0, le=1)  # of households: the most expensive, in a review


class ContactProfile(Declared):
    """Professionals around a household, and project enrolment."""

    households: int
    roles: tuple[str, ...]
    months: float
    enrolled_per_project: int
    high_cost: HighCostProfile | None = None  # without it every project enrols at random


class ProgrammeProfile(Declared):
    """Programme cost per project, payer and year."""

    yearly_eur: dict[str, float]  # project -> EUR per year
    payers: dict[str, float]  # payer -> share
    source: str


class CasesProfile(Declared):
    """Coded cases."""

    count: int
    bottlenecks: dict[str, float]
    outcomes: dict[str, float]


class Defect(Declared):
    """Something wrong that is put into a raw file on purpose."""

    feed: str
    column: str = ""
    rule: str
    count: int = Field(gt=0)
    wave: str = ""


class SyntheticSettings(Declared):
    """Content of `analysis/synthetic.yml`."""

    areas: dict[str, AreaProfile]
    population: PopulationProfile
    health: HealthProfile
    response: ResponseProfile
    scales: dict[str, ScaleProfile]
    other_items_loading: float = Field(default=0.4, ge=0, le=1)
    shock: ShockProfile
    events: tuple[EventShock, ...] = ()
    scenarios: dict[Scenario, ScenarioProfile]
    extracted_on: date  # what is booked or happens later is in no file
    # a section is needed only where the study has the feeds it is about
    professionals: ProfessionalProfile | None = None
    care: CareProfile | None = None
    benefits: BenefitProfile | None = None
    insured: InsuredProfile | None = None
    totals: tuple[TotalProfile, ...] = ()
    public: PublicProfile | None = None
    durations: DurationProfile | None = None
    contacts: ContactProfile | None = None
    programme: ProgrammeProfile | None = None
    cases: CasesProfile | None = None
    citizen_science: dict[int, dict[str, int]] = {}  # year -> activity -> count
    defects: tuple[Defect, ...] = ()


def load_settings(study: Study, codebook: CodebookContent) -> SyntheticSettings:
    """Read `analysis/synthetic.yml` and check every id in it against study and dictionary.

    Raises
    ------
    DeclarationError
        The file is missing or invalid, or names an area, wave, scale or indicator there is not.
    """
    path = study.analysis / "synthetic.yml"
    settings = read_model(path, SyntheticSettings)
    known = {
        "area": ({a.code for a in study.areas}, set(settings.areas)),
        "wave": ({w.id for w in study.waves}, _waves_named(settings)),
        "scale": (set(codebook.scales), set(settings.scales)),
        "scale or indicator": ({*codebook.scales, *codebook.indicators}, _effects_named(settings)),
        "scenario": (set(settings.scenarios), {s for e in settings.events for s in e.scenarios}),
    }
    for kind, (allowed, named) in known.items():
        if unknown := sorted(named - allowed):
            raise DeclarationError(
                f"names an unknown {kind}: {', '.join(unknown)}",
                where=str(path),
                allowed=", ".join(sorted(allowed)),
            )
    for scale, profile in settings.scales.items():
        low, high = codebook.scales[scale].minimum, codebook.scales[scale].maximum
        if not low < profile.mean < high:
            raise DeclarationError(
                f"the mean of scale '{scale}' lies outside the scale",
                where=str(path),
                allowed=f"a number between {low:g} and {high:g}",
            )
    if absent := sorted({a.code for a in study.areas} - set(settings.areas)):
        raise DeclarationError(f"no profile for area {', '.join(absent)}", where=str(path))
    return settings


def _sizes(settings: SyntheticSettings) -> list[dict[str, SizeByWave]]:
    planted = [scenario.effects for scenario in settings.scenarios.values()]
    return planted + [event.effects for event in settings.events]


def _waves_named(settings: SyntheticSettings) -> set[str]:
    named = {wave for sizes in _sizes(settings) for size in sizes.values() for wave in size}
    named |= {defect.wave for defect in settings.defects if defect.wave}
    return named | set(settings.response.invited) | set(settings.response.respondents)


def _effects_named(settings: SyntheticSettings) -> set[str]:
    return {indicator for sizes in _sizes(settings) for indicator in sizes}
