#!/usr/bin/env bash
# Applies migrations/<schema>/*.sql to the database of DATABASE_URL with psql, without building Moa: what `query!`
# compiles against. Names of schemas as arguments; none means all. Each named schema is dropped first.
set -euo pipefail
cd "$(dirname "$0")/.."
: "${DATABASE_URL:?set DATABASE_URL to a database that may be overwritten}"
schemas=("$@")
[ ${#schemas[@]} -gt 0 ] || mapfile -t schemas < <(ls migrations)
for schema in "${schemas[@]}"; do
  files=(migrations/"$schema"/*.sql)
  { echo "DROP SCHEMA IF EXISTS $schema CASCADE; CREATE SCHEMA $schema;"; cat "${files[@]}"; } |
    PGOPTIONS='-c client_min_messages=warning' psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -q -X
done
