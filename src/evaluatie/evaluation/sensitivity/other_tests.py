"""The same changes, tested in other ways than the agreed one."""

from __future__ import annotations

from collections.abc import Iterator

from evaluatie.errors import RefusedError
from evaluatie.evaluation.agreed_tests import WildBootstrap
from evaluatie.evaluation.sensitivity.analysis import Row, Setting


def by_other_tests(setting: Setting) -> Iterator[Row]:
    """Yield estimate and interval by wild bootstrap and by CR2 with Bell-McCaffrey df."""
    try:
        robust = setting.robust(setting.changes)
        bounds = WildBootstrap(setting.fit(setting.changes)).interval(setting.study.design.alpha)
    except RefusedError:
        return  # too few areas on a side for these methods; the agreed test still stands
    for method, found in (("wild_bootstrap", (robust[0], *bounds)), ("cr2", robust)):
        yield setting.row(f"method={method}", found, method, setting.changes)
