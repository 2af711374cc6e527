#!/usr/bin/env bash
# Inside the bare system (run.sh): what a newcomer does, step by step, with what README says.
set -euo pipefail

step() { printf '\n==== %4d s  %s\n' $SECONDS "$*"; }
fail() { echo "FAILED: $*" >&2; exit 1; }
install() { DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >/dev/null; }
cd /src/headlessid

step "a user who may install nothing gets a list, and nothing else happens"
useradd -m anyone
cp -r /src/headlessid /home/anyone/headlessid
chown -R anyone: /home/anyone
said=$(runuser -u anyone -- /home/anyone/headlessid/dev demo 2>&1) && fail "the demo ran without a compiler"
echo "$said"
command=$(grep '^  apt-get' <<<"$said") || fail "no command to paste"
for package in g++ cmake ninja-build libcurl4-openssl-dev libssl-dev libsimdjson-dev nlohmann-json3-dev; do
  [[ " $command " == *" $package "* ]] || fail "$package is not in the list"
done
[ ! -e /home/anyone/headlessid/build ] || fail "something was built"
unset said

step "without a compiler CMake says everything at once"
apt-get update -q >/dev/null
install cmake ninja-build
said=$(cmake --preset release 2>&1) && fail "CMake found a compiler"
echo "$said"
for word in 'C++20 compiler' simdjson OpenSSL libcurl g++ libsimdjson-dev gcc-c++ 'brew install'; do
  grep -qF "$word" <<<"$said" || fail "CMake does not say '$word'"
done
rm -r build

step "the command of the list is enough for that user's demo"
# The compiler's cache is ours, not the newcomer's: it spares the second run the compiling.
install ccache
export CCACHE_DIR=/ccache CCACHE_UMASK=000 CCACHE_MAXSIZE=2G
DEBIAN_FRONTEND=noninteractive bash -c "$command" >/dev/null
chmod 777 /ccache
runuser -u anyone -- /home/anyone/headlessid/dev demo

step "./dev demo as root"
./dev demo
if grep 'warning:' build/logs/demo.log; then fail "this compiler warns"; fi

step "without SQLite the command says that it keeps no sessions"
said=$(build/release/cli/headlessid session token --store sessions.db 2>&1) && fail "it keeps sessions"
grep -qF libsqlite3-dev <<<"$said" || fail "$said"

step "cmake --install, with a prefix"
cmake --build --preset release -j "$JOBS" >/tmp/build.log || { tail -n 20 /tmp/build.log; exit 1; }
cmake --install build/release --prefix /opt/headlessid
[ "$(/opt/headlessid/bin/headlessid --version | head -n 1)" != "" ] || fail "the installed command says nothing"

step "pip install ."
install python3-venv python3-dev ca-certificates
export CMAKE_C_COMPILER_LAUNCHER=ccache CMAKE_CXX_COMPILER_LAUNCHER=ccache CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=locale
python3 -m venv /opt/venv
TIMEFORMAT='%0lR, of the processors %0lU'
# Python names a compiler of its own, which ccache takes for another one.
export CMAKE_BUILD_PARALLEL_LEVEL=$JOBS CC=cc CXX=c++
time /opt/venv/bin/pip install -q .
(cd / && /opt/venv/bin/python /src/headlessid/tests/bare/guest.py)
/opt/venv/bin/headlessid flows >/dev/null
# Carried to a machine that lacks a library, the package says which.
library=$(ldconfig -p | awk '/libsimdjson.so.[0-9]/ { print $NF; exit }')
mv "$library" /tmp/kept
said=$(cd / && /opt/venv/bin/python -c 'import headlessid' 2>&1) && fail "imported without simdjson"
mv /tmp/kept "$library"
[[ "$said" == *"apt-get install libsimdjson"* ]] || fail "$said"

step "a C program with the installed library, through CMake and through pkg-config"
install pkgconf
cp -r examples/c /opt/app
mv /src/headlessid /src/elsewhere # nothing of the tree is needed
cd /opt/app
cmake -G Ninja -S . -B cmake -DCMAKE_PREFIX_PATH=/opt/headlessid >/dev/null
cmake --build cmake
library=$(find /opt/headlessid -name pkgconfig)
export PKG_CONFIG_PATH=$library
cc -std=c99 -Wall -Werror guest_to_customer.c $(pkg-config --cflags --libs headlessid) -o shared
cc -std=c99 -Wall -Werror guest_to_customer.c $(pkg-config --cflags headlessid) "$(dirname "$library")/libheadlessid.a" \
  $(pkg-config --libs libcurl openssl simdjson) -lstdc++ -lm -pthread -o static
for program in cmake/guest_to_customer ./shared ./static; do
  echo "$program"
  LD_LIBRARY_PATH=$(dirname "$library") python3 /src/elsewhere/tests/bare/with_org.py /opt/headlessid/bin/headlessid $program
done

step done
