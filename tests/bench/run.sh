#!/usr/bin/env bash
# All figures in one run: ours, the peers' and the limit, and the aims. Called by ./dev bench [PART...].
# Parts: engine client instructions python java node size org. Each prints lines {"name", "value", "unit"} that report.py reads.
set -euo pipefail
cd "$(dirname "$0")/../.."

PARTS=${*:-engine client instructions python java node size org}
OUT=build/bench/figures.jsonl
export LOGINS=${LOGINS:-1000} ROUNDS=${ROUNDS:-9}
mkdir -p build/bench
: >"$OUT"

cmake --preset bench >/dev/null
cmake --build --preset bench >build/bench/build.log 2>&1 || { tail -30 build/bench/build.log; exit 1; }
export HEADLESSID_CLI=$PWD/build/bench/cli/headlessid

# A command with the arguments of a login at a simulated org behind it: site, CA file, client_id, redirect_uri, user name, password.
with_login() {
  coproc SIM { exec "$HEADLESSID_CLI" sim --until-eof; }
  local listening login pid=$SIM_PID
  read -r listening <&"${SIM[0]}"
  mapfile -t login < <(python3 tests/bench/report.py login "$listening")
  "$@" "${login[@]}"
  exec {SIM[1]}>&-
  wait "$pid" || true
}
# The engine alone; what follows --benchmark_format narrows it down.
engine() {
  build/bench/tests/bench/hlid_engine_bench --benchmark_format=json --benchmark_repetitions=5 \
    --benchmark_report_aggregates_only=true "$@" 2>/dev/null | python3 tests/bench/report.py engine
}

for part in $PARTS; do
  echo "-- $part" >&2
  case $part in
    engine) engine >>"$OUT" ;;
    client) python3 tests/bench/rounds.py c >>"$OUT" ;;
    # What a login takes whatever else the machine does: instructions, and the engine's allocations.
    instructions)
      with_login python3 tests/bench/instructions.py build/bench/tests/bench/hlid_instructions_bench >>"$OUT"
      case " $PARTS " in *" engine "*) ;; *) engine --benchmark_filter='^whole_login$' >>"$OUT" ;; esac ;;
    python)
      build/venv/bin/python tests/bench/python_bench.py >>"$OUT"
      python3 tests/bench/rounds.py python >>"$OUT" ;;
    java)
      classpath=$(tests/bench/java/build.sh)
      java -cp "$classpath" JavaBench >>"$OUT"
      python3 tests/bench/rounds.py java >>"$OUT" ;;
    node)
      node tests/bench/node_bench.mjs >>"$OUT"
      python3 tests/bench/rounds.py node >>"$OUT" ;;
    size)
      strip -o build/bench/stripped.so build/bench/capi/libheadlessid.so
      printf '{"name":"size.libheadlessid_so_stripped","value":%s,"unit":"KiB"}\n' \
        "$(($(stat -c %s build/bench/stripped.so) / 1024))" >>"$OUT" ;;
    org)
      # Apart from the others: what is measured there has no org's side.
      cmake --preset bench -B build/bench-org -DHLID_ORG=ON -DHLID_CLI=OFF -DHLID_SIMULATOR=OFF -DHLID_CLIENT=OFF >/dev/null
      cmake --build build/bench-org --target hlid_org_bench >build/bench/build.log 2>&1 || { tail -30 build/bench/build.log; exit 1; }
      build/bench-org/tests/bench/hlid_org_bench >>"$OUT"
      build/venv/bin/python tests/bench/org_bench.py >>"$OUT" ;;
    *) echo "no part '$part': engine client instructions python java node size org" >&2; exit 2 ;;
  esac
done
python3 tests/bench/report.py table "$OUT"
