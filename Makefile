# Two commands do everything: `make run` and `make test`. `make help` lists the rest.

PYTHON ?= python3
VENV ?= .venv
MODEL =

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
LLAMA_CPP := $(shell sed -n 's/.*"\(llama-cpp-python[^"]*\)".*/\1/p' pyproject.toml)
LLAMA_WHEELS := https://abetlen.github.io/llama-cpp-python/whl

# The engine's build is a stamp of its own: another WHEELS or CMAKE_ARGS replaces the build that is there.
ifneq ($(strip $(WHEELS)),)
BUILD := $(VENV)/.llama-wheels-$(strip $(WHEELS))
else ifneq ($(strip $(CMAKE_ARGS)),)
BUILD := $(VENV)/.llama-cmake-$(shell printf '%s' '$(subst ','\'',$(CMAKE_ARGS))' | cksum | cut -d' ' -f1)
else
BUILD := $(VENV)/.llama
endif

DEBIAN := sudo apt install python3 python3-venv g++ cmake make
MACOS := xcode-select --install; brew install python cmake

define need_compiler
found=; for cxx in $$CXX c++ g++ clang++; do "$$cxx" --version >/dev/null 2>&1 && found=yes; done; \
if [ -z "$$found" ]; then \
  echo 'Compiling llama.cpp needs a C++ compiler, and there is none here.'; \
  echo '  Debian, Ubuntu:  $(DEBIAN)'; \
  echo '  macOS:           $(MACOS)'; \
  echo '  or compile nothing: make $(firstword $(MAKECMDGOALS)) WHEELS=cpu (metal, cu124, vulkan, ...)'; \
  exit 1; \
fi; \
command -v cmake >/dev/null || echo 'cmake is not installed: pip fetches one for this build'
endef

.PHONY: help run test messages clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' $(firstword $(MAKEFILE_LIST)) | \
	  while IFS='	' read -r name text; do printf '  make %-8s %s\n' "$$name" "$$text"; done
	@echo
	@echo '  NEW=de            with messages: begin the translation into another language'
	@echo '  MODEL=path        with run: talk with this GGUF file'
	@echo '  WHEELS=variant    take a prebuilt llama.cpp: cpu, metal, cu124, vulkan, rocm72, ...'
	@echo '  CMAKE_ARGS=...    compile llama.cpp with these options: -DGGML_CUDA=on, ...'
	@echo '  PYTHON=python3    the Python (3.11 or newer) that makes $(VENV)'

run: $(VENV)/.run ## install what is missing, then open the app
	@"$(BIN)/yi" $(if $(MODEL),app "$(MODEL)")

test: $(VENV)/.dev ## install what is missing, then ruff, mypy and pytest
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest

messages: $(VENV)/.dev ## bring the translations up to date with the code
	$(BIN)/python -m tests.messages $(NEW)

clean: ## remove .venv and everything else made here
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.run: pyproject.toml $(BUILD)
	$(PIP) install --editable '.[demo]'
	@touch $@

$(VENV)/.dev: pyproject.toml $(BUILD)
	$(PIP) install --editable '.[dev]'
	@touch $@ $(VENV)/.run

$(VENV)/.made:
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo 'Python 3.11 or newer is needed; "$(PYTHON)" is not.'; \
	  echo '  Debian, Ubuntu:  $(DEBIAN)'; \
	  echo '  macOS:           $(MACOS)'; \
	  echo '  or name another: make $(firstword $(MAKECMDGOALS)) PYTHON=/path/to/python3.12'; \
	  exit 1; }
	@echo 'making $(VENV)'
	@"$(PYTHON)" -m venv "$(VENV)" || { \
	  echo 'This Python cannot make virtual environments.'; \
	  echo '  Debian, Ubuntu:  $(DEBIAN)'; \
	  exit 1; }
	@touch $@

# What is there already is good enough, whoever built it.
$(VENV)/.llama: | $(VENV)/.made
	@$(BIN)/python -c 'import importlib.util as u, sys; sys.exit(not u.find_spec("llama_cpp"))' || { \
	  $(call need_compiler); \
	  echo 'compiling llama.cpp, about 5 minutes; make run WHEELS=cpu (or metal, cu124, ...) skips this'; \
	  $(PIP) install '$(LLAMA_CPP)'; }
	@touch $@

# pip would offer the build it compiled before, whatever its options: hence no cache.
$(VENV)/.llama-cmake-%: | $(VENV)/.made
	@$(call need_compiler)
	@echo "compiling llama.cpp with $$CMAKE_ARGS, about 5 minutes"
	$(PIP) install --force-reinstall --no-deps --no-cache-dir --no-binary llama-cpp-python '$(LLAMA_CPP)'
	@rm -f $(VENV)/.llama*
	@touch $@ $(VENV)/.llama

$(VENV)/.llama-wheels-%: | $(VENV)/.made
	@echo 'taking the prebuilt "$*" wheel of llama-cpp-python'
	@$(PIP) install --force-reinstall --no-deps --only-binary llama-cpp-python \
	  --index-url $(LLAMA_WHEELS)/$* '$(LLAMA_CPP)' || { \
	  echo 'No prebuilt "$*" wheel could be had. They exist for some systems and Pythons only:'; \
	  echo '  $(LLAMA_WHEELS)/$*/llama-cpp-python/'; \
	  echo 'Without WHEELS, llama.cpp is compiled here.'; \
	  exit 1; }
	@rm -f $(VENV)/.llama*
	@touch $@ $(VENV)/.llama
