# Everything that a newcomer types. Each target first sees to .venv (locked, with hashes) and does nothing twice.
#   make demo [FILE=sales.xlsx] [PORT=8001]     the product with the demo company's books
#   make load [FILE=sales.xlsx]                 set-up and data only; the last line of stdout is JSON
#   make test | lint | bench                    the gates; the benchmarks
#   make dev [PORT=8001]                        reloading server for work on the code
#   make messages | lock                        catalogue; lock files (need gettext; uv)
#   make stop | clean                           end what runs here; and remove .venv and var

PYTHON ?= python3
PORT ?= 8000
VENV := .venv/bin/python
ENVIRONMENT := $(PYTHON) erp/local/environment.py

.DEFAULT_GOAL := help
.PHONY: help demo load dev test lint bench messages lock stop clean

help:
	@sed -n '2,/^$$/s/^# \{0,1\}//p' Makefile

demo:
	@$(ENVIRONMENT) demo --port $(PORT)
	@exec $(VENV) -m erp.local.demo demo --port $(PORT) $(if $(FILE),--file "$(FILE)")

load:
	@$(ENVIRONMENT) demo
	@exec $(VENV) -m erp.local.demo load $(if $(FILE),--file "$(FILE)")

dev:
	@$(ENVIRONMENT) dev --port $(PORT) --target dev
	@exec $(VENV) -m erp.local.demo dev --port $(PORT)

test:
	@$(ENVIRONMENT) dev
	@exec $(VENV) -m erp.local.checks test

lint:
	@$(ENVIRONMENT) dev
	@exec $(VENV) -m erp.local.checks lint

bench:
	@$(ENVIRONMENT) demo
	@exec $(VENV) -m benchmarks

messages:
	@$(ENVIRONMENT) dev
	$(VENV) manage.py makemessages --locale zh_Hans --no-location --ignore var --ignore .venv
	$(VENV) manage.py compilemessages --locale zh_Hans --ignore .venv

lock:
	requirements/compile.sh

stop:
	@if [ -x $(VENV) ]; then $(VENV) -m erp.local stop; fi

clean:
	@if [ -x $(VENV) ]; then $(VENV) -m erp.local remove; fi
	rm -rf .venv var .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
