#!/usr/bin/env bash
# A minimal Debian, made once by debootstrap for every test that works in a copy of one. Prints its folder.
#
#   tests/debian/base.sh SUITE        bullseye bookworm trixie sid
set -euo pipefail
cd "$(dirname "$0")/../.."

suite=$1 kept=$PWD/build/debian
base=$kept/$suite.base

# Where this machine gets its own Debian from; else the public place.
mirror() {
  local found=
  if command -v apt-get >/dev/null; then
    found=$(apt-get indextargets --format '$(ORIGIN) $(LABEL) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
      awk '$1 == "Debian" && $2 == "Debian" { print $3; exit }')
  fi
  echo "${HLID_DEBIAN_MIRROR:-${found:-http://deb.debian.org/debian}}"
}

mkdir -p "$kept/debs"
# Parts run at the same time, and two of them ask.
exec 9>"$kept/$suite.lock"
flock 9
if [ ! -d "$base" ]; then
  rm -rf "$base.new"
  debootstrap --variant=minbase --cache-dir="$kept/debs" "$suite" "$base.new" "$(mirror)" >"$kept/$suite.log" 2>&1 9>&- ||
    { tail -n 20 "$kept/$suite.log" >&2; exit 1; }
  # Moved into its place when it is whole.
  mv "$base.new" "$base"
fi
echo "$base"
