"""The same examples on every machine; `pytest --hypothesis-profile=explore` draws new ones."""

from hypothesis import settings

settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("explore", derandomize=False, deadline=None, max_examples=1000)
settings.load_profile("same")
