#!/usr/bin/env bash
# Clippy over everything with warnings as errors, and in the same compilation the shapes of all queries, checked
# against a fully migrated database (DATABASE_URL, which may be overwritten): with --write they go to .sqlx, without they
# are compared with it.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/apply-migrations.sh
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
# A query is described only when its crate is compiled again.
grep -rlE 'query(_as|_scalar)?!' crates/*/src | sed -E 's|(crates/[^/]+)/.*|\1/src/lib.rs|' | sort -u | xargs -r touch
SQLX_OFFLINE=false SQLX_OFFLINE_DIR=$out cargo clippy --workspace --all-targets --profile "${PROFILE:-dev}" -- -D warnings
if [ "${1:-}" = --write ]; then
  rm -rf .sqlx && mkdir .sqlx && cp "$out"/*.json .sqlx/
  echo ".sqlx holds $(ls .sqlx | wc -l) queries"
elif ! diff -rq "$out" .sqlx >/dev/null; then
  echo ".sqlx is not fresh; run 'make sqlx' and commit it:" >&2
  diff -rq "$out" .sqlx >&2 || true
  exit 1
fi
