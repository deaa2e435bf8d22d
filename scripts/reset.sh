#!/usr/bin/env bash
# Removes the data directory, and the cluster it points to, after asking.
set -euo pipefail
home=${MOA_HOME:-.moa}
[ -d "$home" ] || { echo "there is no $home"; exit 0; }
home=$(readlink -f "$home")
if [ -e "$home/lock" ] && ! flock -n "$home/lock" true; then
  echo "a hub runs in $home (process $(cat "$home/lock")); stop it first" >&2
  exit 1
fi
if [ "${1:-}" != --yes ]; then
  read -r -p "Remove $home with all its orders and keys? This cannot be undone. Type yes: " answer
  [ "$answer" = yes ] || { echo "nothing was removed"; exit 1; }
fi
cluster=
[ -f "$home/postgres.path" ] && cluster=$(cat "$home/postgres.path")
data=${cluster:-$home}/postgres
if [ -f "$data/postmaster.pid" ]; then
  pid=$(head -n 1 "$data/postmaster.pid")
  # A server that outlived its hub is asked to stop, and waited for. Its command line names its data directory.
  if tr '\0' '\n' <"/proc/$pid/cmdline" 2>/dev/null | grep -qxF "$data"; then
    kill -INT "$pid"
    timeout 60 tail --pid="$pid" -f /dev/null || { echo "PostgreSQL (process $pid) does not stop; nothing was removed" >&2; exit 1; }
  fi
fi
[ -n "$cluster" ] && rm -rf "$cluster"
rm -rf "$home"
echo "removed $home"
