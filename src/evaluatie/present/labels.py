"""Names that readers see: from the study, the dictionary and the agreements, in one language.

A slice carries its labels, so that a report can be made again without the study folder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from evaluatie.agreement.model import Event, Project, Question
from evaluatie.declarations import Label
from evaluatie.dictionary.model import CodebookContent
from evaluatie.domain import Direction
from evaluatie.intake.texts import RULES
from evaluatie.present.numbers import HARD_SPACE, Language, Row
from evaluatie.present.phrase import NUMERAL, NumberRef, Phrase, declared, join
from evaluatie.present.rows import UNKNOWN, parts
from evaluatie.present.wording import has_message, message
from evaluatie.study import Study

MAPPINGS = ("decimals", "direction", "ranges", "groups", "units", "payer_of", "kinds", "areas")
OLDEST = 110  # an age group that ends here or later has no upper end for a reader


@dataclass(frozen=True)
class Labels:
    """Texts and scales of one language.

    Attributes
    ----------
    language : {"nl", "en"}
    texts : mapping of kind -> id -> text
        Kinds: wave, area, indicator, question, law, payer, substitution, project, event, code,
        feed, and of business cases effect, effect_source, case_note, discount, threshold. The
        order of the ids is the order in which readers see them.
    decimals : mapping of indicator -> decimals
    direction : mapping of indicator -> Direction
    ranges : mapping of indicator -> (lowest, highest) possible value
    groups : mapping of indicator -> name of the group that one figure shows together
    units : mapping of indicator -> unit in words
    payer_of : mapping of law -> payer
    kinds : mapping of indicator -> how it is measured (a kind of the dictionary, or ``scale``)
    areas : mapping of side -> area codes
    """

    language: Language
    texts: Mapping[str, Mapping[str, str]]
    decimals: Mapping[str, int] = field(default_factory=dict)
    direction: Mapping[str, str] = field(default_factory=dict)
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    payer_of: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    areas: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def say(self, key: str, **values: Phrase | str) -> Phrase:
        """Return a message of the catalogue in this language."""
        return message(key, self.language, **values)

    def name(self, kind: str, ident: str) -> Phrase:
        """Return the text of one id; the id itself where nobody gave it a name."""
        text = self.texts.get(kind, {}).get(ident)
        if text is None and kind == "indicator":  # a group of scales: named in a code list
            text = self.texts.get("code", {}).get(ident)
        if text is not None:
            return declared(text, f"labels/{kind}/{ident}")
        return declared(ident.replace("_", " "), f"labels/{kind}/{ident}", "id")

    def order(self, kind: str) -> list[str]:
        """Return the ids of one kind in reading order."""
        return list(self.texts.get(kind, {}))

    def area(self, ident: str) -> Phrase:
        """Return the name of an area code, a side, or the whole."""
        known = f"area.{ident.replace('-', '_') or 'all'}"
        if has_message(known, self.language):
            return self.say(known)
        return self.name("area", ident)

    def law(self, ident: str) -> Phrase:
        """Return the name of a law, or of all laws of one payer together."""
        if ident.startswith("payer:"):
            payer = self.name("payer", ident.removeprefix("payer:"))
            return self.say("cost.payer_total", payer=payer)
        return self.name("law", ident) if ident else self.say("cost.all_laws")

    def category(self, row: Row) -> Phrase:
        """Return the category of a row in words; its numerals refer to the row itself."""
        named = (self._part(key, value, row) for key, value in parts(str(row["category"])).items())
        return join(named, ", ") or self.say("category.total")

    def _part(self, key: str, value: str, row: Row) -> Phrase:
        if value == UNKNOWN:
            return self.say("category.unknown")
        if key != "rule" and has_message(f"{key}.{value}", self.language):
            return self.say(f"{key}.{value}")
        if key == "age":
            return self._age(value, row)
        for kind in (key, "code", "wave", "feed", "rule"):
            if value in self.texts.get(kind, {}):
                return self.name(kind, value)
        text = value.replace("_", " ")
        refs = (NumberRef(found, str(row["id"]), "category") for found in NUMERAL.findall(text))
        return Phrase(text, tuple(refs))

    def _age(self, value: str, row: Row) -> Phrase:
        low, _, high = value.replace("+", "-").partition("-")

        def digits(text: str) -> Phrase:
            return Phrase(text, (NumberRef(text, str(row["id"]), "category"),))

        if high and int(high) < OLDEST:
            return self.say("age.between", low=digits(low), high=digits(high))
        return self.say("age.from", low=digits(low))

    def period(self, row: Row) -> Phrase:
        """Return the period of a row: a year, or a year with its quarter."""
        value = str(row["period"])
        year, _, quarter = value.partition("-")
        text = f"{year}{HARD_SPACE}{quarter}" if quarter else year
        refs = (NumberRef(found, str(row["id"]), "period") for found in NUMERAL.findall(text))
        return Phrase(text, tuple(refs))

    def reason(self, row: Row) -> Phrase:
        """Return why a row has no estimate, in words where the catalogue knows the reason."""
        text = str(row.get("reason", ""))
        code, _, detail = text.partition(":")
        if has_message(f"reason.{code}", self.language):
            return self.say(f"reason.{code}", detail=self._detail(detail.strip(), row))
        if not text:
            return self.say("reason.unknown")
        refs = (NumberRef(found, str(row["id"]), "reason") for found in NUMERAL.findall(text))
        return Phrase(text, tuple(refs))

    def _detail(self, detail: str, row: Row) -> Phrase:
        for kind in ("feed", "wave", "area"):
            if detail in self.texts.get(kind, {}):
                return self.name(kind, detail)
        refs = (NumberRef(found, str(row["id"]), "reason") for found in NUMERAL.findall(detail))
        return Phrase(detail, tuple(refs))

    def favourable(self, indicator: str) -> int:
        """Return +1 where a higher value is better, -1 where a lower one is."""
        return -1 if self.direction.get(indicator) == Direction.LOWER else 1

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON content; mappings as lists of pairs, so that their order survives."""
        content: dict[str, Any] = {"language": self.language}
        content["texts"] = [[kind, _pairs(names)] for kind, names in self.texts.items()]
        return content | {name: _pairs(getattr(self, name)) for name in MAPPINGS}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Labels:
        """Return the labels that `as_dict` wrote."""
        plain: dict[str, Any] = {name: dict(content.get(name, ())) for name in MAPPINGS}
        for name in ("ranges", "areas"):
            plain[name] = {key: tuple(value) for key, value in plain[name].items()}
        texts = {kind: dict(names) for kind, names in content["texts"]}
        return cls(language=content["language"], texts=texts, **plain)


