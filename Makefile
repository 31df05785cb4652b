# One place for every task; CI calls the same names.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: bench-compare bench-grid bench-guard bench-tables peers universe help setup demo test explore invariants lint format types layers protos protos-check bench serve web lock clean latency fuzz soak bench-page client-alone

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

setup: $(READY) ## make the environment (.venv), pinned by constraints.txt

$(READY): pyproject.toml clients/python/pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
		|| { echo "gex needs Python 3.11, 3.12 or 3.13; $(PYTHON) is $$($(PYTHON) -V). Try: make PYTHON=python3.12 setup"; exit 1; }
	@echo "installing into $(VENV), a minute or two the first time"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt -e clients/python -e '.[dev]'
	@touch $@

demo: setup ## server on the embedded sample: publish, GEX map and hedge printed, server stopped
	$(BIN)/gex demo

test: setup lint types layers protos-check ## all checks and tests, as CI runs them
	$(BIN)/pytest --numprocesses=auto --maxprocesses=4 --dist=loadfile

explore: setup ## the property tests again, with new examples each time and five times as many
	$(BIN)/pytest --numprocesses=auto --maxprocesses=4 --dist=loadfile --hypothesis-profile=explore

invariants: setup ## random histories of hedges, 100,000 steps, every invariant of the policy checked at each (5 minutes)
	$(BIN)/python benchmarks/hedge_invariants.py 100000

lint: setup ## style of Python (ruff) and of the contract (buf), which breaks nobody who speaks the last release
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/buf lint
	$(BIN)/buf breaking --against $(lastword $(sort $(wildcard protos/released/*.binpb.gz)))

format: setup ## rewrite Python to the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: setup ## static types (mypy, strict)
	$(BIN)/mypy

layers: setup ## direction of imports (import-linter)
	$(BIN)/lint-imports

protos: setup ## generate clients/python/gexapi from protos/
	$(BIN)/python tools/generate_protos.py

protos-check: setup ## is the generated code what the contract generates?
	$(BIN)/python tools/generate_protos.py --check

bench: setup peers ## everything beside its peers in one run: benchmarks/RESULTS.md and RESULTS.json (10 minutes, idle machine)
	$(BIN)/python -m benchmarks.whole.report

peers: setup ## the environments that other libraries are measured in (.peers, pinned; once)
	$(BIN)/python -m benchmarks.peers.environments

bench-grid: setup ## pytest-benchmark over stages, kernels, service and backtest, sizes in the ids
	$(BIN)/pytest benchmarks --benchmark-enable --benchmark-columns=median,iqr,min,rounds --benchmark-sort=name

bench-guard: setup ## does bench-compare find a planted fifth, and pass an unchanged commit ten times? (10 minutes, idle machine)
	$(BIN)/python benchmarks/guard.py; found=$$?; $(BIN)/python -m benchmarks.whole.report --only; exit $$found

bench-tables: setup ## RESULTS.md again out of what was measured: after make latency or make bench-guard
	$(BIN)/python -m benchmarks.whole.report --only

latency: setup ## the service from wire to wire: benchmarks/LATENCY.md, latency.json and the load curve (10 minutes)
	$(BIN)/python -m benchmarks.latency.report

fuzz: setup ## 10,000 malformed messages on every call of a real server
	$(BIN)/python -m benchmarks.latency.fuzz --count 10000

soak: setup ## ten minutes of mixed load against a model of what must be kept
	$(BIN)/python -m benchmarks.latency.soak --seconds 600

bench-page: setup ## first paint, publication to screen and ten minutes of memory of the page in headless chromium: benchmarks/PAGE.md
	$(BIN)/python -m benchmarks.page --minutes 10 --to benchmarks/PAGE.md

client-alone: setup ## gex-client in fresh environments of Python 3.11 to 3.13: size, import time, what it brings, a call
	$(BIN)/python tools/client_alone.py

bench-compare: setup ## is this commit slower than another? both in one run: make bench-compare BASE=HEAD~5
	$(BIN)/python benchmarks/compare.py $(BASE)

universe: setup ## 6,000 underlyings, 1.5 million options: time and memory of one full recompute
	$(BIN)/python -m benchmarks.universe

serve: setup ## a server on loopback
	$(BIN)/gex serve

web: ## build the desk's page into its package (needs Node 20 or newer; users need none)
	@node -e 'process.exit(+process.versions.node.split(".")[0] < 20 ? 1 : 0)' 2>/dev/null || { echo "make web needs Node 20 or newer with npm"; exit 1; }
	cd clients/web && npm ci --no-audit --no-fund && npm run build

lock: setup ## renew constraints.txt: one set of versions for Python 3.11 to 3.13
	$(BIN)/pip install --quiet 'uv>=0.5,<1'
	$(BIN)/uv pip compile --universal --python-version 3.11 --no-header --no-annotate --no-emit-index-url --no-emit-find-links --no-emit-package gex-client \
		--extra dev --output-file constraints.txt --upgrade pyproject.toml

clean: ## remove the environment and every cache
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .benchmarks
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
