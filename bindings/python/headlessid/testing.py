"""A simulated org for an application's own tests: an Experience Cloud site on this machine, as strict as a real one.

    with headlessid.testing.SimulatedOrg() as org:
        with headlessid.Client(**org.client_settings()) as client:
            guest = client.guest()
            me = client.login(username=org.users[0].username, password=org.users[0].password, guest=guest)

It is a child process that ends with the block, or with this process. It listens on the loopback address only.
pytest finds the fixture simulated_org by itself: one org for the run, reset before each test.

check_store() shows whether a session store of your own keeps its promises.
"""

from __future__ import annotations

import json
import os
import selectors
import ssl
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import IO, Any

from ._cli import find_command
from ._hidden import Record
from ._store_check import StoreCheckFailed, check_store

__all__ = ["SimulatedApp", "SimulatedOrg", "SimulatedUser", "StoreCheckFailed", "check_store"]

_START_AT_MOST_S = 20.0
_STOP_AT_MOST_S = 5.0
_CONTROL_AT_MOST_S = 10.0


class SimulatedApp(Record):
    """An external client app of the simulated org."""

    __slots__ = (
        "client_id",
        "redirect_uri",
        "public",
        "client_secret",
        "private_key",
        "scopes",
        "first_party",
        "integration",
    )
    _fields = __slots__
    _secrets = ("client_secret", "private_key")

    client_id: str
    redirect_uri: str
    public: bool
    client_secret: str | None
    private_key: str | None
    """The key of a first-party or JWT bearer app, PEM; None if the org does not have it."""
    scopes: tuple[str, ...]
    first_party: bool
    """Whether it is a first-party app (OAuth 2.0 for First-Party Applications)."""
    integration: bool
    """Whether its tokens are those of an integration user."""

    def __init__(
        self,
        client_id: str,
        redirect_uri: str,
        public: bool,
        client_secret: str | None = None,
        private_key: str | None = None,
        scopes: tuple[str, ...] = (),
        first_party: bool = False,
        integration: bool = False,
    ) -> None:
        self._fill(client_id, redirect_uri, public, client_secret, private_key, scopes, first_party, integration)


class SimulatedUser(Record):
    """A customer who can log in to the simulated org."""

    __slots__ = ("username", "password")
    _fields = __slots__
    _secrets = ("password",)

    username: str
    password: str

    def __init__(self, username: str, password: str) -> None:
        self._fill(username, password)


