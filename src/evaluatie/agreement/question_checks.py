"""What a question may ask of the dictionary, the feeds and the waves of the study."""

from __future__ import annotations

from evaluatie.agreement.declared import Declarations
from evaluatie.agreement.model import Agreement, Question
from evaluatie.agreement.problems import Problems
from evaluatie.dictionary.model import CodebookContent, Indicator, Scale
from evaluatie.domain import Population, QuestionType, Weighting
from evaluatie.study import Study

COST_KINDS = ("arrangement_cost", "insured_cost", "annual_total")
SECTION_OF = (
    dict.fromkeys(COST_KINDS, "cost")
    | dict.fromkeys(("duration", "stacking", "count"), "process")
    | dict.fromkeys(("business_case", "cost_effectiveness"), "business_case")
    | {"mirror": "mirror"}
)
"""Section of a question by the kind of its indicator; every other kind belongs to the monitor."""


def check_questions(
    declared: Declarations, study: Study, codebook: CodebookContent, problems: Problems
) -> None:
    """Note every question that the dictionary, the feeds or the waves cannot answer."""
    path, questions = declared.path("questions"), declared.questions.questions
    problems.distinct(path, "questions", [question.id for question in questions])
    for position, question in enumerate(questions):
        check = _QuestionCheck(declared, study, codebook, problems, question, position)
        if question.type is QuestionType.INTERSECTION_UNION:
            check.combined()
        else:
            check.indicator()
        check.verdict_wave()
        check.accepted()
        check.agreed()
    _check_testing_order(declared, problems)


def _check_testing_order(declared: Declarations, problems: Problems) -> None:
    path, order = declared.path("questions"), declared.questions.testing_order
    questions = {question.id: question for question in declared.questions.questions}
    problems.distinct(path, "testing_order", order)
    for position, name in enumerate(order):
        place = ("testing_order", position)
        if not problems.known(path, place, name, "question", questions):
            continue
        if questions[name].type is QuestionType.DESCRIPTIVE:
            problems.add(path, place, f"'{name}' is descriptive and cannot be tested")
        if questions[name].combines:
            text = f"'{name}' combines questions of the sequence and has no place of its own in it"
            problems.add(path, place, text)
        if not any(name in agreement.primary for agreement in declared.agreements.values()):
            problems.add(path, place, f"no agreement has '{name}' among its primary questions")


