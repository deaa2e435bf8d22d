#!/usr/bin/env bash
# A migration that was applied somewhere is never changed: sqlx refuses a database whose migrations differ from ours.
set -euo pipefail
cd "$(dirname "$0")/.."
ref=$(scripts/last-release.sh)
[ -n "$ref" ] || exit 0
changed=$(git diff --name-only --diff-filter=MDR --no-renames "$ref" -- migrations)
if [ -n "$changed" ]; then
  printf 'these migrations stand in %s and may not change; write a new one instead:\n%s\n' "$ref" "$changed" >&2
  exit 1
fi