class SimulatedOrg:
    """Starts the simulated org on entry, and stops it on exit; start() and stop() do the same.

    Args:
        tls: Whether it speaks https, with a certificate authority of its own (ca_file).
        options: Changes to the org as a JSON-like mapping: "settings", "apps", "users". Unknown names are rejected.
        command: The headlessid command. Default: HEADLESSID_CLI, the one in this package, or the one on PATH.

    The control methods block for a few milliseconds, and raise RuntimeError with the org's message when it rejects
    something.
    """

    #: https://localhost:PORT/shop
    site: str
    #: https://localhost:PORT
    origin: str
    #: The certificate to trust, a file that exists while the org runs; None without TLS.
    ca_file: str | None
    #: Public, private, for integration users, first-party: public_app, private_app, integration_app, first_party_app.
    apps: list[SimulatedApp]
    users: list[SimulatedUser]

    def __init__(
        self, *, tls: bool = True, options: Mapping[str, Any] | None = None, command: str | os.PathLike[str] | None = None
    ) -> None:
        self._tls = tls
        self._options = options
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        self._opener: urllib.request.OpenerDirector | None = None
        self._control = ""

    # ---- start and stop ----

    def start(self) -> None:
        """Starts the org and waits until it listens."""
        if self._process is not None:
            raise RuntimeError("the simulated org is running already")
        command = os.fspath(self._command) if self._command is not None else find_command()
        if command is None:
            raise RuntimeError("no headlessid command: set HEADLESSID_CLI, or put it on PATH")
        arguments = [command, "sim", "--until-eof", "--tls" if self._tls else "--no-tls"]
        options_file = None
        if self._options is not None:
            # No temporary file: the options never reach a disk.
            options_file = os.memfd_create("headlessid-options")
            os.write(options_file, json.dumps(self._options).encode())
            arguments += ["--app", f"/proc/self/fd/{options_file}"]
        try:
            process = subprocess.Popen(
                arguments,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                pass_fds=() if options_file is None else (options_file,),
            )
        finally:
            if options_file is not None:
                os.close(options_file)
        self._process = process
        try:
            assert process.stdout is not None
            self._describe(json.loads(_first_line(process, process.stdout)))
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stops the org. May be called twice."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None and process.stdout is not None
        process.stdin.close()
        process.stdout.close()
        process.terminate()
        try:
            process.wait(_STOP_AT_MOST_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def __enter__(self) -> SimulatedOrg:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None) -> None:
        self.stop()

    def __repr__(self) -> str:
        site = getattr(self, "site", "starting") if getattr(self, "_process", None) is not None else "stopped"
        return f"<SimulatedOrg {site}>"

    def _describe(self, said: dict[str, Any]) -> None:
        if said.get("event") != "listening":
            raise RuntimeError(f"the simulated org began with {said.get('event')!r}")
        self.site = said["site"]
        self.origin = said["origin"]
        self.ca_file = said.get("ca_file") or None
        self._control = said["control"]
        self.apps = [
            SimulatedApp(
                client_id=app["client_id"],
                redirect_uri=app["redirect_uri"],
                public=bool(app["public"]),
                client_secret=app.get("client_secret") or None,
                private_key=app.get("private_key") or None,
                scopes=tuple(app["scopes"]),
                first_party=bool(app["first_party"]),
                integration=bool(app["integration"]),
            )
            for app in said["apps"]
        ]
        self.users = [SimulatedUser(username=user["username"], password=user["password"]) for user in said["users"]]
        handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
        if self.ca_file is not None:
            handlers.append(urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=self.ca_file)))
        self._opener = urllib.request.build_opener(*handlers)

    # ---- what a client needs ----

    def client_settings(self, app: SimulatedApp | None = None) -> dict[str, Any]:
        """The keyword arguments of Client, AsyncClient and App for one of the apps; None is the first, a public one."""
        chosen = self.apps[0] if app is None else app
        settings: dict[str, Any] = {
            "site": self.site,
            "client_id": chosen.client_id,
            "redirect_uri": chosen.redirect_uri,
        }
        if chosen.client_secret is not None:
            settings["client_secret"] = chosen.client_secret
        if chosen.first_party and chosen.private_key is not None:
            settings["private_key"] = chosen.private_key
        if self.ca_file is not None:
            settings["ca_file"] = self.ca_file
        if self.site.startswith("http://"):
            settings["allow_http_loopback"] = True
        return settings

    @property
    def public_app(self) -> SimulatedApp:
        """The first app that has no secret."""
        return self._app("public", lambda app: app.client_secret is None)

    @property
    def private_app(self) -> SimulatedApp:
        """The first app that has a secret."""
        return self._app("private", lambda app: app.client_secret is not None)

    @property
    def integration_app(self) -> SimulatedApp:
        """The app that issues an integration user's tokens, for sites that require one with registration and the like."""
        return self._app("integration", lambda app: app.integration)

    @property
    def first_party_app(self) -> SimulatedApp:
        """The first-party app; it signs with its private_key."""
        return self._app("first-party", lambda app: app.first_party)

    def _app(self, kind: str, fits: Callable[[SimulatedApp], bool]) -> SimulatedApp:
        for app in self.apps:
            if fits(app):
                return app
        raise LookupError(f"this simulated org has no {kind} app")

    # ---- inspecting and changing it ----

    def state(self) -> dict[str, Any]:
        """Its current settings, apps and users."""
        return self._ask("GET", "state")

    def change(self, patch: Mapping[str, Any]) -> dict[str, Any]:
        """Changes "settings", "apps" or "users" while it runs; everything else stays."""
        return self._ask("POST", "settings", patch)

    def change_settings(self, **changes: Any) -> dict[str, Any]:
        """Changes settings by name, max_otp_attempts=1 for example, and returns all of them."""
        settings: dict[str, Any] = self.change({"settings": changes})["settings"]
        return settings

    def seen(self) -> dict[str, Any]:
        """What the org has received: requests by endpoint, sign-ins, uses of single-use values by their SHA-256."""
        return self._ask("GET", "seen")

    def uses_of(self, value: str) -> int:
        """How often a single-use value has been used: a code, a verifier, a reCAPTCHA token, "identifier:otp", ..."""
        return int(self._ask("POST", "seen", {"value": value})["count"])

    def advance(self, seconds: float) -> None:
        """Moves its clock forward."""
        self._ask("POST", "time", {"advance_ms": round(seconds * 1000)})

    def fail(
        self,
        endpoint: str,
        *,
        status: int = 0,
        body: str | Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        content_type: str | None = None,
        retry_after: int | str | None = None,
        times: int = 1,
        delay_ms: int = 0,
        drop: bool = False,
    ) -> None:
        """Makes the next `times` requests to an endpoint ("authorize", "token", ...) fail: with `status` and `body`, late by
        `delay_ms`, or dropped without a response. `retry_after`: the header's seconds or date."""
        fault: dict[str, Any] = {"endpoint": endpoint, "times": times}
        if status:
            fault["status"] = status
        if body is not None:
            fault["body"] = body if isinstance(body, str) else dict(body)
        if headers is not None:
            fault["headers"] = dict(headers)
        if content_type is not None:
            fault["content_type"] = content_type
        if retry_after is not None:
            fault["retry_after"] = retry_after
        if delay_ms:
            fault["delay_ms"] = delay_ms
        if drop:
            fault["drop"] = True
        self._ask("POST", "fail", fault)

    def reset(self) -> None:
        """Resets the org to its start: without sessions, counts, faults and changes."""
        self._ask("POST", "reset", {})

    def outbox(self, to_or_username: str | None = None) -> list[dict[str, Any]]:
        """Messages with one-time passwords, oldest first: "to", "channel", "flow", "username", "otp", "template", "sent_ms".
        All, or those to an email address, a phone number or a username."""
        query = "" if to_or_username is None else "?" + urllib.parse.urlencode({"to": to_or_username})
        messages: list[dict[str, Any]] = self._ask("GET", "outbox" + query)["messages"]
        return messages

    def last_otp(self, to_or_username: str) -> str:
        """The one-time password in the last message to an email address, a phone number or a username. Does not wait:
        LookupError if there is none."""
        messages = self.outbox(to_or_username)
        if not messages:
            raise LookupError(f"no message to {to_or_username}")
        otp: str = messages[-1]["otp"]
        return otp

    def approve_device(self, user_code: str, username: str | None = None) -> None:
        """What a person does at the page of a device flow: enters the code, signs in (None: as the first user) and allows
        access. RuntimeError where the page would refuse it."""
        self._ask("POST", "device", {"user_code": user_code, "username": username or self.users[0].username})

    def deny_device(self, user_code: str) -> None:
        """The same, but the person denies access."""
        self._ask("POST", "device", {"user_code": user_code, "approve": False})

    def _ask(self, method: str, what: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        if self._process is None or self._opener is None:
            raise RuntimeError("the simulated org is not running")
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self._control}/{what}", data=data, method=method)
        request.add_header("Content-Type", "application/json")
        try:
            with self._opener.open(request, timeout=_CONTROL_AT_MOST_S) as response:
                said: dict[str, Any] = json.load(response)
                return said
        except urllib.error.HTTPError as error:
            with error:
                text = error.read().decode(errors="replace")
            raise RuntimeError(f"the simulated org rejected {what}: {text}") from None


def _first_line(process: subprocess.Popen[bytes], output: IO[bytes]) -> bytes:
    """The line that says that it listens; raises if it does not start."""
    line = b""
    until = time.monotonic() + _START_AT_MOST_S
    with selectors.DefaultSelector() as selector:
        selector.register(output, selectors.EVENT_READ)
        while b"\n" not in line:
            if not selector.select(max(0.0, until - time.monotonic())):
                raise RuntimeError("the simulated org did not start in time")
            some = os.read(output.fileno(), 65536)
            if not some:
                raise RuntimeError(f"the simulated org ended at once, status {process.wait()}")
            line += some
    return line.split(b"\n", 1)[0]
