#!/usr/bin/env bash
# Contracts may only grow: compared with the last release, and before the first one with what is committed.
set -euo pipefail
cd "$(dirname "$0")/.."
against=$(git describe --tags --abbrev=0 --match 'v*' 2>/dev/null || true)
if [ -n "$against" ]; then ref="tag=$against"; else ref="ref=HEAD"; fi
tools/node_modules/.bin/buf breaking --against ".git#$ref"
