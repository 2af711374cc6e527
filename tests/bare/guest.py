"""The installed package: an import, and a guest who becomes a customer of the simulated org."""

import headlessid
from headlessid.testing import SimulatedOrg

with SimulatedOrg() as org, headlessid.Client(**org.client_settings()) as client:
    guest = client.guest()
    user = org.users[0]
    me = client.login(username=user.username, password=user.password, guest=guest)
    assert me.uvid == guest.uvid and me.uvid_carry == "carried", me
    print(f"carried {me.uvid}")
