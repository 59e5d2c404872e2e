"""The rules of intake in words: what was found, and what to do, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from evaluatie.declarations import Label


@dataclass(frozen=True)
class RuleText:
    """Name of a rule for readers, and the remedy."""

    title: Label
    remedy: Label


def _text(nl: str, en: str, remedy_nl: str, remedy_en: str) -> RuleText:
    return RuleText(Label(nl=nl, en=en), Label(nl=remedy_nl, en=remedy_en))


_AGAIN_NL = "vraag de leverancier het bestand opnieuw te leveren."
_AGAIN_EN = "ask the supplier to deliver the file again."
_MISSING_NL = "de waarde telt als ontbrekend, of de rij gaat opzij waar de waarde nodig is; "
_MISSING_EN = "the value counts as missing, or the row is set aside where the value is needed; "

RULES: Mapping[str, RuleText] = MappingProxyType(
    {
        "missing_file": _text(
            "bestand ontbreekt",
            "file is missing",
            "zet het bestand op deze plek; wat het nodig heeft, is tot dan 'niet beschikbaar'.",
            "put the file in this place; until then what needs it is reported as not available.",
        ),
        "empty_file": _text(
            "leeg bestand", "empty file", f"het bestand is leeg: {_AGAIN_NL}", _AGAIN_EN
        ),
        "no_rows": _text(
            "bestand met alleen een kopregel",
            "file with a header only",
            f"er staan geen rijen in: {_AGAIN_NL}",
            f"it holds no rows: {_AGAIN_EN}",
        ),
        "unreadable_file": _text(
            "onleesbaar bestand",
            "unreadable file",
            f"het bestand is beschadigd of van een andere soort: {_AGAIN_NL}",
            f"the file is damaged or of another kind: {_AGAIN_EN}",
        ),
        "truncated_file": _text(
            "afgebroken bestand",
            "truncated file",
            f"de laatste regel is niet af, dus er kunnen rijen ontbreken: {_AGAIN_NL}",
            f"the last line is incomplete, so rows may be missing: {_AGAIN_EN}",
        ),
        "no_final_newline": _text(
            "laatste regel zonder regeleinde",
            "last line without a line end",
            "controleer bij de leverancier of het bestand compleet is.",
            "check with the supplier that the file is complete.",
        ),
        "wrong_encoding": _text(
            "andere tekencodering",
            "other encoding",
            "het bestand is gelezen als Latin-1; lever het voortaan als UTF-8.",
            "the file was read as Latin-1; deliver it as UTF-8 from now on.",
        ),
        "wrong_delimiter": _text(
            "ander scheidingsteken",
            "wrong delimiter",
            "bewaar het bestand met het afgesproken scheidingsteken, of pas de feed aan.",
            "save the file with the agreed delimiter, or change the feed in the dictionary.",
        ),
        "no_header": _text(
            "geen kopregel",
            "no header",
            "de eerste regel bevat niet de namen van de kolommen: zet ze erboven, of geef de namen "
            "die de leverancier gebruikt op als alias.",
            "the first line does not hold the column names: put them on top, or add the names that "
            "the supplier uses as aliases.",
        ),
        "ragged_row": _text(
            "rij met een ander aantal velden",
            "row with another number of fields",
            "niet gelezen; zet tekst met een scheidingsteken tussen aanhalingstekens, en bedragen "
            "zonder punt of komma voor duizendtallen.",
            "these rows were not read; put text with a delimiter between quotes, and write amounts "
            "without a mark for thousands.",
        ),
        "unknown_column": _text(
            "onbekende kolom",
            "unknown column",
            "de kolom is niet gelezen; voeg haar toe aan de dictionary of laat haar weg.",
            "the column was not read; add it to the dictionary or leave it out.",
        ),
        "missing_column": _text(
            "ontbrekende kolom",
            "missing column",
            "lever de kolom, geef haar naam op als alias, of noteer in de dictionary dat de vraag "
            "in deze meting niet is gesteld.",
            "deliver the column, add its name as an alias, or say in the dictionary that the "
            "question was not asked in this wave.",
        ),
        "duplicate_column": _text(
            "dubbele kolomnaam", "column name occurs twice", _AGAIN_NL, _AGAIN_EN
        ),
        "unknown_amount": _text(
            "onbekende kolom met bedragen",
            "unknown column of amounts",
            "zonder deze kolom zijn de totalen te laag: voeg haar toe aan de dictionary, of geef "
            "haar naam op als alias.",
            "without this column totals are too low: add it to the dictionary, or add its name as "
            "an alias.",
        ),
        "year_missing": _text(
            "kolom zonder jaar in de kop",
            "column without a year in its header",
            "zet het jaar tussen vierkante haken achter de kop, zoals de leverancier het schrijft.",
            "put the year between square brackets behind the header, as the supplier writes it.",
        ),
        "municipality_absent": _text(
            "de gemeente staat niet in het bestand",
            "the municipality is not in the file",
            "verbeter de naam van de gemeente in study.yml, of geef haar postcodes op.",
            "mend the name of the municipality in study.yml, or add its postcodes.",
        ),
        "wrong_type": _text(
            "waarde van een andere soort",
            "value of the wrong type",
            f"{_MISSING_NL}verbeter de schrijfwijze in de bron.",
            f"{_MISSING_EN}mend the notation at the source.",
        ),
        "value_outside_codes": _text(
            "waarde buiten de codes",
            "value outside the codes",
            f"{_MISSING_NL}verbeter de bron of vul de codes aan (let op voorloopnullen).",
            f"{_MISSING_EN}mend the source or complete the codes (mind leading zeros).",
        ),
        "value_outside_range": _text(
            "waarde buiten het bereik",
            "value outside the range",
            f"{_MISSING_NL}verbeter de bron of het bereik.",
            f"{_MISSING_EN}mend the source or the range.",
        ),
        "missing_value": _text(
            "lege verplichte waarde",
            "required value is empty",
            "de rij is opzij gezet; vul de waarde aan in de bron.",
            "the row was set aside; complete the value at the source.",
        ),
        "item_not_asked": _text(
            "antwoorden op een vraag die niet is gesteld",
            "answers to a question that was not asked",
            "de kolom is niet gelezen; verbeter 'waves' van de vraag als zij wel is gesteld.",
            "the column was not read; correct 'waves' of the item if it was asked.",
        ),
        "duplicate": _text(
            "dubbel record",
            "duplicate record",
            "de eerste bruikbare rij telt, de latere zijn weggelaten; verwijder ze in de bron.",
            "the first usable row counts, later ones were dropped; remove them at the source.",
        ),
        "wave_mismatch": _text(
            "rij van een andere meting",
            "row of another wave",
            "de rij is opzij gezet; zet haar in het bestand van haar eigen meting.",
            "the row was set aside; put it in the file of its own wave.",
        ),
        "unknown_area": _text(
            "buurt buiten de studie",
            "area outside the study",
            "de rij is opzij gezet; verbeter de buurtcode of voeg de buurt aan de studie toe.",
            "the row was set aside; mend the area code or add the area to the study.",
        ),
        "outside_study_years": _text(
            "jaar buiten de kostenmonitor",
            "year outside the cost monitor",
            "de rij is opzij gezet; verbeter het jaar of 'cost_years' in study.yml.",
            "the row was set aside; mend the year or 'cost_years' in study.yml.",
        ),
        "end_before_start": _text(
            "einde voor begin",
            "end before start",
            "de rij is opzij gezet; verbeter een van beide datums in de bron.",
            "the row was set aside; mend one of the two dates at the source.",
        ),
        "overlap": _text(
            "overlappende vervangen records",
            "overlapping replaced records",
            "het eerdere record eindigt nu de dag voor het latere begint (of is opzij gezet als "
            "beide tegelijk beginnen); sluit het in de bron.",
            "the earlier record now ends the day before the later one starts (or is set aside "
            "where both start on one day); close it at the source.",
        ),
        "unmatched_reference": _text(
            "verwijzing naar een record dat er niet is",
            "reference to a record that does not exist",
            "de rij is opzij gezet; lever het ontbrekende record, of verbeter het nummer.",
            "the row was set aside; deliver the missing record, or mend the number.",
        ),
        "reference_set_aside": _text(
            "verwijzing naar een record dat opzij is gezet",
            "reference to a record that was set aside",
            "de rij is ook opzij gezet; los eerst het probleem van dat andere record op.",
            "the row was set aside as well; first mend that other record.",
        ),
        "no_usable_rows": _text(
            "geen bruikbare rijen over",
            "no usable rows left",
            "elke rij is opzij gezet: los de andere meldingen van dit bestand op.",
            "every row was set aside: mend the other problems of this file.",
        ),
    }
)
