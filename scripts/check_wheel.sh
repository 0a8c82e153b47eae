#!/usr/bin/env bash
# Install a wheel into a fresh virtual environment of each Python given, and use it there:
#
#     scripts/check_wheel.sh dist/spoils-0.2.0-py3-none-any.whl python3.11 python3.12 python3.13
#
# Each environment holds what constraints.txt names and nothing else. The program assesses a synthetic patient and writes
# a FHIR bundle; then a part of the tests runs on the installed package. Environments are removed afterwards.
set -euo pipefail
cd "$(dirname "$0")/.."

wheel=$(realpath "$1")
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset PYTHONPATH

# Tests that need no extra, no real images and no other programs.
tests=(tests/test_anatomy.py tests/test_config.py tests/test_errors.py tests/test_findings.py tests/test_images.py
  tests/test_spatial.py tests/decision tests/io tests/messages tests/report/fhir
  tests/volume_files)

failed=()
for python in "$@"; do
  if ! name=$("$python" -c 'import platform; print(platform.python_version())'); then
    echo "== $python: not found"
    failed+=("$python")
    continue
  fi
  environment="$work/$name"
  echo "== Python $name"
  if "$python" -m venv "$environment" &&
    "$environment/bin/python" -m pip install --quiet --disable-pip-version-check --constraint constraints.txt "$wheel" &&
    echo "run time: $(du -sm "$environment" | cut -f1) MB" &&
    "$environment/bin/spoils" demo --out "$work/$name-demo" >/dev/null &&
    "$environment/bin/spoils" fhir "$work/$name-demo/assessment.json" --out "$work/$name-demo/bundle.json" &&
    "$environment/bin/python" -m pip install --quiet --disable-pip-version-check --constraint constraints.txt \
      pytest hypothesis SimpleITK &&
    "$environment/bin/python" -m pytest --quiet -p no:cacheprovider -m "not data and not peers" \
      "${tests[@]}"; then
    echo "== Python $name: passed"
  else
    echo "== Python $name: FAILED"
    failed+=("$name")
  fi
done
if ((${#failed[@]})); then
  echo "failed: ${failed[*]}" >&2
  exit 1
fi
