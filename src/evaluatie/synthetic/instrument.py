"""How a latent score becomes answers: thresholds that reproduce a scale's mean and spread.

A scale's latent score L has mean 0 and SD 1 before the start. Item j sees
x = r L + sqrt(1 - r^2) e with e ~ N(0, 1), and the answer is the number of thresholds that x
exceeds. With answers independent given L, the expected score is an integral over one normal
variable, so location, spacing and the latent shift that moves the scale by a given amount are
solved, not guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq, least_squares
from scipy.special import ndtr

from evaluatie.dictionary.model import CodebookContent, Item, Scale
from evaluatie.domain import Direction
from evaluatie.errors import DeclarationError
from evaluatie.synthetic.settings import ScaleProfile

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int8]
MAX_LEVELS = 20  # an integer item with at most this many values is answered through thresholds
DIFFICULTY = 0.5  # items of one scale differ in difficulty over this range of the latent scale
LARGEST_SHIFT = 3.0  # of the latent score, in SD
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(41)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


@dataclass(frozen=True)
class ItemModel:
    """One item: its answers from the lowest to the highest contribution to the score.

    ``levels`` holds the answers (codes, or whole numbers as text), ``contribution`` what each
    adds to the score. A numeric item has no levels; its value is location + spacing x.
    """

    item: Item
    levels: tuple[str, ...]
    contribution: Floats
    offset: float = 0.0

    @property
    def numeric(self) -> bool:
        """Whether the answer is a number without levels."""
        return not self.levels


@dataclass(frozen=True)
class ScaleModel:
    """A scale with the thresholds of its items.

    Notes
    -----
    Threshold k of an item with K levels is spacing (k - K / 2) - location - offset, k = 1..K-1.
    score = constant + sum of contributions, minus ``penalty`` when any item is not at its best
    (the intercept of a value set).
    """

    scale: Scale
    items: tuple[ItemModel, ...]
    correlation: float
    loading: float
    constant: float = 0.0
    penalty: float = 0.0
    location: float = 0.0
    spacing: float = 1.0

    @property
    def direction(self) -> int:
        """Return 1 when a higher score is better, else -1."""
        return 1 if self.scale.direction is Direction.HIGHER else -1

    def thresholds(self, item: ItemModel) -> Floats:
        """Return the increasing thresholds of an item; shape (levels - 1,)."""
        levels = len(item.levels)
        steps = np.arange(1, levels) - levels / 2
        return np.asarray(self.spacing * steps - self.location - item.offset)


def own_part(model: ScaleModel, noise: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return sqrt(1 - r^2) e of one item: what it does not share with its scale."""
    r = np.float32(model.correlation)
    return np.asarray(np.sqrt(1 - r * r) * noise, dtype=np.float32)


