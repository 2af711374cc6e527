"""What is inside a package, as CycloneDX 1.6: made from the pinned sources, so that it cannot say anything else."""

import json
import re
import subprocess
import uuid
from collections.abc import Sequence
from datetime import datetime, timezone
from functools import cache

from . import sources, zig
from .common import VERSION, source_date
from .targets import Target

# What the library, an extension or an addon has inside; and what the command has besides.
LIBRARY = ["openssl", "curl", "nghttp2", "simdjson", "zlib", "pugixml", "libc++", "libc++abi", "libunwind", "compiler-rt"]
COMMAND = [*LIBRARY, "sqlite", "nlohmann-json"]
# They come with Zig, in the release of its clang.
OF_LLVM = ("libc++", "libc++abi", "libunwind")

# Licence, and the name by which lists of vulnerabilities know it: vendor and product. None of them knows compiler-rt, which
# is Zig's own, nor those of LLVM's libraries that libc++ stands on.
ABOUT: dict[str, tuple[str, str]] = {
    "openssl": ("Apache-2.0", "openssl:openssl"),
    "curl": ("curl", "haxx:curl"),
    "nghttp2": ("MIT", "nghttp2:nghttp2"),
    "simdjson": ("Apache-2.0", "simdjson:simdjson"),
    "zlib": ("Zlib", "zlib:zlib"),
    "pugixml": ("MIT", "pugixml_project:pugixml"),
    "sqlite": ("blessing", "sqlite:sqlite"),
    "nlohmann-json": ("MIT", "nlohmann:json"),
    "libc++": ("Apache-2.0 WITH LLVM-exception", "llvm:libc\\+\\+"),
    "libc++abi": ("Apache-2.0 WITH LLVM-exception", ""),
    "libunwind": ("Apache-2.0 WITH LLVM-exception", ""),
    "compiler-rt": ("MIT", ""),
    "musl": ("MIT", "musl-libc:musl"),
}

# Where the sources that a crate carries say which release they are.
SAID_BY = {
    "curl": ("include/curl/curlver.h", r'LIBCURL_VERSION "([0-9.]+)'),
    "nghttp2": ("configure.ac", r"AC_INIT\(\[nghttp2\], \[([0-9.]+)\]"),
    "simdjson": ("simdjson.h", r'SIMDJSON_VERSION "([0-9.]+)"'),
    "zlib": ("zlib.h", r'ZLIB_VERSION "([0-9.]+)'),
    "sqlite": ("sqlite3.h", r'SQLITE_VERSION +"([0-9.]+)"'),
}


@cache
def version_of(name: str) -> str:
    """Upstream's version of a library, whatever a crate of it calls itself."""
    if name in sources.LIBRARIES and "crate" not in sources.LIBRARIES[name]:
        return sources.LIBRARIES[name]["version"]
    if name in OF_LLVM:
        said = subprocess.run([zig.zig(), "cc", "--version"], capture_output=True, text=True, check=True).stdout
        return re.search(r"clang version ([0-9.]+)", said)[1]
    if name == "compiler-rt":
        return zig.version()
    if name == "musl":
        said = (zig.zig().parent / "lib" / "libc" / "musl" / "src" / "internal" / "version.h").read_text()
        return re.search(r'VERSION "([0-9.]+)"', said)[1]
    file, pattern = SAID_BY[name]
    return re.search(pattern, (sources.source(name) / file).read_text())[1]


def component(name: str) -> dict:
    version = version_of(name)
    licence, known_as = ABOUT[name]
    said: dict = {
        "type": "library",
        "bom-ref": name,
        "name": name,
        "version": version,
        "licenses": [{"expression": licence}] if " " in licence else [{"license": {"id": licence}}],
        **({"cpe": f"cpe:2.3:a:{known_as}:{version}:*:*:*:*:*:*:*"} if known_as else {}),
        "purl": f"pkg:generic/{name.replace('+', '%2B')}@{version}",
    }
    pin = sources.LIBRARIES.get(name)
    if pin is not None:
        said["hashes"] = [{"alg": "SHA-256", "content": pin["sha256"]}]
        if "crate" in pin:
            said["properties"] = [{"name": "headlessid:sources", "value": f"crate {pin['crate']} {pin['version']}"}]
        else:
            # Not the mirror of the machine that builds.
            urls = [url.format(version=pin["version"]) for url in pin["urls"] if "{debian}" not in url]
            said["externalReferences"] = [{"type": "source-distribution", "url": url} for url in urls]
    else:
        said["properties"] = [{"name": "headlessid:sources", "value": f"ziglang {zig.version()}"}]
    return said


def names(target: Target | None, inside: list[str]) -> list[str]:
    """What is inside; a static command of a musl target has musl as well."""
    is_static = target is not None and target.is_musl and "sqlite" in inside
    return [*inside, *(["musl"] if is_static else [])]


def headers(name: str, version: str, licence: str, registry: str) -> dict:
    """A library that is all headers, compiled into a binding, as its registry knows it."""
    purl = f"pkg:{registry}/{name}@{version}"
    about = {"type": "library", "bom-ref": name, "name": name, "version": version}
    return {**about, "licenses": [{"license": {"id": licence}}], "purl": purl}


def document(package: str, purl: str, target: Target | None, inside: list[str], binding: Sequence[dict] = ()) -> bytes:
    """The bill of materials of one package. `package` is its name, `purl` its address in its registry, `inside` LIBRARY or
    COMMAND, `binding` the components of the binding alone; the target is None where a package has natives of several."""
    about = {
        "type": "library",
        "bom-ref": "headlessid",
        "name": package,
        "version": VERSION,
        "licenses": [{"license": {"id": "Apache-2.0"}}],
        "purl": purl,
    }
    if target is not None:
        about["properties"] = [{"name": "headlessid:target", "value": target.name}]
    components = [*(component(name) for name in names(target, inside)), *binding]
    seed = json.dumps([about, components], sort_keys=True)
    said = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, seed)}",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(source_date(), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": about,
        },
        "components": components,
        "dependencies": [{"ref": "headlessid", "dependsOn": [each["bom-ref"] for each in components]}],
    }
    return (json.dumps(said, indent=2) + "\n").encode()
