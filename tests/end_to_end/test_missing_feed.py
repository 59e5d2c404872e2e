"""A feed that is not there: its sections say so and why; everything else stays what it was."""

import dataclasses
import re

import pytest

from evaluatie.agreement import load_agreements
from evaluatie.dictionary import load_codebook
from evaluatie.disclosure.auditing.printed.html import read_html
from evaluatie.disclosure.auditing.printed.numbers import spaced
from evaluatie.evaluation import estimate_study
from evaluatie.intake import read_study
from evaluatie.study import open_study

CASES = {  # feed -> study, report, the question that needs it, another section that needs it
    "zvw": ("first", "financier-vgz-t3-nl", "zvw_cost", "Kosten per verzekerdenjaar"),
    "survey": ("second", "financier-fonds-eind-nl", "welbevinden_beter", None),
    "arrangements": ("second", "financier-stad-eind-nl", "zorgkosten", "Kosten per inwoner"),
}


def sections(report):
    """Return heading -> text under it, up to the next heading."""
    source = report.path("html").read_text(encoding="utf-8")
    pieces = re.split(r"(?=<h[23][ >])", source.partition('<main id="main"')[2])
    texts = [spaced(read_html(piece).text).strip() for piece in pieces]
    titles = [spaced(read_html(piece.partition("</h")[0]).text).strip() for piece in pieces]
    return dict(zip(titles[1:], texts[1:], strict=True))


def feed_files(folder, feed):
    """Return the raw files of a feed."""
    study = open_study(folder.root)
    declared = load_codebook(study).feeds[feed]
    waves = [wave.id for wave in study.waves] if declared.questionnaire else [""]
    paths = {declared.path_by_wave.get(w, declared.path).replace("{wave}", w) for w in waves}
    return [folder.raw / path for path in sorted(paths)]


SLOW = ("zvw",)  # the study of this repository takes minutes


@pytest.fixture(
    scope="module",
    params=[pytest.param(f, marks=pytest.mark.slow if f in SLOW else ()) for f in CASES],
)
def without(request, tmp_path_factory):
    """The report made again after the files of one feed were deleted, and the one before."""
    name, run, question, section = CASES[request.param]
    whole = request.getfixturevalue(name)
    folder = whole.copy(tmp_path_factory.mktemp(f"without_{request.param}"), build=False)
    for path in feed_files(folder, request.param):
        path.unlink()
    report, audience, *_ = run.split("-")
    output = folder.run("--report", report, "--audience", audience, "--to", "html")
    return whole, folder, run, question, section, output


def test_the_report_is_made_without_the_feed(without):
    _, folder, run, _, _, output = without
    assert "1 reports made" in output
    assert run in folder.reports


def test_the_verdict_is_not_estimable_with_the_reason(without, request):
    whole, folder, _, question, _, _ = without
    verdict = folder.verdicts().loc[question]
    assert verdict["verdict"] == "not_estimable"
    assert verdict["reason"].startswith("missing_feed")
    assert verdict[["estimate", "ci_low", "ci_high", "p_value"]].eq("").all()
    assert whole.verdicts().loc[question, "verdict"] != "not_estimable"


def test_each_section_that_needs_it_says_so_and_why(without):
    _, folder, run, question, section, _ = without
    study = open_study(folder.root)
    codebook = load_codebook(study)
    asked = load_agreements(study, codebook).questions[question].label["nl"]
    feed = folder.verdicts().loc[question, "reason"].partition(":")[2]
    told = sections(folder.reports[run])
    for title in filter(None, (asked, section)):
        found = next(text for heading, text in told.items() if title in heading)
        assert "niet beschikbaar" in found.lower(), title
        assert codebook.feeds[feed].label["nl"] in found, title