def _pairs(mapping: Mapping[str, Any]) -> list[list[Any]]:
    return [[key, list(v) if isinstance(v, tuple) else v] for key, v in mapping.items()]


def labels_of(
    study: Study,
    codebook: CodebookContent,
    questions: Iterable[Question],
    language: Language,
    *,
    projects: Iterable[Project] = (),
    events: Iterable[Event] = (),
) -> Labels:
    """Collect the labels of a study in one language.

    Parameters
    ----------
    questions, projects, events
        Of the reader's scope only: a slice names nothing of another audience.
    """
    chosen, projects = tuple(questions), tuple(projects)
    codes = {code: entry for codes in codebook.code_lists.values() for code, entry in codes.items()}
    described: dict[str, Any] = {**codebook.scales, **codebook.indicators}

    def by_id(entries: Mapping[str, Any]) -> dict[str, str]:
        return {ident: _text(entry.label, language) for ident, entry in entries.items()}

    return Labels(
        language=language,
        texts={
            "wave": {wave.id: _text(wave.label, language) for wave in study.waves},
            "area": {area.code: area.name for area in study.areas},
            "indicator": by_id(described),
            "question": {q.id: _text(q.label, language) for q in chosen},
            "law": by_id(codebook.laws),
            "payer": by_id(codebook.payers),
            "substitution": by_id(codebook.substitutions),
            "project": {p.id: _text(p.label, language) for p in projects},
            **_assumed(projects, codebook, language),
            "event": {e.id: _text(e.label, language) for e in events},
            "feed": by_id(codebook.feeds),
            "code": by_id(codes),
            "rule": {rule: _text(text.title, language) for rule, text in RULES.items()},
            **_by_column(codebook, by_id),
        },
        decimals={ident: entry.decimals for ident, entry in described.items()},
        direction={ident: str(entry.direction) for ident, entry in described.items()},
        ranges={ident: (s.minimum, s.maximum) for ident, s in codebook.scales.items()},
        groups={ident: s.group for ident, s in codebook.scales.items() if s.group},
        units={ident: _text(entry.unit, language) for ident, entry in described.items()},
        kinds=dict.fromkeys(codebook.scales, "scale")
        | {ident: indicator.kind for ident, indicator in codebook.indicators.items()},
        payer_of={ident: law.payer for ident, law in codebook.laws.items()},
        areas={
            side: tuple(a.code for a in study.areas if a.side == side)
            for side in dict.fromkeys(str(a.side) for a in study.areas)
        },
    )


def _assumed(
    projects: Iterable[Project], codebook: CodebookContent, language: str
) -> dict[str, dict[str, str]]:
    """Return the texts of business cases: what is assumed, where it comes from, which guideline."""
    cases = {p.id: p.assumptions for p in projects if p.assumptions is not None}
    effects = {f"{name}.{e.id}": e for name, case in cases.items() for e in case.effects}
    economics = codebook.economics
    return {
        "effect": {name: _text(effect.what, language) for name, effect in effects.items()},
        "effect_source": {name: effect.quantity.source for name, effect in effects.items()},
        "case_note": {name: _text(case.note, language) for name, case in cases.items()},
        "discount": {}
        if economics is None
        else {name: _text(rate.label, language) for name, rate in economics.discounting.items()},
        "threshold": {}
        if economics is None
        else {name: _text(one.label, language) for name, one in economics.thresholds.items()},
    }


def _by_column(
    codebook: CodebookContent, by_id: Callable[[Mapping[str, Any]], dict[str, str]]
) -> dict[str, dict[str, str]]:
    """Return codes by the column that holds them: two lists may use one code."""
    columns = [column for feed in codebook.feeds.values() for column in feed.columns]
    return {c.name: by_id(codebook.code_lists[c.code_list]) for c in columns if c.code_list}


def _text(label: Label, language: str) -> str:
    return label[language]
