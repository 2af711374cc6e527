"""`headlessid org`: files written, read and explained. What the library says of them is tested in tests/org."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest
from support import ROOT, Org, Outcome, run

GENERATE = (
    *("org", "generate", "--name", "Acme", "--contact-email", "ops@acme.example"),
    *("--redirect-uri", "https://app.acme.example/callback", "--run-as-user", "integration@acme.example"),
)
GLOBAL = "force-app/main/default/extlClntAppGlobalOauthSets/Acme.ecaGlblOauth-meta.xml"


def generate(out: Path, *options: str) -> Outcome:
    return run(*GENERATE, *options, "--out", str(out))


def files_below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A project with an app for login and guest."""
    folder = tmp_path / "acme"
    assert generate(folder, "--flows", "login,guest", "--client", "public").status == 0
    return folder


def edit(app: Path, old: str, new: str, path: str = GLOBAL) -> None:
    text = (app / path).read_text()
    assert old in text
    (app / path).write_text(text.replace(old, new))


# ---- generate --------------------------------------------------------------------------------


def test_lists_what_it_wrote(tmp_path: Path) -> None:
    done = generate(tmp_path / "acme", "--flows", "login,web-server")
    assert done.status == 0 and done.err == ""
    assert set(done.out.splitlines()) == files_below(tmp_path / "acme")
    assert GLOBAL in done.out and "SETUP.md" in done.out


def test_notes_go_to_standard_error(tmp_path: Path) -> None:
    done = generate(tmp_path / "acme", "--flows", "web-server", "--kind", "connected-app")
    assert done.status == 0 and done.err.startswith("Note: ") and "Spring '26" in done.err
    done = run(*GENERATE, "--flows", "web-server", "--kind", "connected-app", "--out", str(tmp_path / "other"), "--json")
    assert done.err == "" and "Spring '26" in json.loads(done.out)["notes"][-1]


def test_without_out_json_has_the_files() -> None:
    done = run(*GENERATE, "--flows", "login", "--json")
    assert done.status == 0
    assert GLOBAL in {file["path"] for file in json.loads(done.out)["files"]}


def test_overwrites_nothing_unless_told(app: Path) -> None:
    (app / "SETUP.md").write_text("mine")
    before = {path: (app / path).read_bytes() for path in files_below(app)}
    done = generate(app, "--flows", "login")
    assert done.status == 2 and "--force" in done.err
    assert {path: (app / path).read_bytes() for path in files_below(app)} == before, "nothing was written"
    assert generate(app, "--flows", "login", "--force").status == 0
    assert (app / "SETUP.md").read_text() != "mine"


def test_adds_to_ignore_files(tmp_path: Path) -> None:
    folder = tmp_path / "acme"
    folder.mkdir()
    (folder / ".gitignore").write_text("node_modules")
    done = generate(folder, "--flows", "login")
    assert done.status == 0 and ".gitignore" in done.out
    lines = (folder / ".gitignore").read_text().splitlines()
    assert lines[0] == "node_modules" and "**/extlClntAppGlobalOauthSets/" in lines
    done = generate(folder, "--flows", "login", "--force")
    assert (folder / ".gitignore").read_text().splitlines() == lines and ".gitignore" not in done.out.splitlines()


def test_never_writes_through_a_link(tmp_path: Path) -> None:
    folder = tmp_path / "acme"
    folder.mkdir()
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (folder / "SETUP.md").symlink_to(victim)
    assert generate(folder, "--flows", "login").status == 2
    assert generate(folder, "--flows", "login", "--force").status == 2
    assert victim.read_text() == "mine"


def test_a_second_app_joins_the_first(app: Path) -> None:
    page = (app / "SETUP.md").read_bytes()
    (app / "sfdx-project.json").write_text('{"packageDirectories": [{"path": "force-app"}], "mine": true}')
    done = run(*GENERATE, "--name", "Batch", "--flows", "client-credentials", "--out", str(app))
    assert done.status == 0, done.err
    manifest = (app / "manifest/package.xml").read_text()
    assert "<members>Acme</members>" in manifest and "<members>Batch</members>" in manifest
    assert (app / "SETUP.md").read_bytes() == page and (app / "SETUP-Batch.md").is_file()
    assert '"mine"' in (app / "sfdx-project.json").read_text()
    assert run(*GENERATE, "--name", "Batch", "--flows", "client-credentials", "--out", str(app)).status == 2
    assert run(*GENERATE, "--name", "Batch", "--flows", "client-credentials", "--force", "--out", str(app)).status == 0
    assert '"mine"' in (app / "sfdx-project.json").read_text(), "a project's own, with --force too"
    assert (app / "SETUP.md").read_bytes() == page


