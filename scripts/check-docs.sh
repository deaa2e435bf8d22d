#!/usr/bin/env bash
# What documents say must exist: files they link, make targets they name, variables that are read.
set -euo pipefail
cd "$(dirname "$0")/.."
bad=0
complain() { echo "$1" >&2; bad=1; }

for doc in README.md README.ko.md ARCHITECTURE.md CONTRIBUTING.md CHANGELOG.md; do
  while read -r link; do
    [ -e "$link" ] || complain "$doc links $link, which is not there"
  done < <(grep -oE '\]\([^)#:]+\)' "$doc" | sed -E 's/^\]\((.*)\)$/\1/')
  while read -r target; do
    grep -qE "^$target:" Makefile || complain "$doc names 'make $target', which is not there"
  done < <(grep -oE '`make [a-z-]+' "$doc" | sed 's/`make //' | sort -u)
done

# Every variable that a service reads by its whole name (not by how it begins) is documented in the one place; tools of
# developers say their own.
sources=$(find crates -path '*/src/*.rs' -not -path 'crates/e2e/*' -not -path 'crates/bench/*' -not -path 'crates/moa-testkit/*')
# shellcheck disable=SC2086
read_vars=$(awk 'FNR == 1 { tests = 0 } /#\[cfg\(test\)\]/ { tests = 1 } !tests && !/starts_with/' $sources | grep -oE '"MOA_[A-Z0-9_]+"' | tr -d '"' | sort -u)
for name in $read_vars; do
  grep -q "\b$name\b" deploy/moa.env || complain "$name is read but not documented in deploy/moa.env"
done
exit $bad
