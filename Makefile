# Every target does all its own set-up: environment, wheels, front end, Debian packages where no wheel exists.
# `make demo` starts a city on this machine, `make test` runs every test. See CONTRIBUTING.md for the rest.

SHELL := /bin/bash
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

PROJECTS := pyproject.toml constraints.txt wire/pyproject.toml gateway/pyproject.toml backend/pyproject.toml
WEB_SOURCES := $(shell find backend/web -path backend/web/node_modules -prune -o -type f -print 2>/dev/null)
STATIC := backend/src/civicroot_backend/pages/static
CHAIN := backend/contracts/node_modules
# What the tests start and no wheel ships: browser (and a library of its driver), second broker, time-series server, QR
# reader, fault injection, fonts for screenshots and labels, a PKCS#11 token in software, who checks the unit (systemd-analyze),
# and a database server.
TEST_PACKAGES := systemd chromium libatomic1 mosquitto victoria-metrics zbar-tools strace fontconfig fonts-noto-cjk softhsm2 postgresql

# Hardware: the analog simulator, and KiCad's Python module with the footprints, for the design rules of the boards;
# what build123d links against.
HARDWARE_PACKAGES := ngspice kicad kicad-footprints libgl1 libx11-6

.PHONY: help demo test lint format bench fuzz soak hardware gateway-bundle vectors contract constraints clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16

.venv/.demo: $(PROJECTS) .ci/environment
	.ci/environment demo
	@touch $@

.venv/.dev: $(PROJECTS) .ci/environment
	.ci/environment dev
	@touch $@ .venv/.demo

.venv/.fuzz: .venv/.dev
	.ci/environment fuzz
	@touch $@

.venv-hardware/.ready: pyproject.toml constraints.txt .ci/environment | .venv/.dev
	.ci/environment hardware
	@touch $@

.venv-enclosures/.ready: pyproject.toml constraints.txt .ci/environment | .venv/.dev
	.ci/environment enclosures
	@touch $@

backend/web/node_modules/.installed: backend/web/package-lock.json | .venv/.demo
	cd backend/web && npm ci --no-audit --no-fund
	@touch $@

# Compiler and local chain of the contract, without anybody's install script.
$(CHAIN)/.installed: backend/contracts/package-lock.json | .venv/.demo
	cd backend/contracts && npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

$(STATIC)/.built: backend/web/node_modules/.installed $(WEB_SOURCES)
	cd backend/web && npm run build
	@touch $@

# The demo fetches its local chain itself (demo/chain.py), and goes on without one if npm gives none.
demo: .venv/.demo $(STATIC)/.built ## start a city on this machine; options: make demo ARGS="--lan"
	@exec $(BIN)/civicroot demo $(ARGS)

# Two processes share the tests, a file each at a time, the longest first (tests/weights.txt): most tests wait for
# servers, so that two keep two cores busy; ARGS="-n 3" is quicker where nothing else runs.
test: .venv/.dev .venv-hardware/.ready .venv-enclosures/.ready $(STATIC)/.built $(CHAIN)/.installed ## run all tests; options: make test ARGS="-k proof"
	.ci/debian-packages $(TEST_PACKAGES) $(HARDWARE_PACKAGES)
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

lint: .venv/.dev backend/web/node_modules/.installed ## style and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/mypy --config-file firmware/mypy.ini
	cd backend/web && npm run check

format: .venv/.dev ## put the style right
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: .venv/.dev backend/web/node_modules/.installed $(CHAIN)/.installed ## measure, as ratios in one run (docs/benchmarks.md)
	.ci/debian-packages $(TEST_PACKAGES)
	$(BIN)/python -m tests.bench $(ARGS)

# How many times the examples of `make test`; 35 takes about three quarters of an hour on two cores.
FUZZ := 35
# Executions of each decoder under atheris; a million of each takes about an hour on two cores, two at a time.
FUZZ_RUNS := 1000000

fuzz: .venv/.fuzz $(STATIC)/.built ## a million inputs to every decoder, property tests 35 times; less: FUZZ_RUNS=20000 FUZZ=2
	.ci/debian-packages $(TEST_PACKAGES)
	$(BIN)/python -m tests.fuzz --runs $(FUZZ_RUNS)
	CIVICROOT_FUZZ_FACTOR=$(FUZZ) $(BIN)/pytest --timeout 3600 tests/wire tests/firmware tests/gateway/test_admission.py \
		tests/backend/test_poison.py tests/web/test_differential.py tests/fuzz $(ARGS)

soak: .venv/.dev $(STATIC)/.built $(CHAIN)/.installed ## the fault tests for longer, with more kills
	.ci/debian-packages $(TEST_PACKAGES)
	CIVICROOT_SOAK=1 $(BIN)/pytest --timeout 7200 tests/gateway tests/backend tests/system tests/firmware $(ARGS)

# KiCad's module is Debian's and belongs to Debian's own Python.
hardware: .venv/.dev .venv-hardware/.ready .venv-enclosures/.ready ## netlists, lists of parts, boards, drawings and reports again (they must come out the same)
	.ci/debian-packages $(HARDWARE_PACKAGES)
	.venv-hardware/bin/python -m hardware.circuits hardware/made
	$(BIN)/python -m hardware hardware/made
	/usr/bin/python3 -m hardware.boards hardware/made
	.venv-enclosures/bin/python -m hardware.enclosures hardware/made

BUNDLE := dist/civicroot-gateway-aarch64.tar

gateway-bundle: .venv/.dev ## wheels and installer for a Raspberry Pi without internet, in dist/
	gateway/bundle/build $(BUNDLE)

vectors: .venv/.dev ## make the test vectors again (they must not change)
	$(BIN)/python -m tests.vectors.generate

contract: $(CHAIN)/.installed ## compile the contract again (the committed JSON must not change)
	cd backend/contracts && npm run build

constraints: .venv/.dev ## resolve the newest versions into constraints.txt
	$(BIN)/uv pip compile --quiet --universal --no-header --no-annotate --no-emit-index-url --group fuzz --group hardware --group enclosures --upgrade \
		--no-emit-package civicroot-wire --no-emit-package civicroot-gateway --no-emit-package civicroot-backend \
		-o constraints.txt pyproject.toml
	grep -q '^uv==' constraints.txt || $(BIN)/uv pip freeze | grep -E '^uv==' >> constraints.txt

clean: ## remove everything that can be made again
	rm -rf .venv .venv-hardware .venv-enclosures dist backend/web/node_modules $(CHAIN) $(STATIC) .mypy_cache .pytest_cache .ruff_cache .hypothesis
