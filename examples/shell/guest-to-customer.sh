#!/bin/sh
# A visitor becomes a customer, from the shell: a guest token, then a login that carries the visitor along.
# Against a simulated org, which this script starts and which ends with it. Needs `headlessid` on PATH, and python3 to
# read JSON (jq works as well).
set -eu

# A member of a file that --save wrote: member uvid FILE
member() { python3 -c 'import json, sys; print(json.load(open(sys.argv[2]))[sys.argv[1]])' "$1" "$2"; }
# A value from the line that the org printed: from_org apps 0 client_id
from_org() {
  python3 -c '
import functools, json, sys
step = lambda at, key: at[int(key) if key.isdigit() else key]
print(functools.reduce(step, sys.argv[2:], json.load(open(sys.argv[1]))))' "$folder/org.json" "$@"
}

folder=$(mktemp -d)
headlessid sim >"$folder/org.json" &
org=$!
trap 'kill "$org"; wait "$org" || true; rm -r "$folder"' EXIT
until [ -s "$folder/org.json" ]; do sleep 0.05; done

# The app's settings, as every command reads them. With a real org, only these lines are different.
HEADLESSID_SITE=$(from_org site)
HEADLESSID_CLIENT_ID=$(from_org apps 0 client_id)
HEADLESSID_REDIRECT_URI=$(from_org apps 0 redirect_uri)
HEADLESSID_CA_FILE=$(from_org ca_file)
export HEADLESSID_SITE HEADLESSID_CLIENT_ID HEADLESSID_REDIRECT_URI HEADLESSID_CA_FILE

# Tokens go from command to command in files that --save makes, which only their owner can read.
headlessid guest --save "$folder/guest.json" >"$folder/shown"
echo "the visitor:  $(member uvid "$folder/guest.json")"

# The password comes on standard input, never as an argument.
from_org users 0 password |
  headlessid login --username "$(from_org users 0 username)" --password-file - \
    --guest-file "$folder/guest.json" --save "$folder/session.json" >"$folder/shown"
echo "the customer: $(member uvid "$folder/session.json") ($(member uvid_carry "$folder/session.json"))"

# Logging out revokes the refresh token, then the access token.
headlessid logout --token-file "$folder/session.json"

[ "$(member uvid "$folder/guest.json")" = "$(member uvid "$folder/session.json")" ]
