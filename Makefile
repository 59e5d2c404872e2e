# Two commands matter: 'make report' and 'make test'. Each does all the set-up it needs.

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
SPARK := $(VENV)/.spark
WORKERS ?= 2
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-header --no-annotate

# One thread per worker, and nothing that differs between two runs.
export OPENBLAS_NUM_THREADS := 1
export OMP_NUM_THREADS := 1
export MKL_NUM_THREADS := 1
export PYTHONHASHSEED := 0
export PYTHONNOUSERSITE := 1
export SOURCE_DATE_EPOCH ?= 1625011200
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV

.DEFAULT_GOAL := help
.PHONY: help report test test-all setup lab quarto spark lint lock ci clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' Makefile

report: $(INSTALLED) ## Make the reports of the last wave (synthetic data when there are none)
	@$(BIN)/python scripts/try_quarto.py
	@test -d data/raw || $(BIN)/evaluatie synth
	@$(BIN)/evaluatie run

test: $(INSTALLED) ## Run the tests (the slow ones too when CI is set)
	@$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(if $(CI),,-m "not slow")

test-all: $(INSTALLED) ## Run every test, the slow ones included
	@$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

setup: $(INSTALLED) ## Install everything into .venv and do nothing else
	@echo "Ready: $(BIN)/evaluatie --help"

lab: $(INSTALLED) ## Open JupyterLab on the study
	@$(BIN)/jupyter lab

quarto: $(INSTALLED) ## Try once more to install Quarto into .venv
	@$(BIN)/python scripts/try_quarto.py --again

spark: $(SPARK) ## Install Spark (450 MB) into .venv, for a ledger on a cluster; needs Java
	@echo "Ready: engine 'spark'"

lint: $(INSTALLED) ## Check style, types and import layers
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

lock: $(INSTALLED) ## Refresh requirements.lock and environment.yml after a change in pyproject.toml
	@$(COMPILE) --extra dev pyproject.toml -o requirements.lock
	@sed -n 's/^spark = \["\(.*\)"\].*/\1/p' pyproject.toml | $(COMPILE) - -o scripts/spark.lock
	@$(BIN)/python scripts/conda_pins.py

ci: ## Do what the continuous integration does
	@bash .ci/run

clean: ## Remove reports and caches; never data/, never .venv
	@rm -rf build dist .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find src tests scripts -name __pycache__ -type d -prune -exec rm -rf {} +

$(SPARK): scripts/spark.lock | $(INSTALLED)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r scripts/spark.lock
	@touch $@

$(INSTALLED): requirements.lock pyproject.toml scripts/uv.lock scripts/setup.sh
	@sh scripts/setup.sh $(VENV)
	@touch $@
