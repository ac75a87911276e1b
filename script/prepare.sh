# What script/server and script/test share: gets what is missing on a bare machine. Sourced, in the project's folder.

say() { printf 'parley: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

need_node() {
  local wants="Node.js 20.19 or newer, with npm, is needed: see https://nodejs.org/en/download"
  command -v node >/dev/null && command -v npm >/dev/null || fail "$wants"
  node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
    fail "$wants (this is $(node --version))"
}

need_packages() {
  if [[ ! -e node_modules/.package-lock.json || package-lock.json -nt node_modules/.package-lock.json ]]; then
    say "installing the npm packages"
    npm ci --include=dev --no-progress --loglevel=error >&2 || fail "npm ci failed"
    touch node_modules/.package-lock.json
  fi
}

# need_program PROGRAM PACKAGE: from the system's package manager, when it is not there.
need_program() {
  local program=$1 package=$2
  if PATH=$PATH:/usr/local/sbin:/usr/sbin command -v "$program" >/dev/null; then return; fi
  if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
    fail "$program is not installed; install it (on Debian and Ubuntu, as root: apt-get install $package) and start again"
  fi
  say "installing $package"
  apt_install "$package" || fail "apt-get could not install $package; install $program yourself and start again"
}

# Installs a package without starting the service that it may contain: Parley runs its own.
apt_install() {
  local policy=/usr/sbin/policy-rc.d ours='' status=0 log
  log=$(mktemp)
  if [[ ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy" && ours=$policy
  fi
  {
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
  } </dev/null >"$log" 2>&1 || status=$?
  if [[ $status != 0 ]]; then tail -5 "$log" >&2; fi
  rm -f "$log" ${ours:+"$ours"}
  return "$status"
}

# at_least WANTED FOUND: compares dotted versions.
at_least() { [[ $(printf '%s\n%s\n' "$1" "$2" | sort -V | head -1) == "$1" ]]; }

need_redis() {
  need_program redis-server redis-server
  local found
  found=$(redis-server --version | sed -n 's/.*v=\([0-9.]*\).*/\1/p')
  at_least 7.0 "$found" || fail "Redis 7.0 or newer is needed, this is $found; install a newer one, or name one in REDIS_URL"
}

need_haproxy() {
  need_program haproxy haproxy
  local found
  found=$(PATH=$PATH:/usr/local/sbin:/usr/sbin haproxy -v | sed -n 's/^HAProxy version \([0-9.]*\).*/\1/p')
  at_least 2.6 "$found" || fail "HAProxy 2.6 or newer is needed, this is ${found:-an older one}; install a newer one"
}

# Chromium's headless shell, or Chromium itself where there is no such package.
need_browser() {
  if [[ -n ${CHROMIUM_PATH:-} ]] || command -v chromium-headless-shell >/dev/null; then return; fi
  if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
    say "installing chromium-headless-shell"
    if apt_install chromium-headless-shell; then return; fi
  fi
  need_program chromium chromium
}
