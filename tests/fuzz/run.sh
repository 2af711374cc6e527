#!/usr/bin/env bash
# Runs every fuzz target of build/fuzz for so many seconds each (5), two at a time: run.sh [SECONDS [TARGET...]].
# The corpus stays in build/fuzz-corpus and grows; a finding goes to build/fuzz-findings. One that is mended is
# committed to tests/fuzz/regressions/<target>/, so that every run begins with it.
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=${1:-5}
[ $# -eq 0 ] || shift
binaries=${HLID_FUZZ_BUILD:-build/fuzz}/tests/fuzz
seeds=build/fuzz-seeds corpus=build/fuzz-corpus findings=build/fuzz-findings logs=build/fuzz-logs

targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
  for source in tests/fuzz/*.cc; do targets+=("$(basename "$source" .cc)"); done
fi
for target in "${targets[@]}"; do
  [ -x "$binaries/fuzz_$target" ] || { echo "no target $target in $binaries: build the preset fuzz first" >&2; exit 2; }
done

python3 tests/fuzz/make_seeds.py $seeds
mkdir -p $findings $logs

run() {
  local target=$1 dirs=()
  mkdir -p "$corpus/$target" "$seeds/$target"
  [ ! -d "tests/fuzz/regressions/$target" ] || dirs+=("tests/fuzz/regressions/$target")
  rm -f "$logs/$target".*
  if "$binaries/fuzz_$target" "$corpus/$target" "$seeds/$target" "${dirs[@]}" -max_total_time="$seconds" -timeout=5 \
      -rss_limit_mb=1024 -max_len=20000 -dict=tests/fuzz/words.dict -artifact_prefix="$findings/$target-" \
      -print_final_stats=1 -verbosity=1 >"$logs/$target.log" 2>&1; then
    : >"$logs/$target.passed"
    awk -v target="$target" '/number_of_executed_units/ {runs = $2} /average_exec_per_sec/ {speed = $2} /peak_rss_mb/ {mb = $2}
      / cov: / {for (i = 1; i < NF; ++i) if ($i == "cov:") cov = $(i + 1)}
      END {printf "ok      %-17s %9d runs  %7d a second  %5d edges  %4d MB\n", target, runs, speed, cov, mb}' "$logs/$target.log"
  else
    printf 'FAILED  %-17s %s\n' "$target" "$logs/$target.log"
    grep -E -m5 'broken rule|ERROR: |SUMMARY: |runtime error|Test unit written' "$logs/$target.log" || tail -n 5 "$logs/$target.log"
  fi
}

for target in "${targets[@]}"; do
  while [ "$(jobs -rp | wc -l)" -ge 2 ]; do wait -n || true; done
  run "$target" &
done
wait

passed=0 failed=0
for target in "${targets[@]}"; do
  if [ -e "$logs/$target.passed" ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
