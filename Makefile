# make demo | test | test-lowest | lint | codegen | bench | bench-full | outages | lock | clean. Everything runs in .venv,
# which is made on first use; test-lowest in .venv-lowest.

VENV ?= .venv
UV ?= uv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.installed

.PHONY: demo test test-lowest lint codegen bench bench-full outages lock clean

demo: $(STAMP)
	@$(PY) -m aiointegrator demo

test: lint
	@$(PY) -m coverage erase
	@$(PY) -m coverage run -m pytest --numprocesses auto --dist worksteal
	@$(PY) -m coverage combine --quiet
	@$(PY) -m coverage report

# import-linter, which test_layers runs, needs a newer rich than users do
test-lowest:
	@sh ./.ci/venv-lowest .venv-lowest
	@.venv-lowest/bin/python -m pytest --numprocesses auto --dist worksteal --ignore tests/test_layers.py

lint: $(STAMP)
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy
	@$(PY) -m pyright --pythonpath $(PY)
	@$(VENV)/bin/lint-imports
	@cd aiointegrator && $(abspath $(PY)) -m _codegen --check

codegen: $(STAMP)
	@cd aiointegrator && $(abspath $(PY)) -m _codegen

BENCHMARKS := call page pages startup crawl memory soak bucket

bench: $(STAMP)
	@for name in $(BENCHMARKS); do $(PY) benchmarks/$$name.py || exit 1; done
	@$(PY) benchmarks/report.py

bench-full: $(STAMP)
	@$(PY) benchmarks/call.py --turns 25 --repeat 11
	@$(PY) benchmarks/page.py --pages 100 --repeat 11
	@$(PY) benchmarks/pages.py --pages 20 --repeat 11
	@$(PY) benchmarks/startup.py --repeat 31
	@$(PY) benchmarks/crawl.py --turns 5 --repeat 11
	@$(PY) benchmarks/memory.py --integrations 10000
	@$(PY) benchmarks/soak.py --requests 1000000 --pages 100 --repeat 11
	@$(PY) benchmarks/bucket.py --seconds 60 --repeat 11
	@$(PY) benchmarks/inventory.py --repeat 11
	@$(PY) benchmarks/report.py

outages: $(STAMP)
	@$(PY) benchmarks/outages.py

lock:
	@command -v $(UV) >/dev/null || { echo "make lock needs uv, https://docs.astral.sh/uv/"; exit 1; }
	$(UV) pip compile --universal --generate-hashes --python-version 3.11 --no-annotate --no-header --quiet \
		--upgrade --group dev --group bench --extra cli --extra speed --extra report --extra parquet -o requirements.lock pyproject.toml

$(STAMP): requirements.lock pyproject.toml
	@sh ./.ci/venv $(VENV)
	@touch $(STAMP)

clean:
	rm -rf $(VENV) .venv-lowest dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage*
