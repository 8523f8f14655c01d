#!/bin/sh
# Write the hash-locked requirement files anew from pyproject.toml (`make lock`; needs uv on PATH or in $UV).
# dev.txt is resolved first and constrains the others, so that all three hold the same versions.
set -eu
cd "$(dirname "$0")/.."
lock() {
    out=$1; shift
    "${UV:-uv}" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
        --custom-compile-command "make lock" "$@" --output-file "requirements/$out" pyproject.toml
}
lock dev.txt --extra demo --extra dev "${@}"
lock demo.txt --extra demo --constraint requirements/dev.txt
lock runtime.txt --constraint requirements/dev.txt
