#!/usr/bin/env bash
# Contracts may only grow.
set -euo pipefail
cd "$(dirname "$0")/.."
ref=$(scripts/last-release.sh)
if [ -z "$ref" ]; then
  echo "contracts: nothing to compare with yet"
  exit 0
fi
tools/node_modules/.bin/buf breaking --against ".git#ref=$ref"
