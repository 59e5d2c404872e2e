"""What the data dictionary promises: instruments as published, sources everywhere, no dead ends."""

import csv
import itertools
import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
import yaml

from evaluatie.dictionary import json_schemas, load_codebook, write_codebook_html
from evaluatie.errors import DeclarationError
from evaluatie.study import open_study

ROOT = Path(__file__).parents[2]
STANDARD = ROOT / "data_dictionary"


@pytest.fixture(scope="module")
def codebook():
    return load_codebook(open_study(ROOT))


@pytest.fixture
def study(tmp_path):
    """A study with its own copy of the standard dictionary, to break."""
    shutil.copytree(STANDARD, tmp_path / "data_dictionary")
    (tmp_path / "analysis").mkdir()
    shutil.copy(ROOT / "analysis" / "study.yml", tmp_path / "analysis")
    return open_study(tmp_path)


def edit(study, name, old, new):
    path = study.root / "data_dictionary" / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def refusal(study):
    with pytest.raises(DeclarationError) as caught:
        load_codebook(study)
    return str(caught.value)


# --- the standard dictionary ---------------------------------------------------------------------


def eq5d(codebook, profile):
    """Compute the index straight from the value set, as Versteegh 2016 writes it down."""
    values = codebook.value_sets["eq5d5l_nl"]
    items = codebook.scales["eq5d_index"].items
    total = sum(values[item][level] for item, level in zip(items, profile, strict=True))
    return 1 - total - (values["constant"]["any_above_1"] if set(profile) != {"1"} else 0)


@pytest.mark.parametrize(
    ("profile", "value"),
    [
        ("11111", 1.0),
        ("21111", 0.918),
        ("11112", 0.883),
        ("32523", 0.455),
        ("33333", 0.511),
        ("55555", -0.446),
    ],
)
def test_eq5d_value_set_gives_the_published_check_values(codebook, profile, value):
    assert eq5d(codebook, profile) == pytest.approx(value, abs=5e-10)


def test_eq5d_value_set_has_484_of_3125_states_below_zero(codebook):
    states = ["".join(levels) for levels in itertools.product("12345", repeat=5)]
    assert len(states) == 3125
    assert sum(eq5d(codebook, state) < 0 for state in states) == 484


def test_every_scale_and_indicator_of_the_agreements_exists(codebook):
    scales = [
        "eq5d_index",
        "eq_vas",
        "srh_good",
        "sf12_pcs",
        "sf12_mcs",
        "resilience",
        "ph_bodily",
        "ph_mental",
        "ph_meaning",
        "ph_quality",
        "ph_participation",
        "ph_daily",
        "quality_of_care",
        "mastery",
        "loneliness",
        "participation",
        "job_satisfaction",
    ]
    indicators = [
        "municipal_cost",
        "wmo_cost",
        "jeugdwet_cost",
        "participatiewet_cost",
        "zvw_cost",
        "wlz_cost",
        "wmo_waiting_days",
        "gp_feedback_days",
        "stacking",
        "case_bottlenecks",
        "citizen_science",
        "cost_per_household",
        "cost_concentration",
        "high_cost_households",
        "who_pays",
        "support_duration",
        "staff_changes",
        "business_cases",
        "cost_per_qaly",
        "provider_mirror",
    ]
    assert set(scales) <= set(codebook.scales)
    assert set(indicators) <= set(codebook.indicators)
    assert [s.id for s in codebook.scales_for("professionals")] == ["job_satisfaction"]


