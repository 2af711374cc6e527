"""The org's side in Python: the same files, rules and texts as the command's, typed."""

from __future__ import annotations

import io
import json
import os
import pickle
import re
import shutil
import subprocess
import sys
import traceback
import zipfile
from pathlib import Path
from typing import Any

import headlessid
import pytest
from headlessid import org as org_side
from headlessid._cli import find_command

MARK = "Zq7MarkZq7"
PACKAGE = os.path.dirname(os.path.abspath(headlessid.__file__))
REPOSITORY = Path(__file__).parents[3]
with_part = pytest.mark.skipif(not org_side.is_available(), reason="a build without the org's side")


def files_of(**changes: Any) -> dict[str, str]:
    given: dict[str, Any] = {
        "flows": ["login", "guest"],
        "contact_email": "ops@acme.example",
        "client": "public",
        "redirect_uris": ["https://app.acme.example/callback"],
    }
    return dict(org_side.generate("AcmeShop", **{**given, **changes}).files)


def write(folder: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder


def command(*arguments: str) -> Any:
    program = find_command()
    assert program is not None
    done = subprocess.run([program, "org", *arguments], capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)


@pytest.mark.skipif(org_side.is_available(), reason="a build with the org's side")
def test_a_build_without_it_says_so(tmp_path: Path) -> None:
    for call in (
        lambda: org_side.lint(tmp_path / "missing"),
        lambda: org_side.generate("AcmeShop", flows=["login"], contact_email="ops@acme.example"),
        lambda: org_side.explain("login"),
    ):
        with pytest.raises(headlessid.StateError, match="HLID_ORG") as raised:
            call()
        assert raised.value.reason == "no_org_part"


def test_it_is_loaded_when_it_is_used() -> None:
    code = "import sys, headlessid; assert 'headlessid.org' not in sys.modules; headlessid.org.is_available()"
    subprocess.run([sys.executable, "-c", code], check=True)


@with_part
def test_what_is_generated_has_nothing_to_change() -> None:
    report = org_side.lint(files_of(), flows=["login", "guest"], client="public")
    assert report.ok
    assert not report.findings
    assert {name: flow.verdict for name, flow in report.app("AcmeShop").flows.items()} == {"login": "works", "guest": "works"}
    assert report.app("AcmeShop").kind == "external_client_app"
    assert report.api_version == 67
    with pytest.raises(KeyError):
        report.app("Other")


@with_part
def test_a_finding_says_where_and_what() -> None:
    files = files_of()
    path = next(name for name in files if name.endswith(".ecaOauthPlcy-meta.xml"))
    files[path] = re.sub(
        r"<isGuestCodeCredFlowEnabled>true</\w+>", "<isGuestCodeCredFlowEnabled>false</isGuestCodeCredFlowEnabled>", files[path]
    )
    global_settings = next(name for name in files if "GlobalOauth" in name)
    files[global_settings] = files[global_settings].replace("</isPkceRequired>", "</isPkceRequiredd>")
    report = org_side.lint(files, flows=["login", "guest"], client="public")
    assert not report.ok
    finding = next(one for one in report.findings if one.file == global_settings)
    assert finding.severity == "error"
    assert finding.line
    assert str(finding) == f"{finding.file}:{finding.line}: error: {finding.message} {finding.change}"
    assert str(finding) in str(report)
    assert pickle.loads(pickle.dumps(report)) == report


@with_part
def test_a_flow_that_does_not_work_is_not_ok_only_where_it_is_wanted() -> None:
    files = files_of()
    assert org_side.lint(files).ok
    assert "client_credentials" not in str(org_side.lint(files))
    report = org_side.lint(files, flows=["client_credentials"])
    assert report.wanted == ("client_credentials",)
    verdict = report.app("AcmeShop").flows["client_credentials"]
    assert (report.ok, verdict.verdict, verdict.works) == (False, "does_not", False)
    assert verdict.findings
    assert set(verdict.findings) <= set(report.findings)
    assert "AcmeShop: client_credentials does not work: " in str(report)


@with_part
def test_each_flow_is_wanted_of_one_app_or_of_the_one_that_is_named() -> None:
    files = files_of()
    old = (
        "<contactEmail>a@acme.example</contactEmail><label>Old</label><oauthConfig><callbackUrl>https://a.example/</callbackUrl>"
    )
    files["connectedApps/Old.connectedApp-meta.xml"] = (
        '<ConnectedApp xmlns="http://soap.sforce.com/2006/04/metadata">'
        f"{old}<isPkceRequired>true</isPkceRequired><scopes>Api</scopes></oauthConfig></ConnectedApp>"
    )
    report = org_side.lint(files, flows=["login"], client="public")
    assert report.app("Old").flows["login"].verdict == "does_not"
    assert report.app("AcmeShop").flows["login"].verdict == "works"
    assert {one.name for one in org_side.lint(files, flows=["login"], app="Old").apps} == {"Old"}
    assert not org_side.lint(files, flows=["login"], app="Old").ok
    with pytest.raises(headlessid.ArgumentError, match="They have: AcmeShop, Old"):
        org_side.lint(files, app="Older")


@with_part
def test_strict_fails_where_the_files_do_not_tell() -> None:
    files = {name: text for name, text in files_of().items() if "GlobalOauth" not in name}
    report = org_side.lint(files, flows=["login"], client="public")
    missing = next(one for one in report.findings if one.id == "file_not_here")
    assert (report.ok, missing.severity, missing.stops_deployment) == (True, "warning", False)
    assert not org_side.lint(files, flows=["login"], client="public", strict=True).ok
    with pytest.raises(headlessid.ArgumentError, match="strict"):
        org_side.lint(files, strict=True)


@with_part
def test_a_folder_without_an_app_is_not_ok_where_flows_are_wanted() -> None:
    files = {name: text for name, text in files_of().items() if name.endswith("package.xml")}
    assert org_side.lint(files).ok
    report = org_side.lint(files, flows=["login"])
    assert not report.ok
    assert "these files have no app (1 read)" in str(report)


@with_part
def test_reads_the_files_that_the_command_reads(tmp_path: Path) -> None:
    project = write(tmp_path / "shop", files_of())
    main = project / "force-app/main/default"
    (main / "externalClientApps/Bad.eca-meta.xml").write_bytes(b"<ExternalClientApplication>\xff</ExternalClientApplication>")
    (main / "Shop.network").write_text("\ufeff \n<Network/>")
    (main / "notes.txt").write_text("no file of the org")
    for left_out in (".sfdx", "node_modules"):
        write(main / left_out, {"Hidden.eca-meta.xml": "<ExternalClientApplication/>"})
    (main / "Link.eca-meta.xml").symlink_to(main / "Shop.network")
    os.mkfifo(main / "Pipe.eca-meta.xml")
    (tmp_path / "link").symlink_to(project / "force-app")
    for place in (project, project / "force-app", tmp_path / "link", main / "Shop.network"):
        said = command("lint", str(place), "--json", "--flows", "login")
        report = org_side.lint(place, flows=["login"])
        assert report.files_read == said["files_read"] > 0
        assert [(one.id, one.file or "", one.line or 0, one.message) for one in report.findings] == [
            (one["id"], one["file"], one["line"], one["message"]) for one in said["findings"]
        ]
        assert not any("Hidden" in (one.file or "") or "Link" in (one.file or "") for one in report.findings)


@with_part
def test_reads_a_zip_by_its_path_and_its_bytes(tmp_path: Path) -> None:
    generated = org_side.generate(
        "AcmeShop", flows=["login"], contact_email="ops@acme.example", client="public",
        redirect_uris=["https://app.acme.example/callback"], format="mdapi",
    )  # fmt: skip
    assert generated.zip is not None
    assert {name for name in generated.files if name.endswith(".xml")} <= set(
        zipfile.ZipFile(io.BytesIO(generated.zip)).namelist()
    )
    (tmp_path / "shop.zip").write_bytes(generated.zip)
    for source in (generated.zip, tmp_path / "shop.zip", str(tmp_path / "shop.zip")):
        assert org_side.lint(source, flows=["login"], client="public").app("AcmeShop").flows["login"].works


@with_part
def test_wrong_arguments_are_named(tmp_path: Path) -> None:
    files = files_of()
    for field, given in {
        "flows": {"flows": ["logn"]},
        "client": {"client": "secret"},
        "uses": {"uses": ["cookies"]},
        "api_version": {"api_version": "new"},
    }.items():
        with pytest.raises(headlessid.ArgumentError) as raised:
            org_side.lint(files, **given)  # type: ignore[arg-type]
        assert raised.value.field == field
    for arguments in ({"flows": "login"}, {"contact_email": "not an address"}, {"redirect_uris": ["there"]}):
        with pytest.raises(headlessid.ArgumentError) as raised:
            files_of(**arguments)
        assert raised.value.field == next(iter(arguments))
    with pytest.raises(headlessid.ArgumentError, match="has no file of an org's configuration"):
        org_side.lint(tmp_path)
    with pytest.raises(FileNotFoundError):
        org_side.lint(tmp_path / "missing")
    with pytest.raises(TypeError):
        org_side.lint({"a.xml": 1})  # type: ignore[dict-item]


@with_part
def test_a_text_that_is_not_unicode_is_a_finding_at_its_file() -> None:
    files = {**files_of(), "externalClientApps/Bad.eca": "<ExternalClientApplication>\ud83d</ExternalClientApplication>"}
    report = org_side.lint(files)
    assert [(one.id, one.file) for one in report.findings if one.severity == "error"] == [
        ("xml_encoding", "externalClientApps/Bad.eca")
    ]
    named = org_side.lint({"externalClientApps/\udcff.eca": "<ExternalClientApplication>", "x\ud83d.eca": "<a"})
    assert all("\ufffd" in (one.file or "") for one in named.findings)


@with_part
def test_names_of_files_that_are_not_utf_8(tmp_path: Path) -> None:
    (tmp_path / "externalClientApps").mkdir()
    place = os.fsencode(tmp_path) + b"/externalClientApps/Sh\xf6p.eca"
    with open(place, "wb") as file:
        file.write(b"<ExternalClientApplication>")
    for source in (tmp_path, Path(os.fsdecode(place)), os.fsdecode(place)):
        finding = org_side.lint(source).findings[0]
        assert finding.id == "xml_not_closed"
        assert (finding.file or "").endswith("Sh\ufffdp.eca")
    assert org_side.lint({"externalClientApps/Sh\udcf6p.eca": "<a"}).findings[0].severity == "error"
    said = command("lint", str(tmp_path), "--json")
    assert said["findings"][0]["file"] == "externalClientApps/Sh\ufffdp.eca"


@with_part
def test_what_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    os.mkfifo(tmp_path / "pipe.eca")
    (tmp_path / "empty.eca").touch()
    for name in ("loop", "pipe.eca"):
        with pytest.raises(headlessid.ArgumentError, match="neither a folder nor a plain file"):
            org_side.lint(tmp_path / name)
    with pytest.raises(headlessid.ArgumentError, match="neither a zip nor a file"):
        org_side.lint(tmp_path / "empty.eca")
    (tmp_path / "Empty.eca-meta.xml").touch()
    assert org_side.lint(tmp_path / "Empty.eca-meta.xml").findings[0].id == "xml_empty"
    (tmp_path / "below").mkdir()
    (tmp_path / "below/up").symlink_to(tmp_path)
    assert [finding.id for finding in org_side.lint(tmp_path).findings] == ["xml_empty"]

    # A folder that vanishes once it has been seen, and a file that may not be read.
    listed = os.listdir

    def vanishing(path: Any) -> Any:
        if str(path).endswith("below"):
            shutil.rmtree(path)
        return listed(path)

    with monkeypatch.context() as patched:
        patched.setattr(os, "listdir", vanishing)
        with pytest.raises(FileNotFoundError, match="below"):
            org_side.lint(tmp_path)
    opened = os.open

    def forbidding(path: Any, *rest: Any) -> Any:
        if str(path).endswith("Empty.eca-meta.xml"):
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *rest)

    with monkeypatch.context() as patched:
        patched.setattr(os, "open", forbidding)
        with pytest.raises(PermissionError, match=r"Empty\.eca-meta\.xml"):
            org_side.lint(tmp_path)


