#!/usr/bin/env bash
# Runs one process per service on a PostgreSQL given by URL: migrates, starts them, waits until all are ready, prints
# where they are, and stops them all on SIGTERM or SIGINT, or when one of them ends.
#
#   MOA_DATABASE_URL=postgres://moa:password@127.0.0.1:5432/moa MOA_HOME=/var/lib/moa deploy/start-services.sh
#
# MOA_BIN     the binary (default: target/release/moa, else target/debug/moa)
# MOA_HOME    keys.json, admin.json and the log of each service in log/ (default: .moa)
# OPS_PORT    /readyz of the first service; the others follow by one each (default: 9464)
# The services' own variables, ports included, are those of `moa settings`. With a sandbox on this machine set
# MOA_CHANNEL_ALLOW_PRIVATE_ADDRESSES=true, since accounts may not call private addresses otherwise.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
: "${MOA_DATABASE_URL:?MOA_DATABASE_URL is not set; it names the PostgreSQL, e.g. postgres://moa:password@127.0.0.1:5432/moa}"
export MOA_HOME=${MOA_HOME:-.moa}
OPS_PORT=${OPS_PORT:-9464}
READY_WITHIN=${READY_WITHIN:-90}

bin=${MOA_BIN:-}
unset MOA_BIN MOA_OPS_ADDR
for candidate in "$root/target/release/moa" "$root/target/debug/moa"; do
  [ -n "$bin" ] || { [ -x "$candidate" ] && bin=$candidate; }
done
if [ -z "$bin" ] || [ ! -x "$bin" ]; then
  echo "the binary ${bin:-target/release/moa} is not there: run 'make build', or set MOA_BIN" >&2
  exit 1
fi

services=(channel-proxy order-sync catalog fulfillment notification checkout admin-gateway store-gateway)
variable() { echo "MOA_$(tr 'a-z-' 'A-Z_' <<<"$1")_$2"; }

# Each service is told where the others are, unless that is set already.
port=50050
for service in channel-proxy order-sync fulfillment notification catalog checkout; do
  port=$((port + 1))
  at=$(variable "$service" PORT) url=$(variable "$service" URL)
  export "$url=${!url:-http://127.0.0.1:${!at:-$port}}"
done

mkdir -p "$MOA_HOME/log"
"$bin" migrate

pids=()
stop() {
  trap '' TERM INT
  for pid in "${pids[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" || true; done
}
# Told to stop is a good end; a service that ended by itself is not.
trap 'stop; exit 0' TERM INT
trap 'stop' EXIT

n=0
for service in "${services[@]}"; do
  MOA_OPS_ADDR=127.0.0.1:$((OPS_PORT + n)) "$bin" serve "$service" >>"$MOA_HOME/log/$service.log" 2>&1 &
  pids+=($!)
  n=$((n + 1))
done

fail() {
  echo "$1" >&2
  exit 1
}

deadline=$((SECONDS + READY_WITHIN))
for i in "${!services[@]}"; do
  service=${services[$i]} log=$MOA_HOME/log/${services[$i]}.log
  until "$root/deploy/ready.sh" $((OPS_PORT + i)); do
    kill -0 "${pids[$i]}" 2>/dev/null || fail "$service ended; the end of $log:"$'\n'"$(tail -n 20 "$log")"
    [ "$SECONDS" -lt "$deadline" ] || fail "$service was not ready within $READY_WITHIN s; the end of $log:"$'\n'"$(tail -n 20 "$log")"
    sleep 0.1
  done
done

echo "Every service is ready."
echo "  Admin screen     http://127.0.0.1:${MOA_ADMIN_PORT:-8080}   (log in with $MOA_HOME/admin.json)"
echo "  Store            http://127.0.0.1:${MOA_STORE_PORT:-8081}"
for i in "${!services[@]}"; do
  url=$(variable "${services[$i]}" URL)
  printf '  %-16s %-28s process %-8s http://127.0.0.1:%s/readyz\n' \
    "${services[$i]}" "${!url:-}" "${pids[$i]}" "$((OPS_PORT + i))"
done

# The first to end takes the others with it.
ended=0
wait -n "${pids[@]}" || ended=$?
for i in "${!services[@]}"; do
  kill -0 "${pids[$i]}" 2>/dev/null || echo "${services[$i]} ended; see $MOA_HOME/log/${services[$i]}.log" >&2
done
exit $((ended == 0 ? 1 : ended))
