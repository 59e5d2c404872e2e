"""What a scenario can say about a test: nothing happens, an effect, or something else happens."""

from __future__ import annotations

from enum import StrEnum

from evaluatie.synthetic import SyntheticSettings


class Kind(StrEnum):
    """What a scenario plants."""

    NULL = "null"
    EFFECT = "effect"
    CONFOUNDED = "confounded"


def kind_of(settings: SyntheticSettings, scenario: str) -> Kind:
    """Return the kind of a scenario: confounded where an event hits one side only.

    No test can tell such an event from an effect: what it shows is bias, and it judges no test.
    """
    events = [event for event in settings.events if scenario in event.scenarios]
    if any(event.side != "both" for event in events):
        return Kind.CONFOUNDED
    return Kind.EFFECT if settings.scenarios[scenario].effects else Kind.NULL