def test_writes_nothing_below_a_link_or_into_a_pipe(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    folder = tmp_path / "acme"
    folder.mkdir()
    (folder / "force-app").symlink_to(outside)
    for force in ([], ["--force"]):
        done = generate(folder, "--flows", "login", *force)
        assert done.status == 2 and "force-app is a link" in done.err, done.err
    assert not files_below(outside) and not files_below(folder), "nothing was written"
    (folder / "force-app").unlink()
    os.mkfifo(folder / "SETUP.md")
    assert generate(folder, "--flows", "login", "--force").status == 2
    assert [path.name for path in folder.iterdir()] == ["SETUP.md"]


def test_refuses_a_private_key_before_it_writes(tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    key.write_text("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n")
    done = generate(tmp_path / "acme", "--flows", "jwt-bearer", "--certificate-file", str(key))
    assert done.status == 2 and "private key" in done.err and "MIIE" not in done.err
    assert not (tmp_path / "acme").exists()


def test_mdapi_as_a_folder_and_as_a_zip(tmp_path: Path) -> None:
    assert generate(tmp_path / "folder", "--flows", "registration", "--format", "mdapi").status == 0
    done = generate(tmp_path / "package.zip", "--flows", "registration", "--format", "mdapi")
    assert done.status == 0 and done.out == "package.zip\n"
    with zipfile.ZipFile(tmp_path / "package.zip") as file:
        assert file.testzip() is None
        names = set(file.namelist())
        for name in names:
            assert file.read(name) == (tmp_path / "folder" / name).read_bytes()
    assert files_below(tmp_path / "folder") - names == {"SETUP.md", ".gitignore"}
    assert generate(tmp_path / "other.zip", "--flows", "login").status == 2
    assert run("org", "lint", str(tmp_path / "package.zip"), "--flows", "registration").status == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--flows", "jwt-bearer"], "--certificate-file is missing: jwt_bearer needs it"),
        (["--flows", "logn"], "--flows has"),
        (["--flows", "login", "--kind", "app"], "--kind must be external_client_app or connected_app"),
        (["--flows", "login", "--lable", "x"], "Did you mean --label?"),
        (["--flows", "login", "--api-version", "x"], "--api-version must be a whole number"),
        (["--flows", "login", "--api-version", "60.0"], "--api-version must be 61 or later"),
        (["--flows", "login", "--recaptcha=yes"], "--recaptcha accepts no value"),
        (["--flows"], "--flows needs a value"),
        (["login"], "accepts options only"),
    ],
)
def test_wrong_use_of_generate(options: list[str], said: str) -> None:
    done = run(*GENERATE, "--json", *options)
    assert done.status == 2 and said in done.err, done.err


def test_needs_a_place() -> None:
    assert "--out is missing" in run(*GENERATE, "--flows", "login").err


# ---- lint ------------------------------------------------------------------------------------


def test_what_was_generated_works(app: Path) -> None:
    done = run("org", "lint", str(app), "--flows", "login,guest", "--client", "public")
    assert done.status == 0 and done.err == ""
    lines = done.out.splitlines()
    assert lines[0] == "Acme (external client app)"
    assert [line.split() for line in lines[1:]] == [["login", "works"], ["guest", "works"]]


def test_a_finding_names_file_line_and_change(app: Path) -> None:
    edit(app, "<isConsumerSecretOptional>true", "<isConsumerSecretOptional>false")
    done = run("org", "lint", str(app), "--flows", "web-server", "--client", "public")
    assert done.status == 1
    line = (app / GLOBAL).read_text().splitlines().index("    <isConsumerSecretOptional>false</isConsumerSecretOptional>") + 1
    assert f"{GLOBAL}:{line}: error: " in done.out and "[public_client_secret_required]" in done.out
    assert "does not work: " in done.out


