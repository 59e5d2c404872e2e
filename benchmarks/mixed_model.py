"""The contrast of a four-wave panel by a mixed model: two stages, against lme4 on every person.

Run from the project root: ``python -m benchmarks.mixed_model``. A drawn panel of 8 areas, four
waves and 6,000 persons in 4,000 households. Ours: means of area x wave with their design-based
covariance, then REML with Satterthwaite's df. The peer: ``lmerTest::lmer`` with area, area x wave,
household and person. Both are printed: without weights they estimate the same.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.timing import best_of, ratio_line, seconds_in_r  # isort: skip

import numpy as np
import pandas as pd

from evaluatie.methods import Design, Linearised, MixedModel, grouping, mixed_model

AREAS, WAVES, PERSONS, GOAL = 8, 4, 6_000, 10
TERM = f"pilot:w{WAVES - 1}"
R_SCRIPT = """
suppressPackageStartupMessages(library(lmerTest))
d <- read.csv("panel.csv"); d$wave <- factor(d$wave)
f <- y ~ pilot * wave + (1 | area) + (1 | area:wave) + (1 | household) + (1 | person)
s <- system.time(m <- summary(lmer(f, d)))["elapsed"]
write(m$coefficients["pilot:wave3", c("Estimate", "Std. Error", "df")], "found.txt")
cat(s)
"""


def panel(seed: int) -> pd.DataFrame:
    """Return one row per person x wave, of whom seven in ten answer in each wave."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(PERSONS), WAVES)
    wave = np.tile(np.arange(WAVES), PERSONS)
    household = person * 2 // 3
    area = household % AREAS
    pilot = (area < AREAS // 2).astype(int)
    y = (
        50 + rng.normal(0, 2, AREAS)[area] + rng.normal(0, 1, (AREAS, WAVES))[area, wave]
        + rng.normal(0, 3, household.max() + 1)[household] + rng.normal(0, 6, PERSONS)[person]
        + rng.normal(0, 7, len(person)) + 0.5 * pilot * wave
    )  # fmt: skip
    frame = pd.DataFrame(
        {"area": area, "wave": wave, "household": household, "person": person, "pilot": pilot}
    )
    return frame.assign(y=y)[rng.random(len(y)) < 0.7]


def two_stages(data: pd.DataFrame) -> MixedModel:
    """Return the mixed model of the means of areas and waves."""
    y = data["y"].to_numpy(float)
    cell = (data["area"] * WAVES + data["wave"]).to_numpy()
    member = (cell[:, None] == np.arange(AREAS * WAVES)[None, :]).astype(float)
    size = member.sum(axis=0)
    mean = y @ member / size
    influence = member * (y[:, None] - mean) / size
    design = Design.of(np.ones(len(y)), data["area"], data["household"])
    known = design.covariance_of(Linearised(mean, influence, lambda W: W.T @ member))
    area, wave = np.divmod(np.arange(AREAS * WAVES), WAVES)
    pilot = (area < AREAS // 2).astype(float)
    later = [(wave == t).astype(float) for t in range(1, WAVES)]
    X = np.column_stack([np.ones(len(wave)), pilot, *later, *(pilot * w for w in later)])
    names = ["constant", "pilot", *(f"w{t}" for t in range(1, WAVES)),
             *(f"pilot:w{t}" for t in range(1, WAVES))]  # fmt: skip
    patterns = {"area": grouping(area), "area_x_wave": np.eye(len(wave))}
    return mixed_model(mean, X, names, patterns, known)


def main() -> None:
    """Print both estimates and the ratio of the times."""
    data = panel(7)
    ours = best_of(lambda: two_stages(data))
    print(f"{len(data):,} answers of {PERSONS:,} persons")
    print("ours:", *two_stages(data).contrast(TERM))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data.to_csv(folder / "panel.csv", index=False)
        peer = seconds_in_r(R_SCRIPT, folder)
        if peer is None:
            print(f"two-stage mixed model: {ours:.4f} s; no Rscript here to compare with")
            return
        print("lmer:", *(folder / "found.txt").read_text(encoding="utf-8").split())
    print(ratio_line("two-stage mixed model against lmer of persons", ours, peer, GOAL))


if __name__ == "__main__":
    main()
