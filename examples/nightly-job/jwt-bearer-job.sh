#!/bin/sh
# A job that acts for several users, none of whom is there: jwt_bearer gets a token for each, with the app's key and no secret.
# Against a simulated org, which this script starts and which ends with it. Needs `headlessid` on PATH, and python3 to
# read JSON (jq works as well).
set -eu

# A value from the line that the org printed: from_org site; of the app that may use the flow: from_app client_id
from_org() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$folder/org.json" "$1"; }
from_app() {
  python3 -c '
import json, sys
print(next(app for app in json.load(open(sys.argv[1]))["apps"] if app["integration"])[sys.argv[2]])' "$folder/org.json" "$1"
}
first_users() {
  python3 -c 'import json, sys; print(*(user["username"] for user in json.load(open(sys.argv[1]))["users"][:2]))' "$folder/org.json"
}

folder=$(mktemp -d)
headlessid sim >"$folder/org.json" &
org=$!
trap 'kill "$org"; wait "$org" || true; rm -r "$folder"' EXIT
until [ -s "$folder/org.json" ]; do sleep 0.05; done

# With a real org, only these lines are different: its My Domain (https://acme.my.salesforce.com) is the site, and the key, in
# PEM, is the one that belongs to the app's certificate.
HEADLESSID_SITE=$(from_org site)
HEADLESSID_CA_FILE=$(from_org ca_file)
HEADLESSID_CLIENT_ID=$(from_app client_id)
HEADLESSID_PRIVATE_KEY=$(from_app private_key)
# The key proves the app to introspection, too.
HEADLESSID_TOKEN_ENDPOINT_AUTH_METHOD=private_key_jwt
export HEADLESSID_SITE HEADLESSID_CA_FILE HEADLESSID_CLIENT_ID HEADLESSID_PRIVATE_KEY HEADLESSID_TOKEN_ENDPOINT_AUTH_METHOD

# The token goes from command to command in a file that only its owner can read.
for username in $(first_users); do
  headlessid jwt-bearer --username "$username" --save "$folder/token.json" >"$folder/shown"
  headlessid introspection --token-file "$folder/token.json" | grep username
  headlessid revocation --token-file "$folder/token.json" >"$folder/shown"
done
echo "done, and the tokens are revoked"
