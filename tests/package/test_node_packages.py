"""The npm packages for this machine: what is in them, and the first sign-in after an install that runs no script."""

import gzip
import json
import os
import pathlib
import shutil
import subprocess
import tarfile

import computing
import pytest
from conftest import ROOT, TARGET
from elf import exported, needed, newest_glibc, paths_of_the_build, said_by, search_paths
from npm_registry import manifest_of, serving

from tools.package import archives, targets
from tools.package.common import VERSION
from tools.package.parts import node as node_part

HERE = pathlib.Path(__file__).parent
DIST = ROOT / "dist"
MB = 1000 * 1000
MAIN = DIST / f"headlessid-{VERSION}.tgz"
NATIVE = DIST / f"headlessid-{TARGET.name}-{VERSION}.tgz"
# Ten works on every Node from 18 on.
PNPM = "pnpm@10.34.9"
PUBLINT = "publint@0.3.15"
# Each with README's words about it, the file of settings that they stand in, how it is called, and what it writes.
BUNDLERS = {
    "webpack": (
        ["webpack@5.113.0", "webpack-cli@7.3.1"],
        "externals: { headlessid: 'commonjs headlessid' }",
        ("webpack.config.cjs", "module.exports = { mode: 'production', target: 'node', entry: './first.mjs', %s }"),
        ["webpack"],
        "dist/main.js",
    ),
    "rollup": (
        ["rollup@4.68.8"],
        "external: ['headlessid']",
        ("rollup.config.mjs", "export default { input: 'first.mjs', %s, output: { file: 'dist/out.mjs', format: 'es' } }"),
        ["rollup", "-c", "--silent"],
        "dist/out.mjs",
    ),
    "vite": (
        ["vite@8.4.0"],
        "ssr: { external: ['headlessid'] }",
        ("vite.config.mjs", "export default { %s, build: { ssr: 'first.mjs' }, logLevel: 'warn' }"),
        ["vite", "build"],
        "dist/first.mjs",
    ),
}


@pytest.fixture(scope="session")
def programs(tmp_path_factory):
    """A folder with node, npm, a shell and what pnpm's launchers ask for, and no compiler."""
    folder = tmp_path_factory.mktemp("programs")
    for name in ("node", "npm", "npx", "sh", "sed", "dirname", "uname"):
        (folder / name).symlink_to(shutil.which(name))
    return folder


@pytest.fixture(scope="session")
def registry():
    """With the package for this machine, and those for others by their manifests: whoever fetches one of these fails."""
    others = [node_part.manifest(target) for target in targets.TARGETS.values() if target != TARGET]
    with serving([MAIN, NATIVE], others) as started:
        yield started


