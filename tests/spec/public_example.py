"""A study folder of two areas with the two public feeds, written line by line."""

import shutil
from pathlib import Path

import yaml

from evaluatie.dictionary import load_codebook
from evaluatie.intake import read_study
from evaluatie.study import open_study

ROOT = Path(__file__).parents[2]
DATA = Path(__file__).parent / "data"
YEARS = (2018, 2019)
PEOPLE = "AANTAL_BSN;AANTAL_VERZEKERDEJAREN"


def study_in(folder, **municipality):
    """Return a study with the public feeds only; its dictionary is that of the shipped study."""
    (folder / "analysis").mkdir(parents=True)
    shutil.copytree(ROOT / "data_dictionary", folder / "data_dictionary")
    content = yaml.safe_load((ROOT / "analysis" / "study.yml").read_text(encoding="utf-8"))
    content |= {"feeds": ["vektis", "cbs_costs"], "cost_years": list(YEARS)}
    content["municipality"] |= municipality
    text = yaml.safe_dump(content, allow_unicode=True)
    (folder / "analysis" / "study.yml").write_text(text, encoding="utf-8")
    study = open_study(folder)
    return study, load_codebook(study)


def vektis_path(study, codebook, year):
    return study.raw / codebook.feed("vektis").path.replace("{year}", str(year))


def cbs_path(study, codebook):
    return study.raw / codebook.feed("cbs_costs").path


def cost_headers(codebook, generation="usual"):
    """Return the headers of amounts in one generation of files."""
    columns = codebook.feed("vektis").wide_columns
    usual = [c for c in columns if c.required]
    other = [c for c in columns if not c.required]
    if generation == "usual":
        return [c.column for c in usual]
    if generation == "old":
        kept = [c for c in usual if "tweedelijns_ggz" not in c.unless]
        named = ("eerstelijns_psychologische_zorg", "tweedelijns_ggz")
        return [c.column for c in kept] + [c.column for c in other if c.name in named]
    kept = [c for c in usual if "consulten_ggz" not in c.unless]
    later = [
        c for c in other if c.name not in ("eerstelijns_psychologische_zorg", "tweedelijns_ggz")
    ]
    return [c.aliases[-1] for c in (*kept, *later)]


def vektis_text(codebook, generation="usual", key="GEMEENTENAAM", name="MAASTRICHT"):
    """Return a file with the rest row, another municipality, and two cells of the own one."""
    costs = cost_headers(codebook, generation)
    head = ["GESLACHT", "LEEFTIJDSKLASSE", key, *PEOPLE.split(";")]
    if generation == "new":
        head = [h.lower() for h in head]

    def line(sex, age, place, people, amount):
        return ";".join([sex, age, place, str(people), f"{people}.5", *[amount] * len(costs)])

    rows = [
        ";".join([*head, *costs]),
        line("", "", "", 7, "999.99"),
        line("M", " 5 t/m  9 jaar", "ELDERS", 40, "3.00"),
        line("M", " 5 t/m  9 jaar", name, 20, "10.25"),
        line("V", "90 jaar en ouder", name, 10, "20.50"),
    ]
    return "\n".join(rows) + "\n", len(costs)


def write_vektis(study, codebook, text, year=YEARS[0]):
    path = vektis_path(study, codebook, year)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return path


def write_cbs(study, codebook, content=None):
    path = cbs_path(study, codebook)
    path.parent.mkdir(parents=True, exist_ok=True)
    shipped = (DATA / "cbs-kosten-naar-wet-gemeenten.csv").read_bytes()
    path.write_bytes(shipped if content is None else content)
    return path


def problems(study, codebook):
    """Return the data, and the rules that were broken apart from files that are not there."""
    data = read_study(study, codebook)
    found = data.issues[data.issues["rule"] != "missing_file"]
    return data, found.set_index("rule")
