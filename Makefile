# The workshop's targets; each is one script. `make` alone lists them.
.PHONY: help demo test bench lint install

help: ## Lists what there is
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 10

demo: ## A working chat on two pages of this machine; Ctrl-C ends it
	@scripts/demo

test: ## Every suite, after installing what is missing
	@scripts/test

bench: ## Speed and size, beside limits and peers measured in the same run
	@scripts/bench

lint: ## Formats and lints only, without building
	@scripts/lint

install: ## The C library, for PREFIX=/usr/local unless another is given
	@scripts/install-c
