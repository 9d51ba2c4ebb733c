# Decision 766. Type `make help`.
# Works from a shell without any variable of ours; settings are DECISION766_* (include/decision766/settings.py).

.DEFAULT_GOAL := help
.SUFFIXES:

BIN := .venv/bin
# Nobody's telemetry, and no bytecode ban inherited from the machine: it makes every command slower.
export GX_ANALYTICS_ENABLED := false
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export AIRFLOW__USAGE_DATA_COLLECTION__ENABLED := False
export DO_NOT_TRACK := 1
unexport PYTHONDONTWRITEBYTECODE
unexport PYTHONHOME
unexport VIRTUAL_ENV

.PHONY: help
help: ## Show this help
	@echo "Decision 766: 22 indicators of public service, from dossier-level records to scorecards."
	@echo
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "First time? make run"

##@ Use it
.PHONY: run
run: install ## Sources to scorecards once, then stop everything (the first run installs, some minutes)
	@$(BIN)/decision766 run$(if $(ALL_SOURCES), --all-sources)

.PHONY: run-all-sources
run-all-sources: install ## The same with every interface family: exchange, iGate, replica, files, both portals
	@$(BIN)/decision766 run --all-sources

.PHONY: up
up: install ## Start PostgreSQL, the stand-in sources and Airflow with its UI, and leave them running
	@$(BIN)/decision766 up

.PHONY: down
down: install ## Stop what `make up` started, and nothing else
	@$(BIN)/decision766 down

.PHONY: status
status: install ## What runs, on which ports, and when each source was last read
	@$(BIN)/decision766 status

##@ Work on it
.PHONY: install
install: ## Make .venv from the lock file (skipped while the lock is unchanged)
	@bash scripts/install.sh

.PHONY: test
test: lint test-fast test-slow ## Everything that CI checks: lint, types, fast tests, slow tests

.PHONY: lint
lint: install ## Style, types, SQL style, hook configuration
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint --processes 0 --disable-progress-bar dbt_project
	$(BIN)/pre-commit validate-config

.PHONY: test-fast
test-fast: install ## Tests without a scheduler or a large world
	$(BIN)/python -m pytest -m "not slow" -n auto --maxprocesses 4 --dist loadscope

.PHONY: test-slow
test-slow: install ## Tests that run real Airflow, dbt on a whole world, or kill processes
	$(BIN)/python -m pytest -m "slow and not faults" -n auto --maxprocesses 2 --dist loadfile \
		--no-loadscope-reorder --durations 25

.PHONY: test-faults
test-faults: install fuzz-tools ## Every fault at every adapter, processes killed at every step, the API fuzzed
	$(BIN)/python -m pytest tests/faults -n auto --maxprocesses 2 --dist load

.PHONY: fuzz-tools
fuzz-tools: install ## The API's fuzzer in an environment of its own, .venv-fuzz
	@cmp -s tests/faults/fuzz-requirements.txt .venv-fuzz/installed.txt || { \
		$(BIN)/uv venv --quiet --allow-existing --python python3.11 .venv-fuzz \
		&& $(BIN)/uv pip install --quiet --python .venv-fuzz/bin/python -r tests/faults/fuzz-requirements.txt \
		&& cp tests/faults/fuzz-requirements.txt .venv-fuzz/installed.txt; }

.PHONY: bi-superset
bi-superset: install ## A stock Superset in .venv-superset imports bi/superset; its figures against the marts
	@bash scripts/superset.sh

.PHONY: bench
bench: bench-ingest bench-http bench-validate bench-marts bench-freshness ## Every benchmark, one after another

.PHONY: bench-validate
bench-validate: install ## Validate 1,000,000 dossiers beside one SQL pass by hand; writes docs/benchmarks
	@$(BIN)/decision766 bench validate

.PHONY: bench-ingest
bench-ingest: install ## Load 1,000,000 dossiers beside COPY, dlt and pandas; writes docs/benchmarks
	@$(BIN)/decision766 bench ingest

.PHONY: bench-http
bench-http: install ## Read the stand-in beside a bare reader of the same pages; writes docs/benchmarks
	@$(BIN)/decision766 bench http

.PHONY: bench-marts
bench-marts: install ## Build the marts of 1 and 10 million dossiers, in full and after a day; writes docs/benchmarks
	@$(BIN)/decision766 bench marts

.PHONY: bench-freshness
bench-freshness: install ## Commit changes in 34 provinces under a running scheduler, time them; writes docs/benchmarks
	@$(BIN)/decision766 bench freshness

.PHONY: bench-pages
bench-pages: install ## Ask the pages 1,000 times from 16 readers at once; writes docs/benchmarks
	@$(BIN)/decision766 bench pages

.PHONY: format
format: install ## Put Python and SQL into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/sqlfluff fix --disable-progress-bar dbt_project

.PHONY: hooks
hooks: install ## Run `make lint` before each commit (pre-commit, nothing is downloaded)
	$(BIN)/pre-commit install

.PHONY: lock
lock: install ## Resolve pyproject.toml anew into requirements.lock (needs the package index)
	$(BIN)/uv pip compile pyproject.toml --all-extras --override requirements.override.txt \
		--python-version 3.11 --generate-hashes --no-header \
		--no-emit-index-url --no-emit-find-links --upgrade --quiet --output-file requirements.lock

.PHONY: clean
clean: ## Stop our services, then delete the state folder (data, logs, keys) and caches; .venv stays
	@bash scripts/clean.sh

.PHONY: distclean
distclean: clean ## The same, and .venv too
	rm -rf .venv