class _QuestionCheck:
    """The checks of one question; each notes what it finds."""

    def __init__(
        self,
        declared: Declarations,
        study: Study,
        codebook: CodebookContent,
        problems: Problems,
        question: Question,
        position: int,
    ) -> None:
        self.declared, self.study, self.codebook = declared, study, codebook
        self.problems, self.question, self.position = problems, question, position
        self.path = declared.path("questions")

    def note(self, key: str, what: str) -> None:
        text = f"question '{self.question.id}': {what}"
        self.problems.add(self.path, ("questions", self.position, key), text)

    def known(self, key: str, name: str, kind: str, allowed: list[str]) -> bool:
        place = ("questions", self.position, key)
        return self.problems.known(self.path, place, name, kind, allowed)

    def indicator(self) -> None:
        name = self.question.indicator
        groups = sorted({s.group for s in self.codebook.scales.values() if s.group})
        if not self.known(
            "indicator",
            name,
            "scale, indicator or group of scales",
            [*self.codebook.scales, *self.codebook.indicators, *groups],
        ):
            return
        if name in self.codebook.indicators:
            self._counted(self.codebook.indicators[name])
        else:
            self._asked([s for s in self.codebook.scales.values() if name in (s.id, s.group)])
            if name in groups and self.question.type is not QuestionType.DESCRIPTIVE:
                self.note(
                    "indicator",
                    f"'{name}' is a group of scales and has no single verdict; "
                    "make the question descriptive or choose one scale of the group",
                )

    def _asked(self, scales: list[Scale]) -> None:
        """Check a question that a questionnaire answers."""
        if self.question.section != "survey":
            self.note("section", "a scale belongs to section 'survey'")
        self._no_money("a scale")
        for population in sorted({scale.population for scale in scales}):
            professional = self.question.population is Population.PROFESSIONALS
            if professional != (population == "professionals"):
                self.note("population", f"the scale is asked of {population}")
            feeds = [f.id for f in self.codebook.feeds.values() if f.questionnaire == population]
            if not set(feeds) & set(self.study.feeds):
                self.note("indicator", f"the study has no questionnaire feed for {population}")
        for scale in scales:
            self._items(scale)
            self._margin_fits(scale)

    def _items(self, scale: Scale) -> None:
        """Demand the items in the first wave and in the verdict wave."""
        needed = {self.study.baseline.id, self.question.verdict_wave} - {None}
        items = self.codebook.items | self.codebook.professional_items
        if self.question.contrast == "level":
            return
        for wave in sorted(str(wave) for wave in needed):
            absent = [i for i in scale.items if i in items and wave not in (items[i].waves or wave)]
            if absent:
                what = f"items of scale '{scale.id}' not asked in wave {wave}: {len(absent)}"
                self.note("indicator", f"{what}; without them there is no change since the start")

    def _margin_fits(self, scale: Scale) -> None:
        margin = self.question.margin
        if margin is not None and margin.value >= scale.maximum - scale.minimum:
            self.note("margin", f"it is as wide as the whole scale '{scale.id}'")

    def _no_money(self, what: str) -> None:
        for key in ("payer", "cost_basis"):
            if getattr(self.question, key) is not None:
                self.note(key, f"{what} has no {key}; remove the key")

    def _counted(self, indicator: Indicator) -> None:
        """Check a question that administrative feeds answer."""
        cost = indicator.kind in COST_KINDS
        section = SECTION_OF.get(indicator.kind, "monitor")
        if self.question.section != section:
            self.note("section", f"indicator '{indicator.id}' belongs to section '{section}'")
        if indicator.feed not in self.study.feeds:
            self.note("indicator", f"it needs feed '{indicator.feed}', which the study has not")
        if cost:
            self._money(indicator)
        else:
            self._no_money("an indicator that is not a cost")

    def _money(self, indicator: Indicator) -> None:
        payer, basis = self.question.payer, self.question.cost_basis
        payers = sorted({self.codebook.laws[law].payer for law in indicator.laws})
        if payer is None:
            self.note("payer", f"whose euros? allowed: {', '.join(payers)}")
        elif self.known("payer", payer, "payer", list(self.codebook.payers)) and [payer] != payers:
            self.note(
                "payer", f"'{indicator.id}' is paid by {', '.join(payers)}; payers are never mixed"
            )
        if basis is None:
            self.note("cost_basis", "allocated, delivered or declared amounts? name one")
        elif indicator.basis is not None and basis is not indicator.basis:
            self.note("cost_basis", f"'{indicator.id}' exists as {indicator.basis} amounts only")

        tested = self.question.type is not QuestionType.DESCRIPTIVE
        if tested and self.question.weighting is not Weighting.RESIDENT:
            self.note(
                "weighting",
                "a verdict about euros is resident_weighted: with every neighbourhood counting "
                "alike, the difference times the residents is no amount that anybody pays",
            )

    def combined(self) -> None:
        """Check a question that combines the answers to others."""
        questions = {q.id: q for q in self.declared.questions.questions}
        for name in self.question.combines:
            if not self.known("combines", name, "question", list(questions)):
                continue
            part = questions[name]
            if part.type in (QuestionType.DESCRIPTIVE, QuestionType.INTERSECTION_UNION):
                self.note("combines", f"'{name}' is {part.type} and has no test of its own")
            elif part.verdict_wave != self.question.verdict_wave:
                text = f"'{name}' is decided at wave {part.verdict_wave}"
                self.note("verdict_wave", f"{text}; the questions it combines share one wave")

    def accepted(self) -> None:
        """Demand that low power was accepted before any outcome after the start could be seen.

        That is before the earliest day on which a wave after the baseline may be reported: an
        earlier wave hints at the answer of a later one. For the same reason planning values,
        margins and ``testing_order`` must be frozen by then; they bear no date, so that only
        the agreements and the history of the files can show it.
        """
        accepted = self.question.accepted_power
        later = [(wave.report_from, wave.id) for wave in self.study.waves[1:]]
        if accepted is None or not later or accepted.accepted_on < min(later)[0]:
            return
        first, wave = min(later)
        self.note(
            "accepted_power",
            f"accepted on {accepted.accepted_on}, when outcomes could be seen: it must be before "
            f"{first}, when wave {wave} may be reported",
        )

    def verdict_wave(self) -> None:
        wave, waves = self.question.verdict_wave, [wave.id for wave in self.study.waves[1:]]
        if wave is not None:
            self.known("verdict_wave", wave, "wave after the first", waves)

    def agreed(self) -> None:
        if not any(_mentions(self.question.id, a) for a in self.declared.agreements.values()):
            self.note("id", "no agreement asks it; remove the question or agree on it")


def _mentions(question: str, agreement: Agreement) -> bool:
    added = [q for amendment in agreement.amendments for q in amendment.adds]
    agreed = (*agreement.primary, *agreement.secondary, *agreement.combined)
    return question in (*agreed, *added)