@with_part
def test_no_frame_holds_the_files_when_a_call_fails() -> None:
    """An error reporter would show the consumer secret that one of them has."""
    given: dict[str, str | bytes] = {
        "a.ecaGlblOauth-meta.xml": f"<ExtlClntAppGlobalOauthSettings>{MARK}</ExtlClntAppGlobalOauthSettings>"
    }
    try:
        org_side.lint(given, client="secret")  # type: ignore[arg-type]
    except headlessid.ArgumentError as error:
        for frame, _ in traceback.walk_tb(error.__traceback__):
            if frame.f_code.co_filename.startswith(PACKAGE):
                assert MARK not in repr(frame.f_locals), frame.f_code.co_name
    else:
        pytest.fail("not refused")


@with_part
def test_a_code_with_several_meanings_has_each_with_its_hint() -> None:
    code = next(one for one in org_side.explain("inactive_user").entries if one.kind == "error_code")
    assert code.hint is None and code.meanings[0].reason == "inactive_user" and code.meanings[0].hint
    assert {"invalid_credentials", "inactive_user"} <= {one.reason for one in code.meanings}
    assert org_side.explain("no word of this at all is a setting").advice


def test_a_second_app_joins_the_files_of_the_first() -> None:
    first = org_side.generate("Shop", flows=["login"], contact_email="ops@acme.example", redirect_uris=["https://a.example/cb"])
    second = org_side.generate(
        "Batch",
        flows=["client_credentials"],
        contact_email="ops@acme.example",
        run_as_user="integration@acme.example",
        existing=first.files,
    )
    manifest = second.files["manifest/package.xml"]
    assert second.merged == ("manifest/package.xml",) and ">Shop<" in manifest and ">Batch<" in manifest
    assert "SETUP-Batch.md" in second.files and "sfdx-project.json" not in second.files