def test_the_exit_status_follows_the_wanted_flows(app: Path) -> None:
    assert run("org", "lint", str(app)).status == 0
    assert run("org", "lint", str(app), "--flows", "device").status == 1
    edit(app, "</label>", "</labl>")
    assert run("org", "lint", str(app)).status == 1, "a file that cannot be read"


def test_a_wanted_flow_needs_an_app(app: Path) -> None:
    """A job that names the wrong folder must not pass."""
    assert run("org", "lint", str(app / "manifest")).status == 0
    done = run("org", "lint", str(app / "manifest"), "--flows", "login")
    assert done.status == 1 and "These files have no app" in done.out


def test_the_example_is_sound() -> None:
    done = run("org", "lint", str(ROOT / "examples/org"), "--flows", "login,guest,refresh,web-server", "--client", "public")
    assert done.status == 0 and "error" not in done.out and "warning" not in done.out, done.out


def test_without_flows_it_is_short(app: Path) -> None:
    done = run("org", "lint", str(app))
    assert "note: " not in done.out and "--flows NAME" in done.out
    assert "device" in done.out and "does not work: app_device_flow" in done.out
    assert "app_device_flow" in run("org", "lint", str(app), "--json").out


def test_json_is_what_the_library_says(app: Path) -> None:
    said = json.loads(run("org", "lint", str(app), "--flows", "login", "--json").out)
    assert said["apps"][0]["flows"][0]["verdict"] == "works" and said["findings"] == []


def sarif(app: Path, *options: str) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(run("org", "lint", str(app), "--sarif", *options).out)
    return said


