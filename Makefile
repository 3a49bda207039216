.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
GOLD ?= $(DUENDE_GOLD)

.PHONY: help
help: ## Say what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "duende needs Python 3.11 or newer: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install -c constraints.txt -e '.[dev]'
	@touch $@

.PHONY: setup
setup: .venv/installed ## Make .venv with everything in it

.PHONY: run
run: setup ## Build the base model and start the API and the page
	$(BIN)/duende base build
	$(BIN)/duende up

.PHONY: test
test: setup ## Run every test
	$(BIN)/python -m pytest

.PHONY: check
check: setup ## Lint, check the types, and see that the docs are current
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_house.py

.PHONY: docs
docs: setup ## Write docs/cli.md anew
	$(BIN)/python -m typer duende.cli utils docs --name duende --output docs/cli.md

.PHONY: bench
bench: setup ## Measure everything beside the first version's server, and put the table into README
	$(BIN)/python -m bench
	$(BIN)/python -m bench --readme
	$(if $(GOLD),$(BIN)/python -m bench.poetics --gold "$(GOLD)")

.PHONY: bench-poetics
bench-poetics: setup ## Measure how verse is read, on the gold tables in GOLD=FOLDER
	$(BIN)/python -m bench.poetics --gold "$(GOLD)"

.PHONY: bench-forms
bench-forms: setup ## Write thirty poems in each of ten forms and let other scanners judge them (forty minutes)
	$(BIN)/python -m bench.forms $(if $(CORPUS),--corpus "$(CORPUS)")

.PHONY: bench-voice
bench-voice: setup ## Measure what the default voice's adapter costs beside the bare base (some five minutes)
	$(BIN)/python -m bench.voice

.PHONY: bench-corpus
bench-corpus: setup ## Measure `duende build` at up to a million poems (some forty minutes)
	$(BIN)/python -m bench.corpus --keep

.PHONY: images
images: ## Build the two images (docker, podman or buildah; REGISTRY, PLATFORM, TAG)
	deploy/build-images $(TAG)

.PHONY: bench-deployment
bench-deployment: setup ## Build both images and measure sizes, starts and memory (root, buildah, debootstrap)
	$(BIN)/python -m bench.deployment --page docs/deployment.md

.PHONY: screenshot
screenshot: setup ## Take the README's screenshots (needs Chromium)
	$(BIN)/python -m bench.screenshot

.PHONY: format
format: setup ## Put the code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: constraints
constraints: setup ## Pin what is installed now
	$(BIN)/python -m pip freeze --exclude-editable | sed -E 's/^(torch==[0-9.]+).*/\1/' > constraints.txt

.PHONY: clean
clean: ## Remove what was made here (the base model stays in the user's cache)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
