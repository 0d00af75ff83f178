# What people type. Each target does its whole job; `make setup` is part of those that need it and takes no time when all is there.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup up demo city test consumers-test compose-test broker-test images simulate fuzz faults mutants lint format bench capacity kubernetes-check audit lock

# `make city PATH=folder` would otherwise change where every command is looked for.
ifeq ($(origin PATH),command line)
  FOLDER := $(PATH)
  BEFORE := $(shell /usr/bin/tr '\0' '\n' < /proc/$$PPID/environ | /usr/bin/sed -n 's/^PATH=//p' | /usr/bin/head -n 1)
  override PATH := $(if $(BEFORE),$(BEFORE),/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)
  export PATH
endif

PY := .venv/bin/python
SAMA := .venv/bin/sama
CODE := services shared ops bench tests

help:
	@echo 'make demo         set up, start the services, play the story of a city, stay up until Ctrl-C (ONCE=1: stop by itself)'
	@echo 'make test         set up and run all tests'
	@echo 'make consumers-test  the example consumers (Python, Node) against the services; needs PyPI and npm the first time'
	@echo 'make simulate     play the four services on fakes with faults (SEEDS=1000 FIRST=0; SEED=7 plays one and prints its history)'
	@echo 'make fuzz         every API operation and consumer under strange input (EXAMPLES=200; SEED=… for others)'
	@echo 'make faults       kill, freeze and cut off real services and servers (FAST=1: the fast half; ONLY=expression)'
	@echo 'make compose-test run docker-compose.yml on a container engine, kill and scale (SEED=… REQUESTS=3 EACH=12 ONLY=expression OPTIONAL=1)'
	@echo 'make broker-test  the messaging tests on RabbitMQ 4.0 and 4.3 in containers (OPTIONAL=1: no failure without an engine)'
	@echo 'make images       base images of docker-compose.yml without a registry (ARGS=--help)'
	@echo 'make up           start the services and their servers, stay up until Ctrl-C'
	@echo 'make city PATH=…  run a folder with districts.csv and requests.csv and compare with its fold (WAITING=strict)'
	@echo 'make setup        .venv with the sama command, RabbitMQ if none is given'
	@echo 'make lint         ruff, mypy, import-linter        make format   write the format'
	@echo 'make mutants      weaken each guard and see the tests turn red (ONLY=name; WRITE=1: the table into docs/reliability.md)'
	@echo 'make bench        measured comparisons (ONLY=life; RECORD=1 counts anew what they compare with)'
	@echo 'make capacity     the capacity model against what is measured here (RECORD=1: also costs and tables of docs/scaling.md)'
	@echo 'make kubernetes-check  the manifests of ops/kubernetes against the schemas of their APIs and against this project; no cluster needed'
	@echo 'make lock         renew requirements.lock'
	@echo 'make audit        review the dependencies: hashes, licences, withdrawn releases, advisories (ADVISORIES=all.zip)'

setup:
	@PYTHON='$(PYTHON)' sh ops/setup.sh

up: setup
	@$(SAMA) up

demo: setup
	@$(SAMA) demo $(if $(filter-out 0 no false,$(ONCE)),--once)

city: setup
	@test -n '$(FOLDER)' || { echo 'Name the folder: make city PATH=folder-with-districts.csv-and-requests.csv'; exit 2; }
	@$(SAMA) city '$(FOLDER)' $(if $(WAITING),--waiting '$(WAITING)')

test: setup
	@sh ops/metrics/fetch.sh
	@$(PY) -m pytest $(ARGS)

# Not part of `make test`: it fetches what the examples need from PyPI and npm.
consumers-test: setup
	@$(PY) -m pytest tests/e2e/consumers $(ARGS)

# Not part of `make test`: it kills its own servers and takes its time.
faults: setup
	@$(PY) -m pytest tests/integration/faults $(if $(filter-out 0 no false,$(FAST)),-m 'not slow') $(if $(ONLY),-k '$(ONLY)') $(ARGS)

# Not part of `make test` either: they need a container engine, which is started if none runs and root asks.
compose-test: setup
	@$(PY) -m tests.compose.run tests/compose --ignore tests/compose/test_brokers.py -p no:cacheprovider -s -v -x $(if $(ONLY),-k '$(ONLY)') $(ARGS)

broker-test: setup
	@$(PY) -m tests.compose.run tests/compose/test_brokers.py -p no:cacheprovider -s -v $(ARGS)

images: setup
	@$(SAMA) images build $(ARGS)

simulate: setup
	@$(PY) -m tests.simulation $(if $(SEEDS),--seeds $(SEEDS)) $(if $(FIRST),--first $(FIRST)) $(if $(SEED),--seed $(SEED)) \
	  $(if $(STEPS),--steps $(STEPS)) $(if $(WITHOUT),--without $(WITHOUT))

# Two halves at once, because generating input is what takes the time.
fuzz: export SAMA_FUZZ_EXAMPLES := $(or $(EXAMPLES),200)
fuzz: export SAMA_FUZZ_SEED := $(or $(SEED),20261122)
fuzz: setup
	@$(PY) -m pytest -q -p no:cacheprovider tests/fuzz -k 'test_http and (registry or budget)' & first=$$!; \
	  $(PY) -m pytest -q -p no:cacheprovider tests/fuzz -k 'not (test_http and (registry or budget))'; second=$$?; \
	  wait $$first && test $$second -eq 0

lint: setup
	@.venv/bin/ruff check $(CODE)
	@.venv/bin/ruff format --check $(CODE)
	@.venv/bin/mypy $(CODE)
	@.venv/bin/lint-imports

format: setup
	@.venv/bin/ruff check --fix --select I $(CODE)
	@.venv/bin/ruff format $(CODE)

bench: setup
	@$(PY) -m bench $(if $(RECORD),--record) $(if $(ONLY),--only $(ONLY))

capacity: setup
	@$(PY) -m bench.capacity $(if $(RECORD),--record)

# Nothing is skipped here; `make test` leaves out what has not been fetched.
kubernetes-check: setup
	@sh ops/kubernetes/fetch.sh
	@SAMA_KUBERNETES_CHECK=1 $(PY) -m pytest -q tests/unit/kubernetes

mutants: setup
	@$(PY) -m tests.mutants.run $(if $(WRITE),--write) $(ONLY)

# All versions with the hashes of all their files; no address of an index and no path gets into the file.
lock: setup
	@.venv/bin/pip-compile --quiet --upgrade --generate-hashes --allow-unsafe --strip-extras \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
	  --extra local --extra dev --output-file requirements.lock pyproject.toml

audit: setup
	@$(SAMA) audit $(if $(ADVISORIES),--advisories '$(ADVISORIES)')
