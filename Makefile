# Two commands matter: `make run` shows Evenkeel at work, `make check` proves the tree.
# Both need Go, make and (for the race detector) gcc; modules come from the Go proxy once.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

STEP := .ci/step

# How long `make check` gives each fuzz target, and `make fuzz`.
FUZZTIME ?= 3s
FUZZLONG ?= 2m

# Real telemetry that some tests and `make score` read; without it they say that they skip.
EVENKEEL_DATA ?= $(wildcard ../shared/data)
override EVENKEEL_DATA := $(abspath $(EVENKEEL_DATA))
export EVENKEEL_DATA

.PHONY: help
help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

.PHONY: run
run: build ## build Evenkeel and start it, with nothing but its defaults
	bin/evenkeel serve

.PHONY: build
build: ## build bin/evenkeel, stripped, without cgo
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o bin/evenkeel ./cmd/evenkeel

.PHONY: check
check: ## everything that must hold before a change is taken
	@begin=$$SECONDS; $(MAKE) check-source check-tests check-mutants cross check-fuzz; \
	echo "all checks passed in $$((SECONDS - begin)) s"

.PHONY: check-source
check-source:
	@$(STEP) 'formatted (gofmt)' bash -c 'out=$$(gofmt -l .); [[ -z $$out ]] || { echo "not formatted; run: make fmt"; echo "$$out"; exit 1; }'
	@$(STEP) 'go.mod is tidy' .ci/tidy
	@$(STEP) 'vet' go vet ./...
	@$(STEP) 'staticcheck' go tool staticcheck ./...
	@$(STEP) 'builds' $(MAKE) build

# The tests run twice: once with the race detector, which changes what is allocated, and
# once without, where the hot paths' allocations are counted and the real input is read.
.PHONY: check-tests
check-tests:
	@if [[ -z $$EVENKEEL_DATA ]]; then echo 'skip            real input: EVENKEEL_DATA names no folder'; fi
	@$(STEP) 'tests' go test ./...
	@EVENKEEL_DATA= $(STEP) 'tests under the race detector' go test -race ./...
	@$(STEP) 'benchmarks run' go test -run '^$$' -bench . -benchtime 1x ./...

.PHONY: check-mutants
check-mutants: ## break the source in ways that have harmed customers; the tests must notice
	@$(STEP) 'seeded mistakes are noticed' .ci/mutants

.PHONY: cross
cross: ## check that the tree compiles for arm64 and gives the same bytes there
	@GOOS=linux GOARCH=arm64 CGO_ENABLED=0 $(STEP) 'compiles for arm64, tests too' go vet ./...
	@$(STEP) 'same bytes on arm64, under emulation' .ci/arm64

.PHONY: check-fuzz
check-fuzz:
	@.ci/fuzz $(FUZZTIME)

.PHONY: test
test: ## the quick tests, without real input
	EVENKEEL_DATA= go test ./...

.PHONY: bench
bench: ## all benchmarks
	go test -run '^$$' -bench . -benchmem ./...

.PHONY: score
score: ## detection figures on real telemetry; needs EVENKEEL_DATA
	@[[ -n $$EVENKEEL_DATA ]] || { echo 'EVENKEEL_DATA names no folder with real telemetry'; exit 1; }
	go test -count=1 -v -run RealInput ./lab/score

.PHONY: fuzz
fuzz: ## every fuzz target for FUZZLONG
	@.ci/fuzz $(FUZZLONG)

.PHONY: fmt
fmt: ## format the source
	gofmt -w .

.PHONY: tidy-check
tidy-check: ## check that go.mod and go.sum are what tidying would write
	@.ci/tidy

.PHONY: clean
clean: ## remove what was built
	rm -rf bin