def test_scoring_rules_follow_the_instruments(codebook):
    resilience, loneliness = codebook.scales["resilience"], codebook.scales["loneliness"]
    assert (len(resilience.items), resilience.minimum, resilience.maximum) == (25, 25, 100)
    assert loneliness.max_missing == 1
    assert codebook.scales["loneliness_emotional"].max_missing == 0
    emotional, social = loneliness.items[:3], loneliness.items[3:]
    assert {loneliness.item_codes[i] for i in emotional} == {("1", "2")}
    assert {loneliness.item_codes[i] for i in social} == {("2", "3")}
    assert codebook.scales["srh_good"].good_codes == ("1", "2")
    assert codebook.scales["eq5d_index"].max_missing == 0
    assert codebook.scales["sf12_mcs"].rule == "imported"
    assert (codebook.scales["mastery"].minimum, codebook.scales["mastery"].maximum) == (7, 35)


def test_the_questionnaire_knows_changes_of_coding_wording_and_mode(codebook):
    kinds = {change.kind for item in codebook.items.values() for change in item.changes}
    assert kinds == {"coding", "wording", "mode"}
    assert not codebook.scale_asked("participation", "t1")
    assert codebook.scale_asked("participation", "t3")


def test_every_value_has_a_source():
    silent = []

    def visit(node, where):
        if isinstance(node, dict):
            if "label" in node and not str(node.get("source", "")).strip():
                silent.append(where)
            for key, value in node.items():
                visit(value, f"{where}.{key}")
        elif isinstance(node, list):
            for number, value in enumerate(node):
                visit(value, f"{where}.{number}")

    for path in STANDARD.rglob("*.yml"):
        visit(yaml.safe_load(path.read_text(encoding="utf-8")), path.name)
    for path in STANDARD.rglob("*.csv"):
        with path.open(encoding="utf-8", newline="") as handle:
            silent += [path.name for row in csv.DictReader(handle) if not row["source"]]
    assert silent == []


def test_cpi_is_the_chained_yearly_change(codebook):
    """CPI changes of CBS in % (facts): 2016 0.3, 2017 1.4, 2018 1.7, 2019 2.6, 2020 1.3."""
    level = 100.0
    for year, change in zip(range(2016, 2021), (0.3, 1.4, 1.7, 2.6, 1.3), strict=True):
        level *= 1 + change / 100
        assert codebook.prices.index[year] == pytest.approx(level, abs=0.051)
    assert codebook.price_factor(2015, 2020) == pytest.approx(1.075)
    with pytest.raises(DeclarationError, match="no price index for 1999"):
        codebook.price_factor(1999, 2020)


# --- the questions other layers ask ---------------------------------------------------------------


def test_age_group_is_an_ordered_category_and_children_have_none(codebook):
    age = pd.Series([17, 18, 34.9, 35, 64, 65, 74, 75, 101, None], index=range(5, 15))
    group = codebook.age_group(age)
    expected = [None, "18-34", "18-34", "35-49", "50-64", "65-74", "65-74", "75+", "75+", None]
    assert [None if pd.isna(g) else g for g in group] == expected
    assert list(group.cat.categories) == ["18-34", "35-49", "50-64", "65-74", "75+"]
    assert group.cat.ordered
    assert list(group.index) == list(age.index)


def test_laws_and_payers(codebook):
    assert codebook.law_ids("arrangement") == ("wmo", "jeugdwet", "participatiewet")
    assert codebook.law_ids("annual_insured") == ("zvw",)
    assert codebook.payer_of("zvw") == "vgz"
    assert codebook.laws_of("gemeente") == ("wmo", "jeugdwet", "participatiewet")
    with pytest.raises(DeclarationError, match="no law 'aow'"):
        codebook.payer_of("aow")


def test_cost_columns_of_the_insurer_become_category_and_amount(codebook):
    columns = [column.name for column in codebook.columns_of("zvw")]
    assert columns == [
        "area_code",
        "year",
        "sex",
        "age_class",
        "insured_persons",
        "insured_years",
        "category",
        "amount_eur",
    ]
    category = codebook.columns_of("zvw")[-2]
    assert "medisch_specialistische_zorg" in category.codes
    assert len(category.codes) == 22


