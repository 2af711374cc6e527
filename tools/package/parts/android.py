"""The AAR, by Gradle and Google's NDK, which no machine of this project's CI has: without them this stops with a sentence."""

import os
import shutil
from pathlib import Path

from ..common import BUILD, DIST, ROOT, VERSION, Failed, NotHere, run
from ..targets import Target

PROJECT = ROOT / "bindings" / "java" / "android"
ABIS = ("arm64-v8a", "armeabi-v7a", "x86_64", "x86")
LOG = BUILD / "android" / "logs" / "android.log"


def ndk() -> Path:
    found = os.environ.get("ANDROID_NDK_ROOT") or os.environ.get("ANDROID_NDK_HOME")
    if not found:
        raise NotHere(
            "the AAR needs Google's NDK, which this machine lacks: set ANDROID_NDK_ROOT to its folder and ANDROID_HOME to that of the SDK"
        )
    if not (Path(found) / "build" / "cmake" / "android.toolchain.cmake").exists():
        raise Failed(f"ANDROID_NDK_ROOT is {found}, where no NDK is")
    return Path(found)


def prefix() -> Path:
    """OpenSSL and simdjson for each ABI, which the NDK does not have."""
    folder = Path(os.environ.get("HLID_ANDROID_PREFIX") or ROOT / "build" / "android-prefix")
    missing = [abi for abi in ABIS if not (folder / abi / "include" / "openssl").is_dir()]
    if missing:
        raise Failed(
            f"the AAR needs OpenSSL and simdjson, built with the NDK, in {folder}/ABI, or where HLID_ANDROID_PREFIX says; "
            f"they are missing for {', '.join(missing)}"
        )
    return folder


def build(_: list[Target]) -> list[Path]:
    root = ndk()
    if not shutil.which("gradle"):
        raise Failed("the AAR needs Gradle 8.7 or newer on the PATH")
    words = ["gradle", "-p", PROJECT, "--no-daemon", f"-Pheadlessid.prefix={prefix()}", f"-Pheadlessid.ndk={root}"]
    run([*words, "assembleRelease"], LOG)
    made = DIST / f"headlessid-android-{VERSION}.aar"
    DIST.mkdir(exist_ok=True)
    shutil.copyfile(next((PROJECT / "build" / "outputs" / "aar").glob("*-release.aar")), made)
    return [made]