def latent_item(
    model: ScaleModel, latent: npt.NDArray[np.float32], noise: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """Return x = r L + sqrt(1 - r^2) e of one item; same shape as ``latent``."""
    return with_own_part(model, latent, own_part(model, noise))


def with_own_part(
    model: ScaleModel, latent: npt.NDArray[np.float32], own: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """Return x of one item from its latent score and its `own_part`."""
    return np.asarray(np.float32(model.correlation) * latent + own, dtype=np.float32)


def answer(
    model: ScaleModel, item: ItemModel, x: npt.NDArray[np.float32]
) -> npt.NDArray[np.float64]:
    """Return the answers to an item: level index (0 = lowest contribution), or the number.

    Parameters
    ----------
    x : array (n,)
        Latent value of the item, see `latent_item`.
    """
    if item.numeric:
        return _number(item.item, model.location + model.spacing * x.astype(np.float64))
    index = np.zeros(x.shape, dtype=np.float64)
    for cut in model.thresholds(item):
        index += x > cut
    return index


def _number(item: Item, value: Floats) -> Floats:
    if item.minimum is not None or item.maximum is not None:
        value = np.clip(value, item.minimum, item.maximum)
    return np.round(value, 0 if item.type == "integer" else 2)


def score(model: ScaleModel, answers: Mapping[str, Floats]) -> Floats:
    """Return the scale score of complete answers (item id -> answers as from `answer`)."""
    total = np.full(len(next(iter(answers.values()))), model.constant)
    perfect = np.ones(len(total), dtype=bool)
    for item in model.items:
        given = answers[item.item.id]
        if item.numeric:
            total += item.contribution[0] * given + item.contribution[1]
            continue
        total += item.contribution[given.astype(np.int64)]
        perfect &= given == len(item.levels) - 1
    return np.asarray(total - model.penalty * ~perfect)


def expected_score(model: ScaleModel, shift: float = 0.0) -> tuple[float, float]:
    """Return mean and SD of the score when L ~ N(shift, 1), by Gauss-Hermite quadrature.

    That a number is cut off at the ends of its range is left out.
    """
    z = _NODES + shift
    mean, variance, perfect = np.full(len(z), model.constant), np.zeros(len(z)), np.ones(len(z))
    r = model.correlation
    for item in model.items:
        if item.numeric:
            slope = item.contribution[0] * model.spacing
            mean += item.contribution[0] * model.location + item.contribution[1] + slope * r * z
            variance += slope**2 * (1 - r * r)
            continue
        cuts = model.thresholds(item)
        tail = ndtr((r * z[:, None] - cuts) / max(np.sqrt(1 - r * r), 1e-6))
        share = -np.diff(np.column_stack([np.ones(len(z)), tail, np.zeros(len(z))]), axis=1)
        expected = share @ item.contribution
        mean += expected
        variance += share @ item.contribution**2 - expected**2
        perfect *= share[:, -1]
    mean -= model.penalty * (1 - perfect)
    average = float(_WEIGHTS @ mean)
    return average, float(np.sqrt(_WEIGHTS @ (variance + (mean - average) ** 2)))


def latent_shift(model: ScaleModel, size: float) -> float:
    """Return the shift of L that moves the expected score by ``size`` (scale units).

    Raises
    ------
    DeclarationError
        The scale cannot move that far from its configured mean.
    """
    if size == 0:
        return 0.0
    base, _ = expected_score(model)
    low, high = (expected_score(model, end)[0] - base for end in (-LARGEST_SHIFT, LARGEST_SHIFT))
    if not low < size < high:
        raise DeclarationError(
            f"an effect of {size:g} on scale '{model.scale.id}' is out of reach",
            where="analysis/synthetic.yml",
            allowed=f"between {low:.3g} and {high:.3g}",
        )
    return float(
        brentq(
            lambda shift: expected_score(model, shift)[0] - base - size,
            -LARGEST_SHIFT,
            LARGEST_SHIFT,
            xtol=1e-6,
        )
    )


def fit_scale(
    codebook: CodebookContent, scale: Scale, profile: ScaleProfile, solve: bool = True
) -> ScaleModel:
    """Return the scale's model with location and spacing that give the profile's mean and SD.

    Without an SD in the profile only the mean is reached; a numeric item gets both exactly. With
    ``solve=False`` only the points of the answers are right, which is enough for scoring.
    """
    items = _item_models(codebook, scale)
    single = len(items) == 1
    constant, penalty = _constants(codebook, scale)
    model = ScaleModel(
        scale=scale,
        items=items,
        correlation=1.0 if single and items[0].numeric else profile.item_correlation,
        loading=profile.loading,
        constant=constant,
        penalty=penalty,
    )
    if not solve:
        return model
    if items[0].numeric:
        return _fit_numeric(model, profile)
    return _fit_levels(model, profile)


def _fit_numeric(model: ScaleModel, profile: ScaleProfile) -> ScaleModel:
    slope, constant = model.items[0].contribution
    sd = profile.sd or (model.scale.maximum - model.scale.minimum) / 6
    location = (profile.mean - model.constant - constant * len(model.items)) / (
        slope * len(model.items)
    )
    return replace(model, location=float(location), spacing=float(sd / slope))


def _fit_levels(model: ScaleModel, profile: ScaleProfile) -> ScaleModel:
    """Solve location (and spacing) by least squares on the expected mean (and SD)."""
    levels = max(len(item.levels) for item in model.items)
    start = np.log(3.5 / levels)
    width = model.scale.maximum - model.scale.minimum

    def distance(free: Floats) -> Floats:
        spacing = float(np.exp(free[1])) if profile.sd else float(np.exp(start))
        mean, sd = expected_score(replace(model, location=float(free[0]), spacing=spacing))
        away = [mean - profile.mean, sd - (profile.sd or sd)]
        return np.array(away) / width * [10.0, 1.0]

    found = least_squares(distance, [0.0, start], bounds=([-5.0, -3.0], [5.0, 1.5])).x
    spacing = float(np.exp(found[1] if profile.sd else start))
    return replace(model, location=float(found[0]), spacing=spacing)


def _item_models(codebook: CodebookContent, scale: Scale) -> tuple[ItemModel, ...]:
    bank = codebook.items if scale.population == "residents" else codebook.professional_items
    spread = np.linspace(-DIFFICULTY, DIFFICULTY, len(scale.items)) / 2
    offsets = spread if len(scale.items) > 1 else [0.0]
    return tuple(
        _item_model(codebook, scale, bank[name], float(offset))
        for name, offset in zip(scale.items, offsets, strict=True)
    )


def item_levels(item: Item) -> tuple[str, ...]:
    """Return the answers of an item in the order of the questionnaire; none for a number."""
    if item.type == "categorical":
        return tuple(item.codes)
    if item.type == "integer" and item.minimum is not None and item.maximum is not None:
        low, high = int(item.minimum), int(item.maximum)
        return tuple(str(v) for v in range(low, high + 1)) if high - low < MAX_LEVELS else ()
    return ()


def _item_model(codebook: CodebookContent, scale: Scale, item: Item, offset: float) -> ItemModel:
    levels = item_levels(item)
    if not levels:
        return ItemModel(item, (), _line(scale, item))
    points = np.array([_points(codebook, scale, item, level) for level in levels])
    order = range(len(levels)) if points[-1] >= points[0] else range(len(levels))[::-1]
    return ItemModel(item, tuple(levels[k] for k in order), points[list(order)], offset)


def _line(scale: Scale, item: Item) -> Floats:
    """Slope and constant of a numeric item's contribution to the score."""
    share = scale.multiply / (len(scale.items) if scale.rule == "mean" else 1)
    if item.id not in scale.reverse:
        return np.array([share, 0.0])
    return np.array([-share, share * ((item.minimum or 0.0) + (item.maximum or 0.0))])


def _points(codebook: CodebookContent, scale: Scale, item: Item, level: str) -> float:
    """Return what one answer adds to the score of its scale."""
    if scale.rule == "value_set":
        return -codebook.value_sets[scale.value_set or ""][item.id][level]
    if scale.rule == "share_of_codes":
        return scale.multiply * (level in scale.good_codes)
    if scale.rule == "count_of_codes":
        return scale.multiply * (level in scale.item_codes[item.id])
    value = float(level)
    if item.id in scale.reverse:
        numbers = [float(v) for v in item_levels(item)]
        value = min(numbers) + max(numbers) - value
    return value * scale.multiply / (len(scale.items) if scale.rule == "mean" else 1)


def _constants(codebook: CodebookContent, scale: Scale) -> tuple[float, float]:
    """Return what a value set gives to perfect health and takes for any problem at all."""
    if scale.rule != "value_set":
        return 0.0, 0.0
    extra = [
        decrement
        for name, levels in codebook.value_sets[scale.value_set or ""].items()
        for decrement in levels.values()
        if name not in scale.items
    ]
    return 1.0, float(sum(extra))
