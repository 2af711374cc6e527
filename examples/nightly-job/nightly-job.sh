#!/bin/sh
# A job without a person: client_credentials gets a token for the app, the job works with it, and revokes it.
# Against a simulated org, which this script starts and which ends with it. Needs `headlessid` on PATH, and python3 to
# read JSON (jq works as well).
set -eu

# A value from the line that the org printed: from_org origin; of the app that may use the flow: from_app client_id
from_org() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$folder/org.json" "$1"; }
from_app() {
  python3 -c '
import json, sys
print(next(app for app in json.load(open(sys.argv[1]))["apps"] if app["integration"])[sys.argv[2]])' "$folder/org.json" "$1"
}

folder=$(mktemp -d)
headlessid sim >"$folder/org.json" &
org=$!
trap 'kill "$org"; wait "$org" || true; rm -r "$folder"' EXIT
until [ -s "$folder/org.json" ]; do sleep 0.05; done

# With a real org, only these lines are different: its My Domain (https://acme.my.salesforce.com) is the site.
HEADLESSID_SITE=$(from_org origin)
HEADLESSID_CA_FILE=$(from_org ca_file)
HEADLESSID_CLIENT_ID=$(from_app client_id)
HEADLESSID_CLIENT_SECRET=$(from_app client_secret)
export HEADLESSID_SITE HEADLESSID_CA_FILE HEADLESSID_CLIENT_ID HEADLESSID_CLIENT_SECRET

# The token goes from command to command in a file that only its owner can read.
headlessid client-credentials --save "$folder/token.json" >"$folder/shown"
headlessid introspection --token-file "$folder/token.json" | grep username
headlessid revocation --token-file "$folder/token.json" >"$folder/shown"
echo "done, and the token is revoked"
