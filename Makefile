# The workshop: everything a person who works on Frontdesk runs.
# `make` alone lists the targets.

GO        ?= go
# Packages tested at the same time. Two keeps the browser tests honest on a small machine.
AT_ONCE   ?= 2
# Longest that the tests of one package may take.
TEST_TIME ?= 18m
PACKAGES  ?= ./...
# What `make bench` measures, and which benchmarks of it.
MEASURED  ?= ./cmd/frontdesk ./flows ./bot ./store
BENCH     ?= .
# How `make torture` runs: -long for the form of docs/reliability.md, -only kill,power for some rows, -seed N for a run again.
TORTURE   ?= -long
# How long `make fuzz` lets each target run, and which: PACKAGES and FUZZ narrow it down.
FUZZ_TIME ?= 30s
FUZZ      ?= ^Fuzz
# How many sequences of how many steps `make models` plays.
CHECKS    ?= 10000
STEPS     ?= 50

.PHONY: help demo setup test lint screens bench torture races guards load fuzz models

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## phone and console on one page; needs nothing but Go, keeps nothing
	$(GO) run ./cmd/frontdesk demo

setup: ## install what the tests need: Redis, a browser, Chinese fonts, a C compiler
	.ci/setup

test: setup ## all tests, with the race detector
	CGO_ENABLED=1 $(GO) test -race -p $(AT_ONCE) -timeout $(TEST_TIME) $(PACKAGES)

lint: ## formatting, vet, staticcheck; documents that point at nothing; what a merge left
	! git grep -nE '^(<{7}|>{7}) '
	.ci/format
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	.ci/links
	.ci/dependencies
	.ci/compose

screens: setup ## take the README's screenshots again, from a round trip in a browser
	$(GO) test -count=1 -run TestRoundTrip ./cmd/frontdesk -screens $(CURDIR)/docs/screens

bench: ## microseconds, allocations and Redis round trips of a message
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem $(MEASURED)

torture: setup ## break a front desk in every way and print what became of the messages; about an hour
	$(GO) run ./cmd/torture $(TORTURE)

races: setup ## rows that the tests play without the race detector, with it; before a release
	CGO_ENABLED=1 $(GO) run -race ./cmd/torture -race -only power,backup,redis,full,cut

guards: setup ## switch every guard off, one at a time; some row must fail; before a release
	$(GO) test -count=1 -timeout 30m -run TestGuardsAreNeeded ./cmd/torture -every-guard

load: setup ## messages a second, latencies and CPU, beside a yardstick in the same run, and growth to a million tickets; up to an hour
	$(GO) run ./cmd/torture -speed -long

fuzz: ## let the fuzzer at every door, FUZZ_TIME each; what it finds stays under testdata/fuzz as a test
	@set -e; for p in $$($(GO) list $(PACKAGES)); do \
		targets=$$($(GO) test -list '$(FUZZ)' $$p); \
		for f in $$(echo "$$targets" | grep ^Fuzz); do \
			echo "==> $$p $$f"; $(GO) test -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZ_TIME) $$p; \
		done; \
	done

models: setup ## play ticket and store against their models, CHECKS sequences of STEPS steps, on both kinds of Redis; ten minutes to an hour
	$(GO) test -count=1 -timeout 2h -run '^TestModel' ./ticket ./store -rapid.checks=$(CHECKS) -rapid.steps=$(STEPS)
