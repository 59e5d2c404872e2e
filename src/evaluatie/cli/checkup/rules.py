"""Whether the study's disclosure rules are looser than those that ship with the package."""

from __future__ import annotations

from collections.abc import Iterator

from evaluatie.cli.checkup.finding import Finding, Level
from evaluatie.disclosure.rules import RULES_FILE, DisclosureRules, load_rules
from evaluatie.study import Study, default_path

MINIMA = ("threshold", "p_percent", "households", "providers")
EXEMPTIONS = ("tables", "indicators", "terms")


def check_rules(study: Study) -> Iterator[Finding]:
    """Tell which rules are looser, and which rows are exempt that are not in the shipped file."""
    from evaluatie.declarations import read_model

    own = load_rules(study)
    shipped = read_model(default_path("data_dictionary") / RULES_FILE, DisclosureRules)
    looser = looser_than(own, shipped)
    if looser:
        remedy = "only the parties together may do this; let them record why, with a source."
        what = f"{len(looser)} disclosure rules are looser than those shipped"
        yield Finding(Level.OPEN, what, looser, remedy)
    else:
        yield Finding(Level.OK, "no disclosure rule is looser than those shipped")
    more = exempt_beyond(own, shipped)
    if more:
        what = f"{len(more)} kinds of rows are exempt from the rules, beyond those shipped"
        yield Finding(Level.NOTE, what, more, "check that none of them is about people.")


def looser_than(own: DisclosureRules, shipped: DisclosureRules) -> tuple[str, ...]:
    """Return the rules that let more through than the shipped ones, with both values."""
    pairs = {name: (getattr(own, name).value, getattr(shipped, name).value) for name in MINIMA}
    found = [f"{name} {mine:g}, shipped {theirs:g}" for name, (mine, theirs) in pairs.items()
             if mine < theirs]  # fmt: skip
    if own.dominance.share > shipped.dominance.share:
        mine, theirs = own.dominance.share, shipped.dominance.share
        found.append(f"dominance share {mine:g}, shipped {theirs:g}")
    return tuple(found)


def exempt_beyond(own: DisclosureRules, shipped: DisclosureRules) -> tuple[str, ...]:
    """Return the exemptions that the shipped rules do not have."""
    return tuple(
        f"{kind}.{name}"
        for kind in EXEMPTIONS
        for name in sorted(getattr(own.exempt, kind).keys() - getattr(shipped.exempt, kind).keys())
    )
