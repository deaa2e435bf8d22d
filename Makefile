# The front door. `make help` lists what there is.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# nextest is faster where it is installed; cargo's own runner does as well.
NEXTEST := $(shell cargo nextest --version >/dev/null 2>&1 && echo yes)
PROFILE ?= dev
TARGET := $(if $(filter dev,$(PROFILE)),debug,$(PROFILE))

.PHONY: help run up build web setup test test-rust test-web bench soak chaos fuzz fmt lint sqlx openapi audit reset

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

run: build ## Build and start everything with the sandbox, an own PostgreSQL in .moa and a demo merchant
	@exec target/$(TARGET)/moa up --sandbox --demo

up: build ## The same without sandbox and demo
	@exec target/$(TARGET)/moa up

setup: ## Install what this machine lacks, or say exactly what to install
	@scripts/setup.sh

build: setup web ## Build the screen and the binary
	@cargo build --profile $(PROFILE) --bin moa

web: web/dist/index.html ## Build the admin screen

web/node_modules/.package-lock.json: web/package-lock.json
	@if command -v npm >/dev/null; then echo "Installing the screen's packages…"; cd web && npm ci --no-audit --no-fund --loglevel=error && touch node_modules/.package-lock.json; \
	else echo "npm was not found: the binary is built without the admin screen. Install Node.js 20 or newer and run 'make web'."; fi

web/dist/index.html: web/node_modules/.package-lock.json $(shell find web/src web/public web/index.html web/*.json web/*.ts -type f 2>/dev/null)
	@if command -v npm >/dev/null; then echo "Building the screen…"; cd web && npm run --silent build; fi

test: setup build test-rust test-web ## Run all tests

# Stories of the whole hub wait much and work little: one test more than there are cores costs the others nothing.
test-rust:
ifeq ($(NEXTEST),yes)
	@MOA_BIN=$(CURDIR)/target/$(TARGET)/moa scripts/with-postgres.sh cargo nextest run --workspace --cargo-profile $(PROFILE) --no-fail-fast --test-threads $$(($$(nproc) + 1))
else
	@MOA_BIN=$(CURDIR)/target/$(TARGET)/moa scripts/with-postgres.sh cargo test --workspace --profile $(PROFILE) --no-fail-fast --lib --bins --tests
endif
	@cargo test --workspace --profile $(PROFILE) --doc --quiet

test-web: web/node_modules/.package-lock.json
	@command -v npm >/dev/null || { echo "the screen's tests need Node.js 20 or newer" >&2; exit 1; }
	@cd web && npm test --silent

bench: web setup ## Measure, as ratios inside one run
	@cargo build --release --bin moa --bin bench
	@target/release/bench

# SOAK_ORDERS, SOAK_ACCOUNTS, SOAK_DURATION (seconds) and more: `soak --help`.
soak: web setup ## Let the hub work for long under faults; the sandbox judges
	@cargo build --profile $(PROFILE) --bin moa --bin soak
	@target/$(TARGET)/soak

# DURATION is how long people buy, in seconds; SOAK_ORDERS and more as above.
chaos: export SOAK_CHAOS := true
chaos: export SOAK_ORDERS := $(or $(SOAK_ORDERS),50000)
chaos: export SOAK_DURATION := $(or $(DURATION),$(SOAK_DURATION),3600)
chaos: web setup ## Kill the hub's processes at work for DURATION seconds; nothing may be missing afterwards
	@cargo build --profile $(PROFILE) --bin moa --bin soak
	@target/$(TARGET)/soak

# A workspace of its own with the workspace's versions. A nightly compiler and cargo-fuzz are needed; CONTRIBUTING.md.
CHANNEL ?= coupang
DURATION ?= 60
fuzz: ## Seek bytes that a reader of CHANNEL's answers chokes on, for DURATION
	@cp Cargo.lock fuzz/Cargo.lock && mkdir -p fuzz/corpus/$(CHANNEL)
	@cargo +nightly fuzz run $(CHANNEL) fuzz/corpus/$(CHANNEL) crates/channel-proxy/src/channel/$(CHANNEL)/fixtures -- -max_total_time=$(DURATION) -max_len=65536

fmt: ## Format everything
	@cargo fmt --all
	@cd web && npx --no-install biome check --write .
	@$(MAKE) --no-print-directory tools/node_modules/.bin/buf && tools/node_modules/.bin/buf format -w

lint: tools/node_modules/.bin/buf web/node_modules/.package-lock.json ## Check format, lints, contracts, stored queries, documents and types; warnings are errors
	@cargo fmt --all --check
	@tools/node_modules/.bin/buf lint
	@tools/node_modules/.bin/buf format --diff --exit-code
	@scripts/buf-breaking.sh
	@scripts/kept-migrations.sh
	@scripts/check-docs.sh
	@cd web && npm run --silent lint && npm run --silent typecheck
	@scripts/with-postgres.sh scripts/clippy.sh

# No lock file: buf lists packages of platforms that some registries lack, and its version is pinned exactly.
tools/node_modules/.bin/buf: tools/package.json
	@cd tools && npm install --no-package-lock --no-audit --no-fund --loglevel=error && touch node_modules/.bin/buf

sqlx: setup ## Refresh .sqlx, the stored shapes of all queries
	@scripts/with-postgres.sh scripts/clippy.sh --write

openapi: ## Refresh web/openapi.json and the screen's types
	@MOA_UPDATE_OPENAPI=1 cargo test -p admin-gateway openapi
	@cd web && npm run --silent api

audit: ## Licences, sources and unused dependencies (needs cargo-deny and cargo-machete)
	@cargo deny check licenses bans sources
	@cargo machete

reset: ## Remove the data directory .moa, after asking
	@scripts/reset.sh
