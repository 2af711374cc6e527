#!/usr/bin/env bash
# Inside another bare system (run.sh, HLID_PROOF=1): README's commands for packages from a clone, with nothing built before.
# What is installed from dist/ must need no compiler, so that is removed first.
set -euo pipefail

step() { printf '\n==== %4d s  %s\n' $SECONDS "$*"; }
fail() { echo "FAILED: $*" >&2; exit 1; }
cd /src/headlessid

step "what README says for Python, C and the shell"
for part in python c shell; do grep -qF "\`./dev package $part" README.md || fail "README has another command for $part"; done
apt-get update -q >/dev/null
./dev package python
step "the others from what that has built"
./dev package c shell
(cd dist && sha256sum -c --quiet SHA256SUMS)

step "without a compiler"
rm -f /usr/bin/{cc,c++,gcc,g++,cpp,ld,as,make,cmake,ninja,perl}{,-[0-9]*} /usr/bin/*-linux-gnu-*
mv /src/headlessid /src/elsewhere # nothing of the tree is needed
! command -v cc >/dev/null || fail "a compiler is left"
python3 -m venv /opt/venv
/opt/venv/bin/pip install -q headlessid --no-index --only-binary :all: --find-links /src/elsewhere/dist
(cd / && /opt/venv/bin/python /src/elsewhere/tests/bare/guest.py)

step "the command as one file, as README says it"
install -m 755 /src/elsewhere/dist/headlessid-linux-x86_64 /usr/local/bin/headlessid
/usr/local/bin/headlessid demo

step done
