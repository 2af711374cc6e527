"""The start of a sign-in: a guest's visit, the message, and a ticket. Reads its settings from standard input."""

import json
import sys

import headlessid

given = json.load(sys.stdin)
with headlessid.Client(**given["settings"]) as client:
    guest = client.guest()
    challenge = client.passwordless_login(username=given["username"], verification_method="email", guest=guest)
    print(json.dumps({"ticket": challenge.seal(binding=given["session"]), "uvid": guest.uvid}))