def test_explains_words() -> None:
    entry = org_side.explain("app_callback").entries[0]
    assert (entry.kind, entry.setup) == ("setting", "the app > Callback URL")
    assert ("ExtlClntAppGlobalOauthSettings", "callbackUrl") in [(place.type, place.element) for place in entry.metadata]
    assert "web_server" in entry.flows
    kind = next(one for one in org_side.explain("ExternalClientApplication").entries if one.kind == "type")
    assert kind.folder == "externalClientApps"
    unknown = org_side.explain("app_calback")
    assert not unknown.entries
    assert "app_callback" in unknown.nearest
    with pytest.raises(headlessid.ArgumentError):
        org_side.explain(" ")


@with_part
def test_the_page_has_a_job_that_runs(tmp_path: Path) -> None:
    """As docs/org.md has it, with the app of examples/org, and then with a file of it broken."""
    code = next(
        one
        for one in re.findall(r"^```python\n(.*?)^```", (REPOSITORY / "docs/org.md").read_text("utf-8"), re.M | re.S)
        if "def test_" in one
    )
    shutil.copytree(REPOSITORY / "examples/org", tmp_path, dirs_exist_ok=True)
    (tmp_path / "test_org.py").write_text(code)

    def job() -> subprocess.CompletedProcess[str]:
        arguments = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_org.py"]
        return subprocess.run(arguments, cwd=tmp_path, capture_output=True, text=True)

    done = job()
    assert done.returncode == 0, done.stdout
    path = next((tmp_path / "force-app").rglob("*.ecaOauth-meta.xml"))
    path.write_text(path.read_text().replace("</ExtlClntAppOauthSettings>", ""))
    done = job()
    assert done.returncode == 1
    assert f"{path.relative_to(tmp_path)}:" in done.stdout
