SHELL := bash
PYTHON_IN := .venv/bin/python
PORT ?= 8000
export PORT

# One process for each of the 2 cores the project is planned for; `make test WORKERS=8` on a bigger machine.
WORKERS ?= 2
REPORTS := .reports
HEAVY := browser or postgres or slow
PYTEST := $(PYTHON_IN) -m pytest -n $(WORKERS)

.PHONY: help run test lint format bench messages docs pictures set-up set-up-test free-port
.NOTPARALLEL:

help: ## this list
	@sed -nE 's/^([a-z-]+):[^#]*## /make \1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 20

run: free-port set-up ## set up what is missing, then serve the portal on 127.0.0.1:$PORT (8000)
	@$(PYTHON_IN) -m flask --app app init
	@$(PYTHON_IN) -m flask --app app demo --if-empty
	@exec $(PYTHON_IN) -m gunicorn

test: set-up-test lint ## every check and every test
	@mkdir -p $(REPORTS); rm -f $(REPORTS)/*.xml; failed=0; \
	echo "== tests: the fast core"; \
	$(PYTEST) -m "not ($(HEAVY))" --dist worksteal --junitxml=$(REPORTS)/core.xml || failed=1; \
	echo "== tests: browser, PostgreSQL, slow"; \
	$(PYTEST) -m "$(HEAVY)" --dist loadfile --junitxml=$(REPORTS)/rest.xml || [ $$? = 5 ] || failed=1; \
	$(PYTHON_IN) -m tests.support.totals $(REPORTS)/core.xml $(REPORTS)/rest.xml || failed=1; \
	exit $$failed

lint: set-up-test ## formatter, linter, type checker, import floors
	@failed=0; \
	$(PYTHON_IN) -m ruff format --check . || failed=1; \
	$(PYTHON_IN) -m ruff check . || failed=1; \
	$(PYTHON_IN) -m mypy . || failed=1; \
	$(PYTHON_IN) -c 'from importlinter.cli import lint_imports_command as check; check(["--no-logo"])' || failed=1; \
	exit $$failed

format: set-up-test ## let the formatter and the linter mend what they can
	@$(PYTHON_IN) -m ruff check --fix --quiet . ; $(PYTHON_IN) -m ruff format .

bench: set-up-test ## the benchmarks; ONLY=queue runs one subject
	@$(PYTHON_IN) -m tests.bench $(ONLY)

# Flask-AppBuilder's and the form libraries' texts too: their own Chinese has gaps and errors, ours goes over it
messages: set-up ## bring the texts of the code into translations/, new ones untranslated
	@$(PYTHON_IN) -m babel.messages.frontend --quiet extract -F babel.cfg -k lazy_gettext -k _l \
	    --no-location --sort-output -o messages.pot app .venv/lib/python3.*/site-packages/{flask_appbuilder,wtforms,flask_wtf}
	@$(PYTHON_IN) -m babel.messages.frontend --quiet update -l zh --init-missing --no-fuzzy-matching \
	    --ignore-obsolete --ignore-pot-creation-date -i messages.pot -d translations
	@echo "untranslated: $$(awk '/^msgstr(\[0\])? ""$$/ {getline; if ($$0 == "") n++} END {print n + 0}' translations/zh/LC_MESSAGES/messages.po)"

docs: set-up-test ## the pages of docs/ that are made from the code
	@$(PYTHON_IN) -m tests.docs

pictures: set-up-test ## the pictures of README and handbook, taken from a demo office; needs Chromium
	@$(PYTHON_IN) -m tests.browser.pictures

set-up:
	@bash .ci/setup run

set-up-test:
	@bash .ci/setup test

# Said before minutes of set-up, not after
free-port:
	@case "$$PORT" in ''|*[!0-9]*) echo "PORT=$$PORT is not a port number" >&2; exit 1;; esac; \
	if (exec 3<>"/dev/tcp/127.0.0.1/$$PORT") 2>/dev/null; then \
	    echo "Port $$PORT is taken by another program: stop it, or choose another: make run PORT=8001" >&2; exit 1; \
	fi
