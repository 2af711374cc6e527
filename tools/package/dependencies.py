"""The libraries that packages carry inside, as static archives of one target under build/package/TARGET/prefix.

Each is built from its pinned sources by one recipe, and again only when something that goes into it has changed. None
of them is installed, patched or downloaded anywhere else."""

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import sources, zig
from .common import JOBS, Failed, emptied, launcher, made_once, run, stamp_of
from .targets import Target

# OpenSSL has a date inside. They are kept from commit to commit, and so must not have that of one of them.
DATE = "1"

# Off: whatever TLS 1.2 and 1.3, certificates, RSA, EC, SHA and AES do not use. No file of settings and no module is
# loaded, whatever the machine has; the folder of certificates is the one that most systems have.
OPENSSL = [
    *("--prefix=/usr", "--libdir=lib", "--openssldir=/etc/ssl"),
    *("no-shared", "no-module", "no-dso", "no-tests", "no-apps", "no-docs", "no-legacy", "no-engine", "no-static-engine"),
    *("no-async", "no-comp", "no-zlib", "no-autoload-config", "no-fips", "no-ui-console", "no-ssl-trace", "no-afalgeng"),
    *("no-ssl3", "no-tls1", "no-tls1_1", "no-dtls", "no-sctp", "no-srtp", "no-quic", "no-nextprotoneg", "no-psk", "no-srp"),
    *("no-cmp", "no-cms", "no-ct", "no-ts", "no-ocsp", "no-http", "no-rfc3779", "no-thread-pool", "no-default-thread-pool"),
    *("no-gost", "no-idea", "no-seed", "no-camellia", "no-aria", "no-bf", "no-cast", "no-rc2", "no-rc4", "no-md4", "no-mdc2"),
    *("no-rmd160", "no-whirlpool", "no-sm2", "no-sm3", "no-sm4", "no-siphash", "no-blake2", "no-scrypt", "no-argon2"),
    *("no-des", "no-dh", "no-dsa", "no-ec2m", "no-ml-dsa", "no-slh-dsa", "no-multiblock", "no-ocb", "no-siv"),
    *("no-filenames", "no-tls-deprecated-ec", "enable-ec_nistp_64_gcc_128"),
]

# P-256 in assembler has a table of 150 KB, which no compression makes smaller, in the addon and in the command. The one in C
# has none of that size, is constant in time as well, and comes with its sisters for P-384 and P-521, which have no assembler.
OPENSSL_FLAGS = ["-UECP_NISTZ256_ASM"]

OPENSSL_STUBS = ["crypto/modes/aes-gcm-avx512.s", "crypto/aes/aesni-xts-avx512.s"]

# HTTP and HTTPS, HTTP/1.1 and HTTP/2, proxies, names resolved on the side. The certificates that are trusted are
# core/net/trust.cc's affair. RTSP stays for the one option of it that core/net/transfer.cc uses.
CURL = [
    *("-DBUILD_CURL_EXE=OFF", "-DBUILD_SHARED_LIBS=OFF", "-DBUILD_STATIC_LIBS=ON", "-DBUILD_TESTING=OFF", "-DBUILD_EXAMPLES=OFF"),
    *("-DBUILD_LIBCURL_DOCS=OFF", "-DBUILD_MISC_DOCS=OFF", "-DENABLE_CURL_MANUAL=OFF", "-DPICKY_COMPILER=OFF"),
    "-DCMAKE_DISABLE_FIND_PACKAGE_Perl=ON",
    *("-D_CURL_PREFILL=ON", "-DCMAKE_UNITY_BUILD=ON", "-DCURL_USE_PKGCONFIG=OFF", "-DCURL_USE_CMAKECONFIG=OFF"),
    *("-DCURL_USE_OPENSSL=ON", "-DCURL_DISABLE_OPENSSL_AUTO_LOAD_CONFIG=ON", "-DENABLE_THREADED_RESOLVER=ON", "-DUSE_NGHTTP2=ON"),
    *("-DCURL_CA_BUNDLE=none", "-DCURL_CA_PATH=none", "-DCURL_USE_LIBPSL=OFF", "-DCURL_USE_LIBSSH2=OFF", "-DUSE_LIBIDN2=OFF"),
    *("-DCURL_ZLIB=OFF", "-DCURL_BROTLI=OFF", "-DCURL_ZSTD=OFF", "-DENABLE_UNIX_SOCKETS=OFF"),
    *(
        f"-DCURL_DISABLE_{part}=ON"
        for part in (
            *("ALTSVC", "AWS", "BINDLOCAL", "COOKIES", "DICT", "DIGEST_AUTH", "DOH", "FILE", "FORM_API", "FTP", "GETOPTIONS"),
            *("GOPHER", "HSTS", "IMAP", "IPFS", "KERBEROS_AUTH", "LDAP", "LDAPS", "MIME", "MQTT", "NEGOTIATE_AUTH"),
            *("POP3", "PROGRESS_METER", "SHA512_256", "SMTP", "TELNET", "TFTP", "WEBSOCKETS"),
        )
    ),
]

# Zig switches AVX-512 off in a way that clang's functions for it do not compile with. AVX2 stays, and what
# runs everywhere.
SIMDJSON = [
    "-O2",
    "-std=c++20",
    "-fno-exceptions",
    "-fno-rtti",
    "-DNDEBUG",
    "-DSIMDJSON_IMPLEMENTATION_ICELAKE=0",
    "-DSIMDJSON_IMPLEMENTATION_WESTMERE=0",
]

SQLITE = [
    *("-DSQLITE_THREADSAFE=1", "-DSQLITE_DQS=0", "-DSQLITE_DEFAULT_MEMSTATUS=0", "-DSQLITE_OMIT_LOAD_EXTENSION"),
    *("-DSQLITE_OMIT_DEPRECATED", "-DSQLITE_OMIT_SHARED_CACHE", "-DSQLITE_OMIT_PROGRESS_CALLBACK", "-DSQLITE_USE_ALLOCA"),
    # The store's own statements are all that it is ever given.
    *(
        "-DSQLITE_OMIT_JSON",
        "-DSQLITE_OMIT_DATETIME_FUNCS",
        "-DSQLITE_OMIT_UTF16",
        "-DSQLITE_OMIT_TRACE",
        "-DSQLITE_OMIT_GET_TABLE",
    ),
    *("-DSQLITE_OMIT_INCRBLOB", "-DSQLITE_OMIT_AUTHORIZATION", "-DSQLITE_OMIT_COMPLETE", "-DSQLITE_OMIT_DECLTYPE"),
    *("-DSQLITE_OMIT_TCL_VARIABLE", "-DSQLITE_OMIT_COMPILEOPTION_DIAGS", "-DSQLITE_UNTESTABLE"),
]


def prefix(target: Target) -> Path:
    """The folder with `include` and `lib` of every library, built where it is missing or old."""
    folder = zig.folder(target) / "prefix"
    for kind in ("include", "lib"):
        (folder / kind).mkdir(parents=True, exist_ok=True)
    made: dict[str, str] = {}
    for name, (needs, build, options) in RECIPES.items():
        stamp = stamp_of(
            sources.identity(name),
            target.zig,
            zig.version(),
            zig.FLAGS,
            zig.SMALL,
            zig.DEFINES,
            zig.environment(target)["CCACHE_COMPILERCHECK"],
            DATE,
            options,
            [made[need] for need in needs],
        )
        made[name] = stamp
        with made_once(f"{name} for {target.name}", zig.folder(target) / "stamps" / name, stamp) as to_do:
            if to_do:
                log = zig.folder(target) / "logs" / f"{name}.log"
                log.unlink(missing_ok=True)
                build(Work(target, sources.source(name), emptied(zig.folder(target) / "work" / name), folder, log))
                shutil.rmtree(zig.folder(target) / "work" / name)
    return folder


class Work:
    """One library of one target in the making."""

    def __init__(self, target: Target, source: Path, folder: Path, prefix: Path, log: Path) -> None:
        self.target, self.source, self.folder, self.prefix, self.log = target, source, folder, prefix, log
        self.tools = zig.tools(target)

    def flags(self) -> list[str]:
        return [*zig.FLAGS, *zig.SMALL, *zig.DEFINES, *zig.prefix_maps(), f"-ffile-prefix-map={self.source}=."]

    def run(self, command: list, env: dict[str, str] | None = None) -> None:
        run(command, self.log, cwd=self.folder, env={**zig.environment(self.target), **(env or {}), "SOURCE_DATE_EPOCH": DATE})

    def archive(self, name: str, files: list[Path], flags: list[str]) -> None:
        """Compiles the files, two at a time or more, into lib/NAME."""

        def compiled(file: Path) -> Path:
            made = self.folder / f"{file.stem}.o"
            compiler = self.tools / ("zig-c++" if file.suffix == ".cpp" else "zig-cc")
            self.run([*launcher(), compiler, *self.flags(), *flags, "-c", file, "-o", made])
            return made

        with ThreadPoolExecutor(JOBS) as pool:
            objects = list(pool.map(compiled, sorted(files)))
        self.collect(name, objects)

    def collect(self, name: str, objects: list[Path]) -> None:
        library = self.prefix / "lib" / name
        library.unlink(missing_ok=True)
        self.run([self.tools / "zig-ar", "rcsD", library, *objects])

    def headers(self, *files: Path, into: str = "") -> None:
        folder = self.prefix / "include" / into
        folder.mkdir(parents=True, exist_ok=True)
        for file in files:
            shutil.copyfile(file, folder / file.name)

    def folder_of_headers(self, folder: Path) -> None:
        """Its headers, and no other's that lay there before."""
        made = self.prefix / "include" / folder.name
        shutil.rmtree(made, ignore_errors=True)
        shutil.copytree(folder, made, ignore=lambda at, names: [n for n in names if not n.endswith((".h", ".hpp")) and "." in n])


def build_openssl(work: Work) -> None:
    perl = shutil.which("perl")
    if perl is None or shutil.which("make") is None:
        raise Failed("OpenSSL is built with perl and make, and one of them is missing (apt: perl make)")
    # Named without a folder: the name goes into what OpenSSL says of itself.
    path = f"{work.tools}:{Path(perl).parent}:/usr/bin:/bin"
    compiler = " ".join([*(Path(word).name for word in launcher()), "zig-cc"])
    env = {
        "PATH": path,
        "CC": compiler,
        "AR": "zig-ar",
        "RANLIB": "true",
        "CFLAGS": " ".join([*zig.FLAGS, *zig.SMALL, *zig.DEFINES, *OPENSSL_FLAGS]),
    }
    work.run([perl, work.source / "Configure", work.target.openssl, *OPENSSL], env=env)
    # Three quarters of a megabyte for AES on processors with AVX-512. Where the assembler does not know it, the scripts write
    # a stub that says so to their caller.
    if work.target.processor == "x86_64":
        work.run(["make", "CC=echo GNU assembler version 2.20", *OPENSSL_STUBS], env=env)
    work.run(["make", f"-j{JOBS}", "build_libs"], env=env)
    for name in ("libcrypto.a", "libssl.a"):
        shutil.copyfile(work.folder / name, work.prefix / "lib" / name)
    work.folder_of_headers(work.source / "include" / "openssl")
    # Those that Configure writes.
    work.headers(*(work.folder / "include" / "openssl").glob("*.h"), into="openssl")


def build_nghttp2(work: Work) -> None:
    lib = work.source / "lib"
    version = next(line for line in (work.source / "configure.ac").read_text().splitlines() if line.startswith("AC_INIT"))
    number = version.split("[")[2].split("]")[0]
    major, minor, patch = (int(part) for part in number.split("."))
    made = work.folder / "nghttp2ver.h"
    text = (lib / "includes" / "nghttp2" / "nghttp2ver.h.in").read_text()
    text = text.replace("@PACKAGE_VERSION@", number)
    made.write_text(text.replace("@PACKAGE_VERSION_NUM@", hex(major << 16 | minor << 8 | patch)))
    work.headers(made, lib / "includes" / "nghttp2" / "nghttp2.h", into="nghttp2")
    have = ["ARPA_INET_H", "NETINET_IN_H", "UNISTD_H", "CLOCK_GETTIME", "DECL_CLOCK_MONOTONIC"]
    defines = [f"-DHAVE_{what}=1" for what in have] + ["-DNGHTTP2_STATICLIB", "-DBUILDING_NGHTTP2"]
    work.archive("libnghttp2.a", list(lib.glob("*.c")), [*defines, f"-I{lib}", f"-I{lib}/includes", f"-I{work.prefix}/include"])


def build_zlib(work: Work) -> None:
    # Without its files: core/org inflates and deflates in memory.
    files = [file for file in work.source.glob("*.c") if not file.name.startswith("gz")]
    work.archive("libz.a", files, ["-DHAVE_UNISTD_H=1", "-DHAVE_STDARG_H=1", f"-I{work.source}"])
    work.headers(work.source / "zlib.h", work.source / "zconf.h")


def build_curl(work: Work) -> None:
    file = zig.toolchain_file(work.target, work.prefix)
    musl = work.target.is_musl
    flags = " ".join([*work.flags(), "-DNGHTTP2_STATICLIB"])
    work.run(
        [
            *("cmake", "-G", "Ninja", "-S", work.source, "-B", work.folder, f"-DCMAKE_TOOLCHAIN_FILE={file}"),
            *("-DCMAKE_BUILD_TYPE=None", f"-DCMAKE_C_FLAGS={flags}", *CURL),
            # It takes musl's for neither.
            *(f"-DHAVE_POSIX_STRERROR_R={int(musl)}", f"-DHAVE_GLIBC_STRERROR_R={int(not musl)}"),
            *(
                f"-DOPENSSL_ROOT_DIR={work.prefix}",
                f"-DOPENSSL_INCLUDE_DIR={work.prefix}/include",
                "-DOPENSSL_USE_STATIC_LIBS=ON",
            ),
            *(f"-DOPENSSL_CRYPTO_LIBRARY={work.prefix}/lib/libcrypto.a", f"-DOPENSSL_SSL_LIBRARY={work.prefix}/lib/libssl.a"),
            *(f"-DNGHTTP2_INCLUDE_DIR={work.prefix}/include", f"-DNGHTTP2_LIBRARY={work.prefix}/lib/libnghttp2.a"),
        ]
    )
    work.run(["cmake", "--build", work.folder, "--target", "libcurl_static", "-j", JOBS])
    shutil.copyfile(work.folder / "lib" / "libcurl.a", work.prefix / "lib" / "libcurl.a")
    work.folder_of_headers(work.source / "include" / "curl")


def build_simdjson(work: Work) -> None:
    work.archive("libsimdjson.a", [work.source / "simdjson.cpp"], SIMDJSON)
    work.headers(work.source / "simdjson.h")


def build_sqlite(work: Work) -> None:
    work.archive("libsqlite3.a", [work.source / "sqlite3.c"], SQLITE)
    work.headers(work.source / "sqlite3.h")


def build_pugixml(work: Work) -> None:
    files = [work.source / "src" / name for name in ("pugixml.cpp", "pugixml.hpp", "pugiconfig.hpp")]
    work.archive("libpugixml.a", files[:1], ["-std=c++20"])
    work.headers(*files[1:])


def build_json(work: Work) -> None:
    work.folder_of_headers(work.source / "include" / "nlohmann")


# What each needs of those before it, how it is built, and with what.
RECIPES: dict[str, tuple[list[str], Callable[[Work], None], list[str]]] = {
    "openssl": ([], build_openssl, [*OPENSSL, *OPENSSL_FLAGS, *OPENSSL_STUBS]),
    "nghttp2": ([], build_nghttp2, []),
    "zlib": ([], build_zlib, []),
    "curl": (["openssl", "nghttp2"], build_curl, CURL),
    "simdjson": ([], build_simdjson, SIMDJSON),
    "sqlite": ([], build_sqlite, SQLITE),
    "pugixml": ([], build_pugixml, []),
    "nlohmann-json": ([], build_json, []),
}
