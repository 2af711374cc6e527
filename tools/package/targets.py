"""The machines that packages are made for, and what each ecosystem calls them."""

import platform
from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    name: str  # our own, and the suffix of npm's packages: @headlessid/linux-x64-gnu
    zig: str  # Zig's, with the oldest glibc that the result must start on
    processor: str  # uname -m
    wheel: str  # the platform tags of a wheel, in their order
    debian: str  # the architecture of a .deb
    jni: str  # the folder of native files in a jar
    openssl: str  # the target of OpenSSL's Configure
    loader: str  # what a program of this target is started by
    glibc: str  # the newest glibc version that may be needed; empty for musl

    @property
    def is_musl(self) -> bool:
        return not self.glibc

    @property
    def runs_here(self) -> bool:
        """Whether this machine's processor can run its programs (its C library may still be missing)."""
        return platform.system() == "Linux" and platform.machine() == self.processor


TARGETS = {
    target.name: target
    for target in (
        Target(
            name="linux-x64-gnu",
            zig="x86_64-linux-gnu.2.17",
            processor="x86_64",
            wheel="manylinux2014_x86_64.manylinux_2_17_x86_64",
            debian="amd64",
            jni="linux-x86_64",
            openssl="linux-x86_64-clang",
            loader="/lib64/ld-linux-x86-64.so.2",
            glibc="2.17",
        ),
        Target(
            name="linux-x64-musl",
            zig="x86_64-linux-musl",
            processor="x86_64",
            wheel="musllinux_1_2_x86_64",
            debian="amd64",
            jni="linux-x86_64-musl",
            openssl="linux-x86_64-clang",
            loader="/lib/ld-musl-x86_64.so.1",
            glibc="",
        ),
        Target(
            name="linux-arm64-gnu",
            zig="aarch64-linux-gnu.2.17",
            processor="aarch64",
            wheel="manylinux2014_aarch64.manylinux_2_17_aarch64",
            debian="arm64",
            jni="linux-aarch64",
            openssl="linux-aarch64",
            loader="/lib/ld-linux-aarch64.so.1",
            glibc="2.17",
        ),
        Target(
            name="linux-arm64-musl",
            zig="aarch64-linux-musl",
            processor="aarch64",
            wheel="musllinux_1_2_aarch64",
            debian="arm64",
            jni="linux-aarch64-musl",
            openssl="linux-aarch64",
            loader="/lib/ld-musl-aarch64.so.1",
            glibc="",
        ),
    )
}


def chosen(names: list[str]) -> list[Target]:
    """The targets of these names; of none, this machine's with glibc; of `all`, every one."""
    if not names:
        return [
            next((target for target in TARGETS.values() if target.runs_here and not target.is_musl), TARGETS["linux-x64-gnu"])
        ]
    if "all" in names:
        return list(TARGETS.values())
    return [TARGETS[name] for name in names]