def test_sarif(app: Path) -> None:
    os.rename(app / GLOBAL, app / "Acm\u00e9 #1.ecaGlblOauth-meta.xml")
    edit(app, "<isPkceRequired>true", "<isPkceRequired>yes", "Acm\u00e9 #1.ecaGlblOauth-meta.xml")
    said = sarif(app, "--flows", "login", "--client", "public")
    assert said["version"] == "2.1.0"
    run_ = said["runs"][0]
    rules = run_["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    assert run_["results"]
    for result in run_["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note") and result["message"]["text"]
        for location in result["locations"]:
            place = location["physicalLocation"]
            assert place["artifactLocation"]["uri"].isascii() and " " not in place["artifactLocation"]["uri"]
            assert place.get("region", {"startLine": 1})["startLine"] >= 1
    uris = [result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in run_["results"]]
    assert "Acm%C3%A9%20%231.ecaGlblOauth-meta.xml" in uris


def test_a_folder_of_a_project_has_the_projects_ignore_files(app: Path) -> None:
    edit(app, "<label>", "<consumerSecret>S3CR3T</consumerSecret><label>")
    folder = app / "force-app/main/default"
    done = run("org", "lint", str(folder), "--flows", "login")
    assert "credential_in_file" not in done.out and GLOBAL not in done.out
    (app / ".gitignore").unlink()
    done = run("org", "lint", str(folder), "--flows", "login")
    assert "credential_in_file" in done.out and GLOBAL in done.out
    assert "S3CR3T" not in done.out + done.err


def test_reads_one_file_and_nothing_behind_links(app: Path, tmp_path: Path) -> None:
    assert "isPkceRequired" not in run("org", "lint", str(app / GLOBAL)).err
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/Evil.eca-meta.xml").write_text((app / GLOBAL).read_text())
    (app / "link").symlink_to(tmp_path / "elsewhere")
    (app / "Evil.eca-meta.xml").symlink_to(tmp_path / "elsewhere/Evil.eca-meta.xml")
    assert "Evil" not in run("org", "lint", str(app), "--json").out
    (tmp_path / "named").symlink_to(app)
    assert run("org", "lint", str(tmp_path / "named"), "--flows", "login").status == 0, "one that a person names"


def test_names_of_files_that_are_not_utf_8(app: Path) -> None:
    place = os.fsencode(app) + b"/Sh\xf6p.eca-meta.xml"
    with open(place, "wb") as file:
        file.write(b"<ExternalClientApplication>")
    assert "Sh\ufffdp.eca-meta.xml:1: error" in run("org", "lint", str(app)).out
    assert run("org", "lint", os.fsdecode(place)).status == 1
    assert run("org", "lint", os.fsdecode(place), "--sarif").status == 1


def test_what_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    os.mkfifo(tmp_path / "pipe.eca")
    (tmp_path / "empty.eca").touch()
    (tmp_path / "Empty.eca-meta.xml").touch()
    (tmp_path / "up").symlink_to(tmp_path)
    for name, said in {
        "loop": "cannot read",
        "pipe.eca": "neither a folder nor a file",
        "empty.eca": "neither a zip nor a file",
        "gone": "No such file",
    }.items():
        done = run("org", "lint", str(tmp_path / name))
        assert done.status == 2 and said in done.err and name in done.err, done.err
    assert "Empty.eca-meta.xml: error: " in run("org", "lint", str(tmp_path)).out


def test_leaves_out_what_is_not_the_orgs(app: Path) -> None:
    (app / "force-app" / "Big.labels-meta.xml").write_bytes(b"<CustomLabels>" + b" " * (17 << 20))
    for name in ("c:", "back\\slash", "bell\a"):
        (app / "force-app" / name).mkdir()
        (app / "force-app" / name / "page.html").write_text("<html></html>")
    for i in range(5):
        (app / "force-app" / f"{i}.html").write_text("<html>" + " " * (15 << 20))
    done = run("org", "lint", str(app), "--flows", "login,guest", "--client", "public")
    assert done.status == 0, done.err


def test_names_the_option_that_is_not_utf8(app: Path) -> None:
    latin = os.fsdecode(b"sh\xf6p")
    done = run("org", "lint", str(app), "--site", latin)
    assert done.status == 2 and "--site is not UTF-8" in done.err
    assert run("org", "explain", latin).status == 2
    done = run("org", "lint", str(app), "--flows", "")
    assert done.status == 2 and "--flows needs a value" in done.err


def test_reads_the_ignore_file_of_the_repository(app: Path) -> None:
    (app.parent / ".git").mkdir()
    (app / ".gitignore").rename(app.parent / ".gitignore")
    said = json.loads(run("org", "lint", str(app), "--sarif").out)
    results = said["runs"][0]["results"]
    assert not [one for one in results if one["ruleId"] in ("client_id_in_file", "credential_in_file")]
    (app / GLOBAL).write_text("<a")
    said = json.loads(run("org", "lint", str(app), "--sarif").out)
    place = said["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert place == f"{app.name}/{GLOBAL}"


def test_lints_one_app_at_one_site_and_strictly(app: Path) -> None:
    done = run("org", "lint", str(app), "--app", "Acmee")
    assert done.status == 2 and "They have: Acme" in done.err, done.err
    assert run("org", "lint", str(app), "--app", "Acme", "--flows", "login", "--client", "public", "--strict").status == 0
    (app / GLOBAL).unlink()
    assert run("org", "lint", str(app), "--flows", "login", "--client", "public").status == 0
    done = run("org", "lint", str(app), "--flows", "login", "--client", "public", "--strict")
    assert done.status == 1
    assert "sf project retrieve start --metadata ExtlClntAppGlobalOauthSettings" in " ".join(done.out.split())
    networks = app / "networks"
    networks.mkdir()
    for name, status in {"shop": "Live", "partner": "UnderConstruction"}.items():
        text = f'<Network xmlns="http://soap.sforce.com/2006/04/metadata"><status>{status}</status></Network>'
        (networks / f"{name}.network-meta.xml").write_text(text)
    done = run("org", "lint", str(app), "--site", "parner")
    assert done.status == 2 and "partner, shop" in done.err, done.err


def test_says_which_files_do_not_deploy(app: Path) -> None:
    policies = next(app.rglob("*.ecaOauthPlcy-meta.xml"))
    policies.write_text(policies.read_text().replace("AdminApprovedPreAuthorized", "AdminApproved"))
    done = run("org", "lint", str(app), "--flows", "login", "--client", "public")
    assert done.status == 1 and "1 error: these files do not deploy." in done.out, done.out


def test_refuses_a_harmful_zip(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "out.zip", "w") as file:
        file.writestr("../evil.eca", "<a/>")
    done = run("org", "lint", str(tmp_path / "out.zip"))
    assert done.status == 2 and "leaves the folder" in done.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "needs one folder"),
        (["a", "b"], "needs one folder"),
        (["/nowhere"], "cannot read /nowhere"),
        (["/dev/null"], "neither a folder nor a file"),
        (["x", "--json", "--sarif"], "exclude each other"),
        (["x", "--flow", "login"], "Did you mean --flows?"),
    ],
)
def test_wrong_use_of_lint(arguments: list[str], said: str) -> None:
    done = run("org", "lint", *arguments)
    assert done.status == 2 and said in done.err, done.err


def test_an_empty_folder(tmp_path: Path) -> None:
    done = run("org", "lint", str(tmp_path))
    assert done.status == 2 and "has no file" in done.err


# ---- explain ---------------------------------------------------------------------------------


def test_explains_an_element() -> None:
    done = run("org", "explain", "isConsumerSecretOptional")
    assert done.status == 0
    assert "ExtlClntAppGlobalOauthSettings.isConsumerSecretOptional (element)" in done.out
    assert "In Setup: the app > Require Secret for Web Server Flow" in done.out
    assert "ConnectedApp.oauthConfig.isConsumerSecretOptional" in done.out


@pytest.mark.parametrize(
    "word", ["not_headless", "invalid_grant", "Callback URL", "refresh_token", "web-server", "guest_without_jwt"]
)
def test_explains_a_word(word: str) -> None:
    done = run("org", "explain", *word.split())
    assert done.status == 0 and done.out
    assert json.loads(run("org", "explain", word, "--json").out)["entries"]


def test_explains_each_meaning_of_a_code() -> None:
    done = run("org", "explain", "invalid_grant")
    assert done.status == 0 and "too many requests" not in done.out.split("\n")[1]
    assert "invalid_credentials (authorize endpoint" in done.out and "grant_refused (token endpoint" in done.out


def test_explains_a_whole_response() -> None:
    for text in ['{"error":"invalid_app_access","error_description":"user is not admin approved"}', "user is not admin approved"]:
        done = run("org", "explain", text)
        assert done.status == 0 and "not_admin_approved (reason)" in done.out
    assert "error code alone" in run("org", "explain", "what is all of this about here").err


def test_names_what_was_meant() -> None:
    done = run("org", "explain", "isPkceReqired")
    assert done.status == 2 and "Did you mean isPkceRequired?" in done.err
    assert run("org", "explain").status == 2


# ---- the command -----------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["lint", "generate", "explain"])
def test_help(part: str) -> None:
    done = run("org", part, "--help")
    assert done.status == 0 and done.out.startswith(f"usage: headlessid org {part}")
    assert all(len(line) <= 100 for line in done.out.splitlines())


def test_help_of_all() -> None:
    assert run("org", "--help").status == 0
    assert run("org").status == 2
    assert "Did you mean lint?" in run("org", "lnt").err


# ---- sim --org -------------------------------------------------------------------------------


def login_at(org: Org) -> Outcome:
    settings = {**org.settings(), "HEADLESSID_PASSWORD": org.password}
    settings.pop("HEADLESSID_CLIENT_SECRET")
    return run("login", "--username", org.username, "--json", env=settings)


def test_the_simulated_org_is_as_the_files_say(app: Path, tmp_path: Path) -> None:
    org = Org("--org", str(app))
    assert org.said["apps"][0]["client_id"] == "3MVG9Example.Acme"
    assert org.said["apps"][0]["redirect_uri"] == "https://app.acme.example/callback"
    assert login_at(org).status == 0
    assert org.stop() == 0
    edit(app, "<isConsumerSecretOptional>true", "<isConsumerSecretOptional>false")
    assert run("org", "lint", str(app), "--flows", "login", "--client", "public").status == 1
    zipped = tmp_path / "acme.zip"
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in files_below(app):
            archive.write(app / name, name)
    org = Org("--org", str(zipped))
    assert "isConsumerSecretOptional" in login_at(org).error["hint"]
    assert org.stop() == 0


def test_files_that_the_simulated_org_cannot_read(app: Path) -> None:
    assert "--network goes with --org" in run("sim", "--network", "shop").err
    done = run("sim", "--org", str(app), "--network", "shop")
    assert done.status == 2 and "no site shop" in done.err
    edit(app, "</isPkceRequired>", "</isPkce>")
    done = run("sim", "--org", str(app))
    assert done.status == 2 and "Acme.ecaGlblOauth-meta.xml:" in done.err and "not well-formed" in done.err
    assert run("sim", "--org", str(app / "nowhere")).status == 2
