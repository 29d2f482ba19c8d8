# Everything a person or a machine does with a checkout; `make help` lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
NODE_TESTS := tests/publications/node
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.DEFAULT_GOAL := help
.PHONY: help setup test-setup run test lint types check bench clean lock texts security sbom audit coverage mutate

help: ## List what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(VENV)/.installed ## Make .venv and install what the app needs

$(VENV)/.installed: requirements.lock setup.cfg pyproject.toml
	@echo "installing into $(VENV) (about a minute the first time)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps -e .
	@touch $@

test-setup: $(VENV)/.tests-installed
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || \
	  { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && \
	    { echo "installing Chromium (some minutes)"; apt-get -qq update && \
	      DEBIAN_FRONTEND=noninteractive apt-get -qq -y install chromium fonts-noto-cjk libpangoft2-1.0-0 >/dev/null; }; } || \
	  echo "no Chromium here: browser tests will be reported as skipped"
	@test -x /usr/sbin/nginx || command -v nginx >/dev/null || \
	  { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && \
	    { echo "installing nginx"; apt-get -qq update && DEBIAN_FRONTEND=noninteractive \
	      apt-get -qq -y install nginx-light libnginx-mod-http-brotli-static >/dev/null; }; } || \
	  echo "no nginx here: its tests will be reported as skipped"
	@test -d $(NODE_TESTS)/node_modules || ! command -v npm >/dev/null || \
	  npm ci --silent --no-audit --no-fund --prefix $(NODE_TESTS) || \
	  echo "no ical.js here: its test will be reported as skipped"

$(VENV)/.tests-installed: $(VENV)/.installed requirements-test.lock
	@echo "installing what the tests need"
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-test.lock
	@touch $@

run: setup ## Serve the demonstration on http://127.0.0.1:8000
	$(BIN)/protestcoord demo

test: test-setup ## Run all tests
	$(BIN)/python -m pytest -n 2

lint: $(VENV)/.tests-installed ## Check style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/bandit --quiet --ini .bandit --recursive --severity-level medium protestcoord migrations scripts

types: $(VENV)/.tests-installed ## Check types
	$(BIN)/mypy

check: lint types test ## Lint, types and tests: what CI runs

bench: test-setup ## Measure speed as ratios, in one run
	$(BIN)/python -m benchmarks

security: test-setup ## Try every promise of docs/security.md whole, and write its table (45 minutes)
	PROTESTCOORD_TEST_FULL=1 $(BIN)/python -m pytest -n 2 -m "proves or control" \
	  --proofs docs/security.md

sbom: $(VENV)/.tests-installed ## List all parts of others in build/sbom.json (CycloneDX)
	$(BIN)/python -m tests.security.inventory build/sbom.json

audit: $(VENV)/.tests-installed ## Look for known holes in them; fails if it could not look
	$(BIN)/python -m tests.security.audit

coverage: test-setup ## Measure what tests reach of the code that protects
	$(BIN)/python -m tests.security.coverage

mutate: test-setup ## Break forty lines that protect; a test has to notice
	$(BIN)/python -m tests.security.mutate

texts: $(VENV)/.installed ## Collect the texts anew and merge them into the catalogues
	$(BIN)/pybabel -q extract -F protestcoord/translations/babel.cfg -k N_ --no-location \
	  --sort-output --omit-header -o build/messages.pot .
	for language in ja ko; do \
	  $(BIN)/pybabel -q update --no-fuzzy-matching --ignore-obsolete --omit-header \
	    -i build/messages.pot -d protestcoord/translations -l $$language; done

lock: ## Resolve the locked dependencies anew (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --no-header --quiet --extra advice --extra postgres --extra print setup.cfg -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --no-header --quiet --extra advice --extra postgres --extra print --extra test -c requirements.lock \
	  setup.cfg -o requirements-test.lock

clean: ## Remove what was built, not the instance
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache
