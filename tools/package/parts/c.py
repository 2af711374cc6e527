"""The library for C: shared and static, headers, pkg-config and CMake files, as a tar.gz that works from any folder and as
a .deb."""

import shutil
from pathlib import Path

from .. import archives, notices, published, sbom, zig
from ..build import install, log_of, main_tree
from ..common import DIST, VERSION, Failed, emptied, run, source_date
from ..papers import write_papers
from ..targets import Target

EMULATION = {"x86_64": "elf_x86_64", "aarch64": "aarch64linux"}

COMMON = {"x86_64": "unsigned OPENSSL_ia32cap_P[10];\n"}

README = """# headlessid {version} for C

Salesforce Headless Identity flows in one library, shared and static, for Linux on {processor} with {libc}. Everything is inside but the C
library, and your program may use another OpenSSL and libcurl beside it. This folder works wherever it is unpacked. In it, these commands
compile your `app.c` with the shared library:

```sh
export PKG_CONFIG_PATH="$PWD/lib/pkgconfig"
cc app.c -o app $(pkg-config --cflags --libs headlessid) -Wl,-rpath,"$PWD/lib"
```

With the static one, the program needs nothing of this folder when it runs, and no C++ compiler is asked for:

```sh
export PKG_CONFIG_PATH="$PWD/lib/pkgconfig"
cc app.c -o app $(pkg-config --static --cflags --libs headlessid | sed s/-lheadlessid/-l:libheadlessid.a/)
```

With CMake, give it this folder as `-DCMAKE_PREFIX_PATH=FOLDER`:

```cmake
find_package(headlessid {series} REQUIRED)
target_link_libraries(app PRIVATE headlessid::headlessid)  # or headlessid::headlessid_static
```

Each function is described in `include/headlessid/headlessid.h`, and [Deploying]({deploying}) compiles an example. `share/doc` has the
licences and versions of what is inside.
"""


# In the form that Debian's tools read.
COPYRIGHT = """Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: headlessid
Source: {source}
Comment: The libraries that are built in keep their own terms: {notices}, beside this
 file, has the notices of each, and sbom.cdx.json its name, version and licence.

Files: *
Copyright: {authors}
License: Apache-2.0

License: Apache-2.0
 Licensed under the Apache License, Version 2.0 (the "License"); you may not use
 this file except in compliance with the License. The file LICENSE, beside this
 one, is a copy of it; on Debian /usr/share/common-licenses/Apache-2.0 is another.
 .
 Unless required by applicable law or agreed to in writing, software distributed
 under the License is distributed on an "AS IS" BASIS, WITHOUT WARRANTIES OR
 CONDITIONS OF ANY KIND, either express or implied. See the License for the
 specific language governing permissions and limitations under the License.
"""


def objcopy() -> str:
    for name in ("llvm-objcopy-19", "llvm-objcopy"):
        if shutil.which(name):
            return name
    raise Failed("llvm-objcopy is missing, which hides what the static library has inside (apt: llvm-19)")


def one_archive(target: Target, folder: Path, made: Path) -> None:
    """libheadlessid.a as one object with everything in it, libc++ too, in which only hlid_* can be seen: a program may
    link another OpenSSL or libcurl, and its own C++ library, beside it."""
    prefix = zig.folder(target) / "prefix" / "lib"
    inside = [prefix / f"lib{name}.a" for name in ("curl", "ssl", "crypto", "nghttp2", "simdjson", "pugixml", "z")]
    log = log_of(target, "c")
    work = emptied(zig.folder(target) / "work" / "one-archive")
    whole = work / "headlessid.o"
    # OpenSSL's assembler has it as a common symbol, which cannot be made local.
    common = work / "common.c"
    common.write_text(COMMON.get(target.processor, ""))
    run([zig.tools(target) / "zig-cc", *zig.FLAGS, "-c", common, "-o", common.with_suffix(".o")], log)
    run(
        [
            *(zig.zig(), "ld.lld", "-r", "-m", EMULATION[target.processor], "--force-group-allocation", "-o", whole),
            common.with_suffix(".o"),
            *("--whole-archive", folder / "capi" / "libheadlessid.a", "--no-whole-archive"),
            *("--start-group", *inside, *zig.runtime(target), "--end-group"),
        ],
        log,
    )
    run([objcopy(), "--wildcard", "--keep-global-symbol=hlid_*", "--strip-debug", whole], log)
    made.unlink(missing_ok=True)
    run([zig.tools(target) / "zig-ar", "rcsD", made, whole], log)


def staged(target: Target) -> Path:
    """The tree of the tar.gz."""
    folder = main_tree(target, "headlessid", "headlessid_static")
    stage = emptied(zig.folder(target) / "stage" / "c")
    install(target, folder, "library", stage)
    one_archive(target, folder, stage / "lib" / "libheadlessid.a")
    write_papers(stage / "share" / "doc" / "headlessid", target, sbom.LIBRARY)
    (stage / "README.md").write_text(readme(target))
    return stage


def readme(target: Target) -> str:
    libc = "musl" if target.is_musl else f"glibc {target.glibc} or newer"
    series = VERSION.rpartition(".")[0]
    deploying = published.page_of("docs/deploying.md") + "#c"
    return README.format(version=VERSION, series=series, processor=target.processor, libc=libc, deploying=deploying)


def deb(target: Target, stage: Path) -> Path:
    work = emptied(zig.folder(target) / "work" / "deb")
    tree = work / "tree"
    shutil.copytree(stage, tree, symlinks=True)
    # It tells of a folder that is anywhere, and a .deb's is not.
    (tree / "README.md").unlink()
    for path in [tree, *tree.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() else archives.mode_of(path))
    (tree / "share" / "doc" / "headlessid").rename(tree / "share" / "doc" / "libheadlessid")
    copyright_file = tree / "share" / "doc" / "libheadlessid" / "copyright"
    copyright_file.write_text(
        COPYRIGHT.format(authors=published.DEVELOPERS, source=published.REPOSITORY, notices=notices.NAME), encoding="utf-8"
    )
    copyright_file.chmod(0o644)
    # The dynamic linker finds the library by its cache.
    triggers = work / "triggers"
    triggers.write_text("activate-noawait ldconfig\n")
    triggers.chmod(0o644)
    config = work / "CPackConfig.cmake"
    settings = {
        "CPACK_GENERATOR": "DEB",
        "CPACK_PACKAGE_NAME": "libheadlessid",
        "CPACK_PACKAGE_VERSION": VERSION,
        "CPACK_PACKAGE_CONTACT": published.DEVELOPERS,
        "CPACK_PACKAGE_DESCRIPTION_SUMMARY": "Salesforce Headless Identity flows: the library, shared and static, with its headers",
        "CPACK_PACKAGE_DESCRIPTION": "Contains everything except the C library; the bundled OpenSSL, libcurl and other libraries are not visible to other programs.",
        "CPACK_PACKAGE_FILE_NAME": f"libheadlessid_{VERSION}_{target.debian}",
        "CPACK_PACKAGE_DIRECTORY": str(work),
        "CPACK_TOPLEVEL_TAG": "deb",
        "CPACK_INSTALLED_DIRECTORIES": f"{tree};/usr",
        "CPACK_DEBIAN_PACKAGE_ARCHITECTURE": target.debian,
        "CPACK_DEBIAN_PACKAGE_DEPENDS": f"libc6 (>= {target.glibc})",
        "CPACK_DEBIAN_PACKAGE_RECOMMENDS": "ca-certificates",
        "CPACK_DEBIAN_PACKAGE_SECTION": "libdevel",
        "CPACK_DEBIAN_PACKAGE_HOMEPAGE": published.HOME,
        "CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA": str(triggers),
        "CPACK_STRIP_FILES": "OFF",
    }
    config.write_text("".join(f'set({key} "{value}")\n' for key, value in settings.items()))
    run(["cpack", "--config", config], log_of(target, "c"), cwd=work, env={"SOURCE_DATE_EPOCH": str(source_date())})
    made = DIST / f"libheadlessid_{VERSION}_{target.debian}.deb"
    shutil.copyfile(next(work.glob("*.deb")), made)
    return made


def build(targets: list[Target]) -> list[Path]:
    made = []
    DIST.mkdir(exist_ok=True)
    for target in targets:
        stage = staged(target)
        name = f"headlessid-{VERSION}-linux-{target.processor}{'-musl' if target.is_musl else ''}"
        made.append(archives.tar_gz(DIST / f"{name}.tar.gz", stage, name))
        # Debian has glibc.
        if not target.is_musl:
            made.append(deb(target, stage))
    return made