# --- errors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("scales.yml", "items: [srh]", "items: [shr]", r"no item 'shr' \(did you mean 'srh'\?\)"),
        ("scales.yml", "reverse: [rs_11]", "reverse: [rs_99]", "no item of this scale 'rs_99'"),
        ("scales.yml", 'good_codes: ["1", "2"]', 'good_codes: ["0"]', "no code '0'; allowed: 1, 2"),
        ("scales.yml", "value_set: eq5d5l_nl", "value_set: eq5d", "no value set 'eq5d'"),
        ("scales.yml", "max_missing: 1", "max_missing: 6", "max_missing lies below 6 items"),
        ("items.yml", "waves: [t0, t2, t3]", "waves: [t0, t9]", "no wave 't9'; allowed: t0, t1"),
        ("items.yml", '"0": "1"', '"0": "7"', "no code '7'; allowed: 1, 2, 3"),
        ("items.yml", "column: EQ_PIJN", "column: EQ_ANGST", "the header 'EQ_ANGST' is also of"),
        ("laws.yml", "payer: vgz", "payer: cz", "no payer 'cz'; allowed: gemeente, ggd"),
        ("indicators.yml", "feed: zvw", "feed: zww", "no feed 'zww'"),
        ("indicators.yml", "by: fast_lane", "by: fast", "no column of feed requests 'fast'"),
        ("feeds/arrangements.yml", "code_list: units", "code_list: unit", "no code list 'unit'"),
        ("feeds/requests.yml", '"Wmo": wmo', '"Wmo": wmo2', "no law 'wmo2'"),
        ("feeds/benefits.yml", "other: [start]", "other: [begin]", "of this feed 'begin'"),
        ("feeds/benefits.yml", "residents.person_id", "register.id", "of a feed 'register"),
        ("code_lists/products.csv", "01,Hulp bij het huishouden,Household help,wmo",
         "01,Hulp bij het huishouden,Household help,wmx", "no law 'wmx'"),
        ("value_sets/eq5d5l_nl.csv", "eq_pain,3,", "eq_pain,6,", "the levels of 'eq_pain' differ"),
        ("age_groups.yml", "minimum: 35", "minimum: 36", "'35-49' does not follow on '18-34'"),
        ("prices.yml", "2015: 100.0", "2015: 101.0", "the index of the base year is 100"),
        ("prices.yml", "    2020: 107.5\n", "", "no consumer price index for '2020'"),
    ],
)  # fmt: skip
def test_a_reference_to_nothing_names_file_line_and_what_is_allowed(study, name, old, new, message):
    path = edit(study, name, old, new)
    text = refusal(study)
    assert re.search(message, text), text
    if name != "prices.yml" or old.startswith("2015"):
        found = re.search(re.escape(str(path)) + r", line (\d+): ", text)
        assert found, text


def test_the_line_of_a_reference_error_is_the_line_of_the_entry(study):
    path = edit(study, "laws.yml", "payer: vgz", "payer: cz")
    line = path.read_text(encoding="utf-8").splitlines().index("    payer: cz") + 1
    assert f"{path}, line {line}: there is no payer 'cz'" in refusal(study)


def test_all_problems_are_listed_at_once(study):
    edit(study, "laws.yml", "payer: vgz", "payer: cz")
    edit(study, "scales.yml", "items: [srh]", "items: [shr]")
    text = refusal(study)
    assert text.startswith("2 problems in the data dictionary")
    assert "'cz'" in text
    assert "'shr'" in text


def test_an_unknown_key_is_refused_with_its_line(study):
    path = edit(study, "laws.yml", "payer: vgz", "betaler: vgz")
    text = refusal(study)
    assert f"{path}, line" in text
    assert "unknown key; allowed: id, label, payer" in text


def test_a_study_may_ask_for_a_feed_only_when_the_dictionary_has_it(study):
    edit(study, "../analysis/study.yml", "  - citizen_science\n", "  - burgeronderzoek\n")
    text = refusal(open_study(study.root))
    assert "there is no feed 'burgeronderzoek'" in text
    assert "study.yml, line" in text


