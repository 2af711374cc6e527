#!/usr/bin/env python3
"""Reads the sources of core/ and fails on what its layers forbid.

- An include goes down the list of folders, never up.
- No socket, file, thread, clock or environment outside core/net: time comes in as an argument.
- No exceptions, no RTTI, no raw new.
- Below core/flows nothing names a flow: what a flow is belongs in its file.
- curl is in core/net alone, simdjson in codec/json.cc alone, OpenSSL in crypto (and net) alone, pugixml in org/xml.cc
  alone, zlib in org/zip.cc alone.
- org/ is a part that may be left out: nothing below it knows it, and neither does net.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

CORE = Path(__file__).resolve().parents[1] / "core"
# Down to up. A folder may include itself and what stands before it.
LAYERS = ["base", "codec", "crypto", "jose", "oauth", "engine", "session", "flows", "org", "net"]
# What net may see of the rest: it drives flows and knows nothing of the protocol.
NET_SEES = {"base", "engine", "net"}

FORBIDDEN = {
    r"#include <(curl|thread|mutex|shared_mutex|condition_variable|future|stop_token|chrono|ctime|time\.h|fstream|iostream|"
    r"filesystem|sys/[\w./]+|unistd\.h|fcntl\.h|poll\.h|netdb\.h|arpa/[\w./]+|netinet/[\w./]+|pthread\.h|signal\.h|csignal)[/>]?": "a header of I/O, threads or clocks",
    r"\b(getenv|secure_getenv|setenv|system|popen|fopen|getaddrinfo|sleep|usleep|nanosleep|clock_gettime|gettimeofday)\s*\(": "a call of the system's",
    r"(?<![\w.>])(::|std::)?time\s*\(\s*(nullptr|NULL|0|&)": "the wall clock",
    r"\bstd::(thread|mutex|chrono|cout|cerr|fstream|ifstream|ofstream|async)\b": "threads, clocks or streams",
    r"\b(thread_local|dynamic_cast|typeid)\b": "what the core is built without",
    r"\b(throw|try|catch)\b\s*[({;]": "an exception",
    r"\bprintf\s*\(|\bfprintf\s*\(": "printing",
}
# Not even net.
NOWHERE = {r"\b(throw|catch)\b\s*[({;]": "an exception", r"\b(dynamic_cast|typeid)\b": "RTTI"}


# Endpoints, a kind of host, settings, a coding of HTTP, and what a parameter may hold have these names, too.
NAMES_OF_OTHERS = {
    "guest",
    "login",
    "userinfo",
    "introspection",
    "single_access",
    "user_agent",
    "discovery",
    "identity",
    "jwks",
    "client_credentials",
    "client_registration",
}
FLOWS = re.findall(r"HLID_FLOW\((\w+)\)", (CORE / "flows/flows.list").read_text())


def names_a_flow(name: str, source: str) -> list[str]:
    """A flow's name as a whole text, its constant, or one that is like no word (password_reset) anywhere."""
    if name.split("/")[0] not in ("base", "codec", "crypto", "jose", "oauth", "engine"):
        return []
    code = re.sub(r"//[^\n]*", "", source)
    found = [flow for flow in FLOWS if flow not in NAMES_OF_OTHERS and f'"{flow}"' in code]
    found += [flow for flow in FLOWS if "_" in flow and flow not in NAMES_OF_OTHERS and re.search(rf"(?<!::)\b{flow}\b", source)]
    return [f"{name}: names the flow {flow}" for flow in found] + [f"{name}: uses flows::"] * ("flows::" in code)


def without_comments(text: str) -> str:
    text = re.sub(r'R"\(.*?\)"', '""', text, flags=re.S)
    text = re.sub(r'"(?:\\.|[^"\\\n])*"', lambda m: m[0] if m[0].endswith('.h"') else '""', text)
    return re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.S)


def faults_of(name: str, source: str) -> list[str]:
    found = []
    found += names_a_flow(name, source)
    layer = name.split("/")[0]
    text = without_comments(source)
    if layer not in LAYERS:
        return [f"{name}: {layer} is no layer"]
    for include in re.findall(r'#include "([^"]+)"', text):
        to = include.split("/")[0]
        if to not in LAYERS:
            found.append(f"{name}: includes {include}, which is not of core/")
        elif LAYERS.index(to) > LAYERS.index(layer):
            found.append(f"{name}: includes {include}, which lies above it")
        elif layer == "net" and to not in NET_SEES:
            found.append(f"{name}: includes {include}, which the client has no business with")
    if "<simdjson.h>" in text and name != "codec/json.cc":
        found.append(f"{name}: includes simdjson")
    if "<pugixml.hpp>" in text and name != "org/xml.cc":
        found.append(f"{name}: includes pugixml")
    if "<zlib.h>" in text and name != "org/zip.cc":
        found.append(f"{name}: includes zlib")
    if "<openssl/" in text and layer not in ("crypto", "net"):
        found.append(f"{name}: includes OpenSSL")
    for pattern, what in (NOWHERE if layer == "net" else FORBIDDEN).items():
        found += [f"{name}: {match[0].strip()!r} is {what}" for match in re.finditer(pattern, text)]
    return found


# What the test must see; else it would pass because it looks at nothing.
WRONG = {
    "base/x.cc": [
        '#include "codec/json.h"',
        "#include <thread>",
        "#include <sys/stat.h>",
        "#include <unistd.h>",
        "#include <chrono>",
        "#include <curl/curl.h>",
        'auto x = getenv("A");',
        "auto now = time(nullptr);",
        "auto now = std::time(0);",
        "std::mutex m;",
        "throw (1);",
        "#include <openssl/evp.h>",
        "#include <simdjson.h>",
        "#include <zlib.h>",
        "#include <pugixml.hpp>",
        '#include "org/xml.h"',
    ],
    "engine/y.cc": ['find("logout")', "// as in password_reset", "flows::login"],
    "net/x.cc": ['#include "flows/registry.h"', '#include "org/xml.h"', "throw (1);"],
    "org/x.cc": ['#include "net/client.h"', "#include <fstream>", "std::time(0);", "#include <zlib.h>"],
    "other/x.cc": [""],
}
RIGHT = {
    "engine/x.cc": ['#include "oauth/app.h"', "// std::thread", "int64_t lifetime(int x);", "work.time(1);"],
    "net/x.cc": ["#include <thread>"],
    "org/x.cc": ['#include "flows/registry.h"', 'find("password_reset")'],
}


def main() -> int:
    found = [
        f"sees nothing wrong in {line!r} of {name}"
        for name, lines in WRONG.items()
        for line in lines
        if not faults_of(name, line)
    ]
    found += [fault for name, lines in RIGHT.items() for line in lines for fault in faults_of(name, line)]
    for path in sorted(CORE.rglob("*")):
        if path.suffix in (".h", ".cc"):
            found += faults_of(path.relative_to(CORE).as_posix(), path.read_text())
    print("\n".join(found) if found else "core/: the layers hold")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
