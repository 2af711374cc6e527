#!/usr/bin/env bash
# A stranger's machine: minimal Debians (debootstrap), a copy of this tree, and what README tells a newcomer to do.
# Called by ./dev test bare as
#
#   tests/bare/run.sh SUITE...        bookworm trixie
#
# HLID_PROOF=1: README's `./dev package` as well, in another such system, from nothing: a quarter of an hour each.
# Kept under build/bare: the packages, and what has passed; the minimal systems under build/debian. A suite whose inputs have
# not changed since is not tried again; `rm build/bare/*.passed` forgets that. Exit status 77: cannot be done here.
set -euo pipefail
cd "$(dirname "$0")/../.."

BARE=$PWD/build/bare
# Beside the compiler's cache of this machine, for every clone; each Debian has a compiler of its own.
CACHE=$BARE/ccache
if command -v ccache >/dev/null; then CACHE=$(ccache --get-config cache_dir)-bare; fi
INPUTS=(dev LICENSE CMakeLists.txt CMakePresets.json README.md pyproject.toml cmake core capi cli simulator bindings/python examples/c
  examples/python tests/bare tests/debian)
[ -z "${HLID_PROOF:-}" ] || INPUTS+=(tools/package bindings docs examples)

leave_out() { echo "$*"; exit 77; }
[ "$(id -u)" = 0 ] || leave_out "only root can make a system of its own"
command -v debootstrap >/dev/null || leave_out "debootstrap is not installed"
unshare --mount --pid --fork true 2>/dev/null || leave_out "this machine lets nobody mount"

# Tracked files and new ones, as they are now.
files() { git ls-files -co --exclude-standard -z -- "$@" | sort -zu | while IFS= read -r -d '' file; do [ ! -f "$file" ] || printf '%s\0' "$file"; done; }
fingerprint() { files "${INPUTS[@]}" | xargs -0 sha256sum | sha256sum | cut -d ' ' -f 1; }

# A copy of it to work in, able to reach what this machine reaches: names, proxies, certificates.
make_root() {
  local root=$1 base=$2
  rm -rf "$root"
  cp -a --reflink=auto "$base" "$root"
  cp -L /etc/resolv.conf "$root/etc/resolv.conf"
  cp -L /etc/hosts "$root/etc/hosts"
  echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/bare"
  # Packages that were fetched once stay for the next time.
  echo 'APT::Keep-Downloaded-Packages "true";' >"$root/etc/apt/apt.conf.d/99bare"
  rm -f "$root/etc/apt/apt.conf.d/docker-clean"
  if command -v apt-config >/dev/null; then apt-config dump | grep -iE '^Acquire::https?::(Proxy|CaInfo)' >>"$root/etc/apt/apt.conf.d/99bare" || true; fi
  local certificates=${PIP_CERT:-${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}}
  [ ! -r "$certificates" ] || cp -L "$certificates" "$root/etc/host-certificates.pem"
  [ ! -r /etc/pip.conf ] || cp -L /etc/pip.conf "$root/etc/pip.conf"
  mkdir -p "$root/ccache" "$root/src/headlessid"
  files | tar --null -T - -c | tar -x -C "$root/src/headlessid"
}

# inside SUITE ROOT: everything of it, mounts and processes, goes with the namespaces.
inside() {
  local suite=$1 root=$2 script=$3 name keep=()
  for name in $(compgen -e | grep -iE '^(https?_proxy|no_proxy|PIP_.*)$'); do keep+=("$name=${!name}"); done
  if [ -e "$root/etc/host-certificates.pem" ]; then
    keep+=(PIP_CERT=/etc/host-certificates.pem SSL_CERT_FILE=/etc/host-certificates.pem)
  fi
  mkdir -p "$BARE/$suite.archives/partial" "$CACHE"
  unshare --mount --pid --fork --kill-child bash -euc '
    root=$1 archives=$2 ccache=$3 script=$4; shift 4
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount --bind "$archives" "$root/var/cache/apt/archives"
    mount --bind "$ccache" "$root/ccache"
    exec chroot "$root" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@" bash "/src/headlessid/tests/bare/$script"
  ' - "$root" "$BARE/$suite.archives" "$CACHE" "$script" "JOBS=${JOBS:-$(nproc)}" "${keep[@]}"
}

mkdir -p "$BARE"
now=$(fingerprint)
for suite in "$@"; do
  started=$SECONDS
  if [ "$(cat "$BARE/$suite.passed" 2>/dev/null)" = "$now" ]; then echo "$suite: passed before, and nothing has changed"; continue; fi
  rm -f "$BARE/$suite.passed"
  base=$(tests/debian/base.sh "$suite")
  for script in inside.sh ${HLID_PROOF:+packages.sh}; do
    make_root "$BARE/$suite.root" "$base"
    inside "$suite" "$BARE/$suite.root" "$script"
    rm -rf "$BARE/$suite.root"
  done
  echo "$now" >"$BARE/$suite.passed"
  echo "$suite: passed in $((SECONDS - started)) s"
done
