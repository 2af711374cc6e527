"""What packages say of themselves where no repository is around them: their READMEs and their addresses."""

import json
import os
import re
import subprocess
import sys
import tarfile
import zipfile

import pytest
from conftest import ROOT, TARGET
from npm_registry import serving

from tools.package import published
from tools.package.common import VERSION

sys.path.insert(0, str(ROOT / "tests"))
from docs_test import anchors

DIST = ROOT / "dist"
NPM = [DIST / f"headlessid-{VERSION}.tgz", DIST / f"headlessid-{TARGET.name}-{VERSION}.tgz"]
C = f"headlessid-{VERSION}-linux-{TARGET.processor}"
SDIST = DIST / f"headlessid-{VERSION}.tar.gz"


def of_wheel(path) -> str:
    with zipfile.ZipFile(path) as archive:
        return archive.read(f"headlessid-{VERSION}.dist-info/METADATA").decode()


def of_tar(path, name: str) -> str:
    with tarfile.open(path) as archive:
        return archive.extractfile(name).read().decode()


READMES = {
    **{path.name.split("-")[3]: (of_wheel, path) for path in DIST.glob(f"headlessid-{VERSION}-*-{TARGET.wheel}.whl")},
    "sdist": (of_tar, SDIST, f"headlessid-{VERSION}/PKG-INFO"),
    **{path.name: (of_tar, path, "package/README.md") for path in NPM},
    "c": (of_tar, DIST / f"{C}.tar.gz", f"{C}/README.md"),
}


@pytest.mark.parametrize("name", READMES)
def test_links_lead_somewhere_from_anywhere(name):
    read, *where = READMES[name]
    text = re.sub(r"```.*?```", "", read(*where), flags=re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        assert target.startswith("https://"), target
        if not target.startswith(published.HOME):
            continue
        path, _, anchor = target.removeprefix(published.HOME).lstrip("/").partition("#")
        page = re.sub(r"(^|/)index\.html$", r"\1README.md", path).replace(".html", ".md")
        file = next((ROOT / found for found in (page, page.removesuffix(".md")) if (ROOT / found).is_file()), None)
        assert file is not None, f"{target}: no page of the site's"
        assert not anchor or anchor in anchors(file), target


def test_readme_comes_from_the_repository_with_no_other_change():
    source = (ROOT / "bindings" / "python" / "README.md").read_text()
    packed = of_tar(SDIST, f"headlessid-{VERSION}/PKG-INFO").partition("\n\n")[2]
    plain = re.compile(r"\]\([^)]*\)")
    assert plain.sub("]()", packed) == plain.sub("]()", source)
    assert "](../../docs/" in source


def test_every_manifest_has_the_same_addresses():
    for path in ("pyproject.toml", "bindings/node/package.json"):
        found = re.findall(r'"(?:git\+)?(https://[^"]+)"', (ROOT / path).read_text())
        assert found
        assert [address for address in found if not address.startswith(published.HOME)] == []
        assert published.REPOSITORY in found


@pytest.mark.parametrize("tarball", NPM, ids=lambda path: path.name)
def test_npm_would_publish_it(tarball, tmp_path):
    with serving([]) as registry:
        environment = {**os.environ, "HOME": str(tmp_path), "npm_config_registry": registry.url}
        # It asks for somebody who is logged in, and sends nothing.
        host = registry.url.removeprefix("http:")
        (tmp_path / ".npmrc").write_text(f"{host}/:_authToken=nobody\n")
        command = ["npm", "publish", "--dry-run", "--json", "--access", "public", tarball]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    # npm says what it would correct in a manifest.
    assert "npm warn publish" not in done.stderr.lower(), done.stderr
    said = json.loads(done.stdout)
    # By name, or alone, as the version of npm has it.
    assert said.get("version") == VERSION or [about["version"] for about in said.values()] == [VERSION]
