"""The first sign-in with what was installed: an org from the package itself, a guest, a login."""

import headlessid
from headlessid.testing import SimulatedOrg

with SimulatedOrg() as org, headlessid.Client(**org.client_settings()) as client:
    guest = client.guest()
    lena = org.users[0]
    print(client.login(username=lena.username, password=lena.password, guest=guest).uvid_carry)
