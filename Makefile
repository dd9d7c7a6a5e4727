# superd: build, run, test, measure.
#
#   make run      build and start superd in the foreground with config/supervisor.ini
#   make test     everything that must hold: format, floors, unit tests, real programs
#   make bench    superd beside its peers, in one run
#   make fuzz     each fuzzer for FUZZ_SECONDS
#   make sanitize the tests under the thread and the address sanitizer
#
# On a Debian with the Swift toolchain alone these install what else they need (apt, pip).

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:

BUILD_PACKAGES := libinih-dev pkg-config libstdc++-12-dev git make
TEST_PACKAGES := python3 python3-venv nginx-light php-fpm redis-server curl procps strace bash zsh fish
BENCH_PACKAGES := gcc libc6-dev python3-venv runit s6
FUZZ_SECONDS ?= 300
RELEASE := .build/release

.PHONY: run test check unit build release bench fuzz sanitize docs format clean build-packages test-packages

run: release
	@mkdir -p run
	@echo
	@echo "  superd runs in this terminal; Ctrl-C stops it and everything it started."
	@echo "  The four workers answer at      http://127.0.0.1:8080/"
	@echo "  From another terminal:          $(RELEASE)/superctl -c config/supervisor.ini status"
	@echo
	@PATH="$(CURDIR)/$(RELEASE):$$PATH" exec $(RELEASE)/superd -n -c config/supervisor.ini

test: check unit

check: build-packages
	packaging/checks/format
	swift build --explicit-target-dependency-import-check error 2>&1 | packaging/checks/quiet

unit: build-packages test-packages .build/venv/ready
	swift test --skip EndToEndTests 2>&1 | packaging/checks/test-output
	@# On their own, because they watch real programs in real time.
	SUPERD_TEST_PYTHON="$(CURDIR)/.build/venv/bin/python" swift test --filter EndToEndTests 2>&1 \
		| packaging/checks/test-output

build: build-packages
	swift build

release: build-packages
	@# The linker's word on mktemp is about code of Foundation that superd does not call.
	swift build -c release --static-swift-stdlib 2>&1 | grep --line-buffered -v mktemp

bench: release
	packaging/checks/packages $(BENCH_PACKAGES)
	packaging/bench/run

fuzz: build-packages
	FUZZ_SECONDS=$(FUZZ_SECONDS) packaging/checks/fuzz

sanitize: build-packages test-packages .build/venv/ready
	packaging/checks/sanitize

docs: build
	.build/debug/superd --print-reference > docs/reference/options.md

format:
	swift format --in-place --recursive Package.swift Sources Tests

clean:
	rm -rf .build .build-* run

build-packages:
	@packaging/checks/packages $(BUILD_PACKAGES)

test-packages:
	@packaging/checks/packages $(TEST_PACKAGES)

# The Python servers that tests supervise, in a virtual environment of their own.
.build/venv/ready: packaging/checks/requirements.txt
	python3 -m venv .build/venv
	.build/venv/bin/pip install --quiet --disable-pip-version-check -r packaging/checks/requirements.txt
	touch $@