def test_the_same_id_in_two_folders_is_refused_unless_it_says_override(study):
    extra = study.root / "extra"
    extra.mkdir()
    entry = {"label": {"nl": "Zvw", "en": "Zvw"}, "payer": "ggd", "grain": "annual_total",
             "source": "test"}  # fmt: skip
    (extra / "laws.yml").write_text(yaml.safe_dump({"laws": {"zvw": entry}}))
    two = study.model_copy(update={"dictionaries": ("data_dictionary", "extra")})
    text = refusal(two)
    assert "laws: 'zvw' is already declared in" in text
    assert str(study.root / "data_dictionary" / "laws.yml") in text
    assert str(extra / "laws.yml") in text
    assert "override: true" in text
    (extra / "laws.yml").write_text(yaml.safe_dump({"laws": {"zvw": {**entry, "override": True}}}))
    assert load_codebook(two).payer_of("zvw") == "ggd"


def test_a_folder_that_is_not_there_is_an_error_but_the_standard_one_falls_back(study):
    missing = study.model_copy(update={"dictionaries": ("data_dictionary", "extra")})
    assert "this dictionary folder does not exist" in refusal(missing)
    shutil.rmtree(study.root / "data_dictionary")
    assert load_codebook(study) == load_codebook(open_study(ROOT))


def test_a_file_that_is_missing_or_unknown_is_an_error(study):
    (study.root / "data_dictionary" / "itmes.yml").write_text("items: {}")
    text = refusal(study)
    assert "itmes.yml: a dictionary folder has no such file" in text
    assert "items.yml" in text
    (study.root / "data_dictionary" / "itmes.yml").unlink()
    (study.root / "data_dictionary" / "prices.yml").unlink()
    assert "no dictionary folder holds prices" in refusal(study)


def test_a_damaged_value_set_names_its_line(study):
    edit(study, "value_sets/eq5d5l_nl.csv", "eq_pain,3,0.092", 'eq_pain,3,"0,092"')
    text = refusal(study)
    assert "the decrement is not a number" in text
    assert re.search(r"eq5d5l_nl\.csv, line \d+", text)


# --- for people -----------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_codebook_page_holds_every_entry_and_marks_what_is_unverified(
    codebook, tmp_path, language
):
    path = tmp_path / "codebook.html"
    write_codebook_html(codebook, path, language)
    page = path.read_text(encoding="utf-8")
    assert f'<html lang="{language}">' in page
    assert not re.search(r"""(src|href)=["']?https?:""", page)  # self-contained
    for item in (*codebook.items, *codebook.professional_items):
        assert page.count(f'id="item-{item}"') == 1
    for kind, entries in (("scale", codebook.scales), ("feed", codebook.feeds)):
        assert all(f'id="{kind}-{entry}"' in page for entry in entries)
    for code_list in codebook.code_lists:
        assert f'id="code-list-{code_list}"' in page
    mark = "<mark>niet geverifieerd</mark>" if language == "nl" else "<mark>unverified</mark>"
    unverified = [i for i in codebook.items.values() if "unverified" in i.source]
    assert page.count(mark) > len(unverified) > 0
    for item in unverified:
        row = page.split(f'id="item-{item.id}"')[1].split("</tr>")[0]
        assert mark in row, item.id
    wording = codebook.items["srh"].label.nl
    assert wording in page


def test_json_schemas_accept_the_standard_dictionary_keys():
    schemas = json_schemas()
    json.dumps(schemas)
    assert {"items.yml", "scales.yml", "feeds/*.yml", "prices.yml"} <= set(schemas)
    item = schemas["items.yml"]["$defs"]["Item"]
    assert "id" not in item["required"]
    assert "override" in item["properties"]
    written = yaml.safe_load((STANDARD / "items.yml").read_text(encoding="utf-8"))["items"]
    assert {key for entry in written.values() for key in entry} <= set(item["properties"])
