"""with_org.py HEADLESSID PROGRAM: runs the C example beside a simulated org, as its first lines say it is run."""

import json
import subprocess
import sys

command, program = sys.argv[1:]
org = subprocess.Popen([command, "sim", "--until-eof"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
try:
    site = json.loads(org.stdout.readline())
    app = next(app for app in site["apps"] if app["public"])
    user = site["users"][0]
    arguments = [program, site["site"], app["client_id"], app["redirect_uri"], user["username"], site["ca_file"]]
    done = subprocess.run(arguments, input=user["password"], text=True, capture_output=True, timeout=60)
    print(done.stdout, done.stderr)
    sys.exit(done.returncode or "carried" not in done.stdout)
finally:
    org.stdin.close()
    org.wait(10)
