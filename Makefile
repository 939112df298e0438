# Two commands matter: `make run` shows Evenkeel at work, `make check` proves the tree.
# Both need Go, make and (for the race detector) gcc; modules come from the Go proxy once.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

STEP := .ci/step

# Checks draw the same numbers each time (rapid's properties, the fuzzer's mutations, after
# which batch a process is killed), so that what fails is the change. `make soak` draws others.
RAPID_SEED ?= 20190529
export RAPID_SEED

# How many inputs `make check` gives each fuzz target, and how long `make soak` searches.
FUZZRUNS ?= 500x
FUZZLONG ?= 2m
SOAK_SEED := $(or $(SOAK_SEED),$(shell date +%s))
SOAK_CHECKS ?= 2000

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
	@begin=$$SECONDS; export STEP_TIMES=$$(mktemp); \
	trap 'echo "where the time went:"; sort -rn "$$STEP_TIMES"; rm -f "$$STEP_TIMES"' EXIT; \
	$(MAKE) check-source check-tests check-mutants cross check-fuzz; \
	echo "all checks passed in $$((SECONDS - begin)) s"

.PHONY: check-source
check-source:
	@$(STEP) 'formatted (gofmt)' bash -c 'out=$$(gofmt -l .); [[ -z $$out ]] || { echo "not formatted; run: make fmt"; echo "$$out"; exit 1; }'
	@$(STEP) 'go.mod is tidy' .ci/tidy
	@$(STEP) 'eBPF objects are those of their source' .ci/generated
	@$(STEP) 'vet' go vet ./...
	@$(STEP) 'staticcheck' go tool staticcheck ./...
	@$(STEP) 'builds' $(MAKE) build

# The tests run twice: once with the race detector, which changes what is allocated, and
# once without, where the hot paths' allocations are counted and the real input is read.
# They are not vetted again (check-source has done it in full), and long packages go first.
LONG_PACKAGES := ./cmd/evenkeel ./console ./app/agent ./lab/score ./judge ./app ./console/visit ./shield/gateway ./app/edge ./store/sqlite
.PHONY: check-tests
check-tests:
	@if [[ -z $$EVENKEEL_DATA ]]; then echo 'skip            real input: EVENKEEL_DATA names no folder'; fi
	@$(STEP) 'tests' .ci/tests -vet=off -timeout 20m $(LONG_PACKAGES) ./...
	@EVENKEEL_DATA= $(STEP) 'tests under the race detector' .ci/race $(LONG_PACKAGES)
	@$(STEP) 'benchmarks run' .ci/bench

.PHONY: check-mutants
check-mutants: ## break the source in ways that have harmed customers; the tests must notice
	@$(STEP) 'seeded mistakes are noticed' .ci/mutants

.PHONY: mutants
mutants: ## the same with every one of them, whatever changed
	@MUTANTS=all $(STEP) 'all seeded mistakes are noticed' .ci/mutants

.PHONY: cross
cross: ## check that the tree compiles for arm64 and gives the same bytes there
	@$(STEP) 'compiles for arm64, same bytes under emulation' .ci/arm64

.PHONY: check-fuzz
check-fuzz:
	@$(STEP) 'fuzz smoke' .ci/fuzz $(FUZZRUNS) $(RAPID_SEED)

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

.PHONY: soak
soak: ## search for faults with other numbers: properties SOAK_CHECKS times, then make fuzz
	@echo 'properties: SOAK_SEED=$(SOAK_SEED)'
	RAPID_SEED=$(SOAK_SEED) RAPID_CHECKS=$(SOAK_CHECKS) go test -count=1 -timeout 4h \
		$$(grep -rlE --include='*_test.go' 'pgregory.net/rapid|RAPID_SEED' . | xargs -n 1 dirname | sort -u)
	@$(MAKE) fuzz SOAK_SEED=$(SOAK_SEED)

.PHONY: fuzz
fuzz: ## search with every fuzz target for FUZZLONG
	@echo 'fuzz targets: SOAK_SEED=$(SOAK_SEED)'
	@.ci/fuzz $(FUZZLONG) $(SOAK_SEED)

.PHONY: fmt
fmt: ## format the source
	gofmt -w .

.PHONY: tidy-check
tidy-check: ## check that go.mod and go.sum are what tidying would write
	@.ci/tidy

.PHONY: clean
clean: ## remove what was built
	rm -rf bin