def test_questions_that_do_not_need_it_keep_their_section(without):
    whole, folder, run, _, _, _ = without
    study = open_study(folder.root)
    book = load_agreements(study, load_codebook(study))
    before, after = sections(whole.reports[run]), sections(folder.reports[run])
    gone = set(folder.verdicts().query("verdict == 'not_estimable'").index)
    kept = [q.label["nl"] for q in book.questions.values() if q.id not in gone]
    compared = [h for h in before if any(label in h for label in kept)]
    assert compared or run.split("-")[1] in ("fonds", "stad")
    assert {h: after.get(h) for h in compared} == {h: before[h] for h in compared}


def test_other_verdicts_stay_the_same(without):
    whole, folder, *_ = without
    assert changed(whole.verdicts(), folder.verdicts(), order_of(folder)) == []


def order_of(folder):
    study = open_study(folder.root)
    return load_agreements(study, load_codebook(study)).testing_order


def changed(before, after, order):
    """Return what changed of questions that can still be answered.

    A primary question after one that cannot be tested may not be tested either, in the fixed
    order that was agreed; what was estimated of it stays the same.
    """
    gone = set(after.index[after["verdict"] == "not_estimable"])
    first = min((order.index(q) for q in gone if q in order), default=len(order))
    found = []
    for question in after.index.difference(list(gone)):
        columns = list(before.columns)
        if question in order[first:]:
            columns = ["estimate", "ci_low", "ci_high", "p_value"]
            assert after.loc[question, "verdict"] == "not_demonstrated"
        one, other = (table.loc[question, columns].astype(str) for table in (before, after))
        found += [(question, column) for column in columns if one[column] != other[column]]
    return found


# ----------------------------------------------------------------------- every feed, no rendering

NEEDED = {  # what a question of the second study cannot do without
    "survey": {"welbevinden_beter", "slaap_goed"},
    "population_age_sex": {"welbevinden_beter", "slaap_goed"},
    "population": {"zorgkosten"},
    "addresses": {"zorgkosten"},
    "arrangements": {"zorgkosten"},
    "declarations": {"zorgkosten"},
    "sample": {"welbevinden_beter", "slaap_goed"},  # declared, so base weights were agreed
    "residents": set(),
}


WEIGHTED = ("score", "change", "distribution", "weights", "representativeness", "reliability",
            "attrition")  # fmt: skip


@pytest.fixture(scope="module")
def estimated(second):
    study = open_study(second.root)
    codebook = load_codebook(study)
    book = load_agreements(study, codebook)
    data = read_study(study, codebook)
    return study, codebook, book, data, estimate_study(study, codebook, book, data)


@pytest.mark.parametrize("feed", NEEDED)
def test_without_a_feed_exactly_the_questions_that_need_it_go(estimated, feed):
    study, codebook, book, data, whole = estimated
    lacking = dataclasses.replace(
        data,
        survey={} if feed == "survey" else data.survey,
        feeds={name: frame for name, frame in data.feeds.items() if name != feed},
        unavailable={**data.unavailable, feed: "the file is missing"},
    )
    results = estimate_study(study, codebook, book, lacking)
    verdicts = results.verdicts.set_index("question")
    gone = verdicts.index[verdicts["verdict"] == "not_estimable"]
    assert set(gone) == NEEDED[feed]
    assert set(verdicts.loc[gone, "reason"]) <= {f"missing_feed:{feed}"}
    assert changed(whole.verdicts.set_index("question"), verdicts, book.testing_order) == []
    both = whole.estimates.merge(results.estimates, on="id", suffixes=("", "_without"))
    both = both[both["estimate_without"].notna() & (both["table"] != "quality")]
    if feed == "sample":  # levels of the survey stay, without base weights, which the table says
        assert "no_sample" in set(results.estimates["reason"])
        both = both[~both["table"].isin(WEIGHTED)]
    assert both["estimate"].equals(both["estimate_without"].rename("estimate"))


def test_every_feed_of_the_second_study_is_tried(estimated):
    assert set(NEEDED) == set(estimated[0].feeds)
