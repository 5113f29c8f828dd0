# One command for each thing people and CI do. `make` lists them.
.DEFAULT_GOAL := help
.PHONY: help setup demo sandbox test check docs reference bench soak screens diagrams lock clean

BIN := .venv/bin
RUNTIME := .venv/.runtime-installed
DEV := .venv/.dev-installed
INPUTS := pyproject.toml scripts/setup
ARGS ?=

help:  ## list the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## (.*)/\1|\2/' \
	  | awk -F'|' '{ printf "  make %-10s %s\n", $$1, $$2 }'

# The dev lock holds everything of the runtime lock at the same versions, so it serves both.
$(RUNTIME): requirements/runtime.lock $(INPUTS)
	@sh scripts/setup $(if $(wildcard $(DEV)),dev,runtime)
	@touch $@

$(DEV): requirements/dev.lock $(INPUTS)
	@sh scripts/setup dev
	@touch $(RUNTIME) $@

setup: $(RUNTIME)  ## create .venv and install the product with its pinned dependencies

demo: $(RUNTIME)  ## run the product against simulated vendors [ARGS="--calls 500 --seed 7"]
	@$(BIN)/switchboard demo $(ARGS)

sandbox: $(RUNTIME)  ## run only the simulated vendors [ARGS="--port 8900 --write-config DIR"]
	@$(BIN)/switchboard sandbox $(ARGS)

test: $(DEV)  ## run the tests [ARGS="tests/unit -k phone"]
	@$(BIN)/python -m pytest $(if $(strip $(ARGS)),$(ARGS),-n auto --dist loadfile)

check: $(DEV)  ## lint, formatting, types and the arrows between packages
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

docs: $(DEV)  ## build the documentation into build/docs and check every link in it
	@$(BIN)/python scripts/make_reference.py --check
	@$(BIN)/sphinx-build -q -W --keep-going -b html docs build/docs
	@echo "build/docs/index.html"

reference: $(DEV)  ## write the reference pages of docs/ from the code
	@$(BIN)/python scripts/make_reference.py

bench: $(DEV)  ## measure the targets and print them as tables
	@$(BIN)/python -m benchmarks.bench $(ARGS)

soak: $(DEV)  ## kill processes 200 times and compare the CRM with an undisturbed run
	@SOAK=$${SOAK:-200} $(BIN)/python -m pytest tests/acceptance -m slow -n 2 --timeout 7200 $(ARGS)

screens: $(DEV)  ## draw the pictures of docs/screens from real output
	@$(BIN)/python scripts/draw_screens.py $(ARGS)

diagrams: $(DEV)  ## draw the Mermaid blocks of docs/ (needs npx and Chromium)
	@$(BIN)/python scripts/draw_diagrams.py

lock:  ## resolve the dependencies of pyproject.toml again (needs uv)
	@sh scripts/lock $(ARGS)

clean:  ## remove .venv and caches
	@rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
