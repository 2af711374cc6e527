"""Sign-ins from eight threads at once, on one client and a client that is closed while others use it. Prints what the
interpreter's lock was at the end: a free-threaded Python turns it on for an extension that does not say it can do without."""

import sys
from concurrent.futures import ThreadPoolExecutor

import headlessid
from headlessid.testing import SimulatedOrg

THREADS = 8
EACH = 6

with SimulatedOrg() as org, headlessid.Client(**org.client_settings()) as client:
    lena = org.users[0]

    def sign_in(_: int) -> str:
        guest = client.guest()
        me = client.login(username=lena.username, password=lena.password, guest=guest)
        assert me.uvid == guest.uvid
        return me.uvid_carry

    with ThreadPoolExecutor(THREADS) as pool:
        assert set(pool.map(sign_in, range(THREADS * EACH))) == {"carried"}
        # Closed by many at once, and used while it is being closed.
        other = headlessid.Client(**org.client_settings())

        def use_or_close(turn: int) -> str:
            try:
                return other.guest().uvid if turn % 4 else str(other.close())
            except headlessid.StateError as fault:
                return fault.reason

        assert len(list(pool.map(use_or_close, range(THREADS * 2)))) == THREADS * 2

print("free" if getattr(sys, "_is_gil_enabled", lambda: True)() is False else "locked")
