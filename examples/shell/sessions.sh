#!/bin/sh
# A customer's session in a file: each run of a script or a cron job gets an access token, refreshed when it is due, and once however
# many of them run at the same time. Against a simulated org, which this script starts and which ends with it. Needs `headlessid` on
# PATH, and python3 to read JSON (jq works as well).
set -eu

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

# The app's settings, as every command reads them; in real life a profile that only the script's user can read.
HEADLESSID_SITE=$(from_org site)
HEADLESSID_CLIENT_ID=$(from_org apps 0 client_id)
HEADLESSID_REDIRECT_URI=$(from_org apps 0 redirect_uri)
HEADLESSID_CA_FILE=$(from_org ca_file)
# What the file's records are sealed with: made once, and kept where the other secrets are.
HEADLESSID_SESSION_KEYS=$(headlessid session new-key)
HEADLESSID_STORE=$folder/sessions.db
export HEADLESSID_SITE HEADLESSID_CLIENT_ID HEADLESSID_REDIRECT_URI HEADLESSID_CA_FILE HEADLESSID_SESSION_KEYS HEADLESSID_STORE

# Once, by a person.
from_org users 0 password |
  headlessid login --json --username "$(from_org users 0 username)" --password-file - |
  headlessid session begin

# In each run: a token that lasts for a minute at least.
token=$(headlessid session token --min-ttl 60)
echo "an access token of ${#token} characters"

# An API has said 401 to it.
another=$(printf '%s\n' "$token" | headlessid session rejected --access-token-file -)
[ "$another" != "$token" ]
[ "$(headlessid session token)" = "$another" ]

# Forgotten by every process first, and revoked then.
headlessid session end
status=0
headlessid session token 2>"$folder/said" || status=$?
[ "$status" = 1 ] && grep -q "headlessid session begin" "$folder/said"
