"""What the packaged library leaves of a password and of a token in the memory of its process: nothing, shared or static."""

import pathlib
import re
import subprocess
import urllib.parse

import pytest
from conftest import ROOT

HELD = ROOT / "tests" / "package" / "held.c"


def copies(process: subprocess.Popen, *secrets: str) -> int:
    """How often they are in its memory, which is its writable one: it read nothing of them from a file."""
    found = 0
    forms = {form.encode() for secret in secrets for form in (secret, urllib.parse.quote_plus(secret))}
    maps = pathlib.Path(f"/proc/{process.pid}/maps").read_text()
    with open(f"/proc/{process.pid}/mem", "rb", buffering=0) as memory:
        for start, end in re.findall(r"^(\w+)-(\w+) rw", maps, re.M):
            begin, stop = int(start, 16), int(end, 16)
            memory.seek(begin)
            content = b""
            while len(content) < stop - begin and (more := memory.read(stop - begin - len(content))):
                content += more
            found += sum(content.count(form) for form in forms)
    return found


@pytest.fixture(params=["shared", "static"])
def program(request, c_package, tmp_path):
    lib = c_package / "lib"
    made = tmp_path / "held"
    linked = ["-L", lib, "-lheadlessid"] if request.param == "shared" else [lib / "libheadlessid.a", "-lm", "-lpthread", "-ldl"]
    subprocess.run(["cc", "-Wall", "-Werror", f"-I{c_package}/include", HELD, "-o", made, *linked], check=True)
    return [made], {"LD_LIBRARY_PATH": str(lib)}


def test_nothing_is_left_when_everything_is_freed(program, org):
    command, environment = program
    *arguments, ca_file = org.arguments()
    running = subprocess.Popen(
        [*command, *arguments, ca_file], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, env=environment
    )
    with running:
        running.stdin.write(org.password + "\n")
        token = running.stdout.readline().strip()
        assert len(token) > 20
        # Which shows that what is there would be found.
        assert copies(running, token) > 0
        assert copies(running, org.password) == 0, "used, and at hand no longer"
        running.stdin.write("free\n")
        assert running.stdout.readline() == "freed\n"
        assert copies(running, token, org.password) == 0
        running.stdin.write("end\n")
    assert running.returncode == 0
