# Everything that one does here, by name. `make` alone lists it.
.DEFAULT_GOAL := help
SHELL := /bin/sh
.DELETE_ON_ERROR:
# The pinned Node of node_modules/.bin comes before the machine's own; but npm, which replaces that folder, runs on the latter.
MACHINE_PATH := $(PATH)
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

INSTALLED := node_modules/.package-lock.json

.PHONY: help demo up test test-long test-versions soak simulate seeded-bugs mutation check generate build image release bench bench-resolve bench-schema clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(INSTALLED) ## see Tandem decide: a real API server, a sample data centre, one appliance switched off and on
	@node test/demo/demo.ts

up: $(INSTALLED) ## the same estate to play with, until Ctrl-C
	@node test/demo/up.ts

test: $(INSTALLED) ## all tests, those on a real API server too
	@node test/tools/run.ts
	@vitest run

test-long: $(INSTALLED) ## the same with what takes minutes: every moment of every call, real waits, more of everything
	@TANDEM_TEST_LONG=1 TANDEM_TEST_BAD_INPUT_VMS=5000 vitest run

test-versions: $(INSTALLED) ## the tests on a real API server, on the oldest and the newest Kubernetes that is supported
	@for version in 1.34 1.37; do TANDEM_TEST_KUBERNETES=$$version vitest run --project cluster || exit 1; done

soak: $(INSTALLED) ## random edits and faults on real processes: MINUTES=60, SEED=1
	@TANDEM_TEST_SOAK_MINUTES=$(or $(MINUTES),60) TANDEM_TEST_SEED=$(or $(SEED),$$(date +%s)) vitest run --project fault test/fault/soak.test.ts

simulate: $(INSTALLED) ## the whole controller in virtual time, thousands of seeds a minute: MINUTES=10, SEED=1
	@TANDEM_TEST_SIMULATION_SECONDS=$$((60 * $(or $(MINUTES),10))) TANDEM_TEST_SIMULATION_BASE=$(SEED) node test/simulation/run.ts

seeded-bugs: $(INSTALLED) ## twenty and more bugs, one at a time: do the tests notice? (most of an hour)
	@node test/seeded-bugs/run.ts $(BUGS)

mutation: $(INSTALLED) ## thousands of small changes of the code: do the tests notice? (hours): ROOMS="resolve cache controller"
	@node test/mutation/run.ts $(ROOMS)

check: $(INSTALLED) ## types, format and lint, import rule, generated files, dead exports
	tsc -p .
	biome ci
	node scripts/check-imports.ts
	node scripts/generate.ts --check
	node scripts/monitoring.ts --check
	node scripts/chart.ts --check
	knip

generate: $(INSTALLED) ## write what is made of crds/, settings and manifests: types, install.yaml, chart, alerts, dashboard
	@node scripts/generate.ts
	@node scripts/monitoring.ts
	@node scripts/chart.ts

build: $(INSTALLED) ## one bundled file in dist/
	@node scripts/build.ts

# With NODE_IMAGE=node@sha256:… every build has the same layers; without, those of today's node:24-bookworm-slim.
ENGINE := docker
image: $(INSTALLED) ## the container image, tandem:VERSION: ENGINE=podman, NODE_IMAGE=NAME@sha256:…
	@$(ENGINE) build $(if $(NODE_IMAGE),--build-arg NODE_IMAGE=$(NODE_IMAGE)) \
	  --build-arg REVISION=$$(test -n "$$(git status --porcelain)" || git rev-parse HEAD) \
	  -t tandem:$$(node -p 'require("./package.json").version') .

release: $(INSTALLED) ## bundle, install.yaml, chart, npm package, SBOM, licences, checksums in dist/release: IMAGE=NAME@sha256:…
	@node scripts/release.ts $(if $(IMAGE),--image $(IMAGE))

# The last of them puts what the others have written into docs/performance.md.
BENCH := .bench
bench: $(INSTALLED) ## measure everything, and write docs/performance.md (half an hour, in which the machine is to do nothing else)
	@mkdir -p $(BENCH)
	@node test/bench/resolve.ts > $(BENCH)/resolve.txt && cat $(BENCH)/resolve.txt
	@node test/bench/scale.ts --quick --json $(BENCH)/growth.json
	@node test/bench/scale.ts --sizes 100000 --policies 200 --json $(BENCH)/scale.json
	@node test/bench/bench.ts --write --scale $(BENCH)/scale.json --growth $(BENCH)/growth.json --resolve $(BENCH)/resolve.txt

bench-resolve: $(INSTALLED) ## measure the rules alone
	@node test/bench/resolve.ts

bench-schema: $(INSTALLED) ## measure what each choice in the CRD costs the API server (4 minutes)
	@node test/bench/schema.ts --write docs/schema.md

clean: ## remove what was built or installed here (the control plane in the user's cache stays)
	rm -rf dist coverage .bench node_modules

# npm runs on any Node; what runs afterwards needs 24, which npm brings along on Linux.
$(INSTALLED): export PATH := $(MACHINE_PATH)
$(INSTALLED): package.json package-lock.json
	@for program in node npm; do command -v $$program >/dev/null || { \
	  echo "There is no $$program on the PATH. Install Node.js with npm (https://nodejs.org), then run make again." >&2; exit 1; }; done
	@echo "Installing the pinned packages (npm ci; usually takes 10 to 20 s)"
	@npm ci --ignore-scripts --loglevel=error --no-progress
	@PATH="$(CURDIR)/node_modules/.bin:$$PATH"; node -e 'process.exit(parseInt(process.versions.node) < 24 ? 1 : 0)' || { \
	  echo "Tandem needs Node.js 24 or later, and this is $$(node --version). Install one, then run make again." >&2; exit 1; }
	@touch $@