@pytest.fixture(scope="session")
def environment(programs, registry, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    return {"PATH": str(programs), "HOME": str(home), "npm_config_registry": registry.url, "npm_config_update_notifier": "false"}


def run(command: list, folder: pathlib.Path, environment: dict[str, str]) -> str:
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def new_app(folder: pathlib.Path) -> pathlib.Path:
    folder.mkdir(exist_ok=True)
    (folder / "package.json").write_text('{"name": "app", "version": "1.0.0", "private": true}\n')
    for name in ("sign_in.mjs", "neighbours.mjs"):
        shutil.copyfile(HERE / name, folder / name)
    return folder


@pytest.fixture(scope="session")
def app(environment, registry, tmp_path_factory):
    """A program's folder after `npm install headlessid`."""
    folder = new_app(tmp_path_factory.mktemp("app"))
    run(["npm", "install", "--ignore-scripts", "headlessid"], folder, environment)
    return folder


def test_first_sign_in_without_a_script_or_a_compiler(app, environment):
    assert run(["node", "sign_in.mjs"], app, environment) == "carried\n"
    installed = sorted(path.name for path in (app / "node_modules" / "@headlessid").iterdir())
    assert installed == [TARGET.name]
    # Nothing else came along.
    assert sorted(path.name for path in (app / "node_modules").iterdir() if path.name[0] != ".") == ["@headlessid", "headlessid"]


def test_the_command_comes_along(app, environment):
    assert "headlessid" in run(["npx", "--no", "--", "headlessid", "--help"], app, environment)


def test_time_of_a_require(app, environment):
    node = ["node", "--input-type=commonjs", "-e"]
    programs = ("", "require('headlessid')")
    alone, ours = (computing.median([*node, program], cwd=app, env=environment) for program in programs)
    print(f"require('headlessid'): {(ours - alone) * 1000:.0f} ms more than the {alone * 1000:.0f} ms of Node")
    assert ours - alone < computing.IMPORT_LIMIT_S


def test_npm_ci_from_the_lock_file(app, environment, tmp_path):
    folder = new_app(tmp_path / "again")
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(app / name, folder / name)
    run(["npm", "ci", "--ignore-scripts"], folder, environment)
    assert run(["node", "sign_in.mjs"], folder, environment) == "carried\n"


def test_both_tarballs_of_a_clone_without_a_registry(environment, tmp_path):
    """`npm install dist/*.tgz` before anything is published: the registry knows none of the packages."""
    folder = new_app(tmp_path / "app")
    with serving([]) as empty:
        run(["npm", "install", "--ignore-scripts", MAIN, NATIVE], folder, {**environment, "npm_config_registry": empty.url})
    assert run(["node", "sign_in.mjs"], folder, environment) == "carried\n"


def test_pnpm(environment, programs, tmp_path):
    """Its packages see only what they name, through links."""
    tool = tmp_path / "tool"
    tool.mkdir()
    # From the machine's own registry, before the test's begins.
    subprocess.run(["npm", "install", "--silent", "--ignore-scripts", "--no-save", PNPM], cwd=tool, check=True)
    pnpm = tool / "node_modules" / "pnpm" / "bin" / "pnpm.cjs"
    folder = new_app(tmp_path / "app")
    run(["node", pnpm, "add", "--ignore-scripts", "headlessid"], folder, {**environment, "CI": "1"})
    assert (folder / "node_modules" / "headlessid").is_symlink()
    assert not (folder / "node_modules" / "@headlessid").exists()
    assert run(["node", "sign_in.mjs"], folder, environment) == "carried\n"
    assert "headlessid" in run([folder / "node_modules" / ".bin" / "headlessid", "--help"], folder, environment)


@pytest.mark.parametrize("name", BUNDLERS)
def test_bundler_leaves_it_outside_as_readme_says(name, app, environment, tmp_path):
    tools, words, (settings, text), (tool, *options), made = BUNDLERS[name]
    assert f"`{words}`" in (ROOT / "bindings" / "node" / "README.md").read_text()
    (tmp_path / "first.mjs").write_text("import { version } from 'headlessid';\nconsole.log(version());\n")
    (tmp_path / settings).write_text(text % words)
    (tmp_path / "package.json").write_text('{"name": "app", "version": "1.0.0", "private": true}\n')
    # From the machine's own registry; their native parts are optional packages, and no script is needed.
    subprocess.run(["npm", "install", "--silent", "--ignore-scripts", "--no-save", *tools], cwd=tmp_path, check=True)
    for package in ("headlessid", "@headlessid"):
        (tmp_path / "node_modules" / package).symlink_to(app / "node_modules" / package)
    subprocess.run([tmp_path / "node_modules" / ".bin" / tool, *options], cwd=tmp_path, check=True)
    shipped = tmp_path / "shipped"
    shipped.mkdir()
    out = pathlib.Path(shutil.copy(tmp_path / made, shipped))
    # webpack writes CommonJS.
    (shipped / "package.json").write_text('{"type": "%s"}' % ("commonjs" if tool == "webpack" else "module"))
    (shipped / "node_modules").symlink_to(app / "node_modules")
    assert run(["node", out], shipped, environment).startswith(VERSION)


@pytest.mark.parametrize("tarball", [MAIN, NATIVE], ids=lambda path: path.name)
def test_publint_has_nothing_to_say(tarball, tmp_path):
    """Entry points that every tool finds, and types beside each."""
    subprocess.run(["npm", "install", "--silent", "--ignore-scripts", "--no-save", PUBLINT], cwd=tmp_path, check=True)
    said = said_by(tmp_path / "node_modules" / ".bin" / "publint", "--strict", tarball)
    assert "All good!" in said, said


def test_without_the_optional_package_the_error_names_it(environment, tmp_path):
    folder = new_app(tmp_path / "app")
    run(["npm", "install", "--ignore-scripts", "--omit=optional", "headlessid"], folder, environment)
    done = subprocess.run(["node", "sign_in.mjs"], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    program = "import { version } from 'headlessid'; try { version() } catch (error) { console.log(error.reason, error.message) }"
    said = run(["node", "--input-type=module", "-e", program], folder, environment)
    assert said.startswith("addon_missing ")
    assert f"npm install @headlessid/{TARGET.name}@{VERSION}" in said
    assert "npx --no headlessid-build" in said
    command = ["node", folder / "node_modules" / ".bin" / "headlessid"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 127
    assert f"@headlessid/{TARGET.name}" in done.stderr
    # What the error says helps.
    run(["npm", "install", "--ignore-scripts", f"@headlessid/{TARGET.name}@{VERSION}"], folder, environment)
    assert run(["node", "sign_in.mjs"], folder, environment) == "carried\n"


def test_bundle_with_the_packages_left_outside(app, environment, tmp_path):
    """What esbuild makes with --external:headlessid, which the tests of the binding bundle, finds both in node_modules."""
    esbuild = ROOT / "bindings" / "node" / "node_modules" / ".bin" / "esbuild"
    shipped = tmp_path / "shipped"
    shipped.mkdir()
    words = ["--bundle", "--platform=node", "--format=esm", "--external:headlessid", f"--outfile={shipped / 'out.mjs'}"]
    subprocess.run([esbuild, app / "sign_in.mjs", *words, "--log-level=warning"], check=True)
    shutil.copytree(app / "node_modules", shipped / "node_modules", symlinks=True)
    assert run(["node", "out.mjs"], shipped, environment) == "carried\n"
    # Packed whole, with the optional package alone beside it.
    packed = tmp_path / "packed"
    packed.mkdir()
    words = ["--bundle", "--platform=node", "--format=esm", f"--outfile={packed / 'out.mjs'}"]
    subprocess.run([esbuild, app / "sign_in.mjs", *words, "--log-level=warning"], check=True)
    shutil.copytree(app / "node_modules" / "@headlessid", packed / "node_modules" / "@headlessid")
    assert run(["node", "out.mjs"], packed, environment) == "carried\n"


def test_nodes_own_openssl_and_nghttp2_are_not_disturbed(app, environment):
    assert run(["node", "neighbours.mjs"], app, environment) == "undisturbed\n"


def test_nothing_runs_while_it_is_installed():
    for tarball in (MAIN, NATIVE):
        manifest = manifest_of(tarball)
        assert "scripts" not in manifest
        assert "private" not in manifest
        assert manifest.get("dependencies", {}) == {}
        assert manifest["version"] == VERSION
        with tarfile.open(tarball) as archive:
            assert "package/binding.gyp" not in archive.getnames(), "npm would build it by itself"


def test_main_package_names_one_package_for_each_target():
    assert manifest_of(MAIN)["optionalDependencies"] == {f"@headlessid/{name}": VERSION for name in targets.TARGETS}


def test_native_package_says_where_it_fits():
    manifest = manifest_of(NATIVE)
    assert (manifest["os"], manifest["cpu"]) == (["linux"], ["arm64" if "arm64" in TARGET.name else "x64"])
    assert manifest["libc"] == ["musl" if TARGET.is_musl else "glibc"]


def test_main_package_is_javascript_with_the_sources_to_build_from():
    with tarfile.open(MAIN) as archive:
        names = archive.getnames()
    assert [name for name in names if name.endswith((".node", ".so", ".a", ".o", ".tgz")) or "/test/" in name] == []
    for name in (
        "dist/index.js",
        "dist/index.d.ts",
        "dist/esm/index.mjs",
        "scripts/build.mjs",
        "source/CMakeLists.txt",
        "LICENSE",
    ):
        assert f"package/{name}" in names
    for name in ("node-addon-api/napi.h", "node-api-headers/include/node_api.h"):
        assert f"package/source/headers/{name}" in names


def test_source_build_is_configured_where_it_was_asked_for(app, tmp_path):
    """`npx --no headlessid-build`, up to its first compiled file: CMake finds the sources and headers of the package."""
    if shutil.which("cmake") is None:
        pytest.skip("cmake is not here")
    package = app / "node_modules" / "headlessid"
    headers = package / "source" / "headers"
    words = ["-DHLID_NODE=ON", "-DHLID_CLI=OFF", "-DHLID_SIMULATOR=OFF", f"-DHLID_NODE_MODULES={headers}"]
    subprocess.run(["cmake", "-G", "Ninja", "-S", package / "source", "-B", tmp_path, *words], check=True, capture_output=True)
    unit = next(
        line
        for line in said_by("ninja", "-C", tmp_path, "-t", "targets", "all").splitlines()
        if "addon/values" in line or "addon/convert.cc.o" in line
    )
    subprocess.run(["ninja", "-C", tmp_path, unit.split(":")[0]], check=True, capture_output=True)


@pytest.mark.skipif(os.environ.get("HLID_PROOF") != "1", reason="compiles the library against the system's; HLID_PROOF=1")
def test_source_build_signs_in(environment, tmp_path):
    folder = new_app(tmp_path / "app")
    run(["npm", "install", "--ignore-scripts", "--omit=optional", "headlessid"], folder, environment)
    assert not (folder / "node_modules" / "@headlessid").exists()
    # Here a compiler is needed, and what else the machine has.
    subprocess.run(["npx", "--no", "headlessid-build"], cwd=folder, check=True, capture_output=True)
    assert run(["node", "sign_in.mjs"], folder, environment) == "carried\n"


@pytest.fixture(scope="session")
def native(tmp_path_factory):
    folder = tmp_path_factory.mktemp("native")
    archives.unpack(NATIVE, folder)
    return folder / "package"


def test_addon_shows_its_entry_points_alone_and_starts_on_the_promised_glibc(native):
    addon = native / "headlessid.node"
    assert exported(addon) == {"napi_register_module_v1", "node_api_module_get_api_version_v1"}
    limit = tuple(int(part) for part in TARGET.glibc.split("."))
    libraries = {"libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1", pathlib.Path(TARGET.loader).name}
    for file in (addon, native / "headlessid"):
        assert newest_glibc(file) <= limit
        assert search_paths(file) == []
        assert set(needed(file)) <= libraries
        assert ".symtab" not in said_by("readelf", "-SW", file), "stripped"
    assert os.access(native / "headlessid", os.X_OK)


def test_names_no_folder_of_the_machine_that_built_it(native, app):
    for folder in (native, app / "node_modules" / "headlessid"):
        for file in folder.rglob("*"):
            if file.is_file():
                assert paths_of_the_build(file.read_bytes()) == [], file


def test_is_small(native):
    # Loaded into the process.
    assert (native / "headlessid.node").stat().st_size <= 5.1 * MB
    # As npm fetches them: the addon and the command, of which the command is the larger; and the JavaScript.
    assert NATIVE.stat().st_size <= 5 * MB
    assert MAIN.stat().st_size <= 2 * MB


def test_bill_of_materials_and_notices(native):
    bill = json.loads((native / "sbom.cdx.json").read_text())
    assert {"openssl", "curl", "nghttp2", "node-addon-api", "compiler-rt"} <= {
        component["name"] for component in bill["components"]
    }
    notices = (native / "THIRD-PARTY-NOTICES.txt").read_text()
    for words in (
        "Daniel Stenberg",
        "Tatsuhiro Tsujikawa",
        "Jean-loup Gailly",
        "Niels Lohmann",
        "Zig contributors",
        "Node.js API collaborators",
    ):
        assert words in notices


def test_packing_again_gives_the_same_bits(tmp_path):
    """With other modes and dates of the staged files, and by npm's own rules."""
    for tarball in (MAIN, NATIVE):
        archives.unpack(tarball, tmp_path / tarball.stem)
        with tarfile.open(tarball) as archive:
            dates = {member.mtime for member in archive.getmembers()}
        assert len(dates) == 1
        folder = tmp_path / tarball.stem / "package"
        for file in folder.rglob("*"):
            os.utime(file, (1, 1))
        out = tmp_path / "out"
        out.mkdir(exist_ok=True)
        subprocess.run(["npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", out, folder], check=True)
        # npm's are not compressed as tightly.
        assert gzip.decompress((out / tarball.name).read_bytes()) == gzip.decompress(tarball.read_bytes())
