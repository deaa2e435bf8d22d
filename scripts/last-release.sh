#!/usr/bin/env bash
# What may only grow is compared with this commit: the last release, before the first one the commit before. Says nothing
# where there is none.
set -euo pipefail
cd "$(dirname "$0")/.."
git describe --tags --abbrev=0 --match 'v*' 2>/dev/null || git rev-parse -q --verify HEAD~1 || true
