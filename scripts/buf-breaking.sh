#!/usr/bin/env bash
# Contracts may only grow: compared with the last release, before the first one with the commit before.
set -euo pipefail
cd "$(dirname "$0")/.."
tag=$(git describe --tags --abbrev=0 --match 'v*' 2>/dev/null || true)
if [ -n "$tag" ]; then
  ref=tag=$tag
elif git rev-parse -q --verify HEAD~1 >/dev/null; then
  ref=ref=HEAD~1
else
  echo "contracts: nothing to compare with yet"
  exit 0
fi
tools/node_modules/.bin/buf breaking --against ".git#$ref"
