"""The completion scripts and the manual page, which the command prints from the catalogue."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from support import CLI, run

FLOWS = [flow["name"].replace("_", "-") for flow in json.loads(run("flows", "--json").out)["flows"]]
COMMANDS = [*FLOWS, "demo", "sim", "check", "org", "session", "flows", "completion", "man", "licenses", "help"]
SESSION_PARTS = ["begin", "token", "rejected", "guest", "end"]
ORG_PARTS = ["lint", "generate", "explain", "doctor", "probe"]
NEEDS_ARGUMENT = re.compile(r"^  (--[a-z-]+)(?: [A-Z\"]|\n|  )", re.M)


def options_in_help(*command: str) -> set[str]:
    return set(NEEDS_ARGUMENT.findall(run(*command, "--help").out)) | {"--help"}


def bash(*words: str, folder: Path | None = None) -> list[str]:
    """What bash offers for the last of the words."""
    line = " ".join(f"'{word}'" for word in ("headlessid", *words))
    script = f"{run('completion', 'bash').out}\ncompopt() {{ :; }}\nCOMP_WORDS=({line})\nCOMP_CWORD={len(words)}\n_headlessid\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"\n"
    done = subprocess.run(["bash", "-s"], input=script, capture_output=True, text=True, check=True, cwd=folder)
    assert done.stderr == ""
    return [word for word in done.stdout.split("\n") if word]


def test_bash_offers_every_command() -> None:
    assert set(bash("")) == {*COMMANDS, "--help", "--version"}
    assert bash("passw") == ["passwordless-login", "password-reset"]


@pytest.mark.parametrize("command", [*FLOWS, "check"])
def test_bash_offers_the_options_of_the_help_and_no_secret_as_an_argument(command: str) -> None:
    offered = set(bash(command, "--"))
    assert offered == options_in_help(command)
    assert "--password" not in offered and "--client-secret" not in offered


def test_bash_completes_values(tmp_path: Path) -> None:
    assert bash("passwordless-login", "--verification-method", "") == ["email", "sms"]
    assert bash("login", "--username", "") == []
    (tmp_path / "my session.json").touch()
    assert bash("refresh", "--token-file", "my", folder=tmp_path) == ["my session.json"]
    assert bash("completion", "") == ["bash", "zsh", "fish"]
    assert set(bash("flows", "")) == {*FLOWS, "--json", "--help"}


@pytest.mark.parametrize("part", ["lint", "generate", "doctor", "probe"])
def test_bash_offers_the_options_of_a_part_of_org(part: str) -> None:
    assert set(bash("org", part, "--")) == options_in_help("org", part)


def test_bash_completes_what_org_reads(tmp_path: Path) -> None:
    assert set(bash("org", "")) == {*ORG_PARTS, "--help"}
    assert set(bash("org", "explain", "--")) == {"--json", "--help"}
    (tmp_path / "force app").mkdir()
    assert bash("org", "lint", "for", folder=tmp_path) == ["force app"]
    assert bash("org", "lint", "force-app", "--client", "") == ["public", "private"]
    assert set(bash("org", "generate", "--flows", "")) == set(FLOWS)
    assert bash("org", "generate", "--kind", "c") == ["connected-app"]
    assert bash("org", "generate", "--out", "for", folder=tmp_path) == ["force app"]
    assert bash("org", "generate", "--label", "") == []


@pytest.mark.parametrize("part", SESSION_PARTS)
def test_bash_offers_the_options_of_a_part_of_session(part: str, tmp_path: Path) -> None:
    assert set(bash("session", part, "--")) == options_in_help("session", part)
    assert set(bash("session", "")) == {*SESSION_PARTS, "new-key", "--help"}
    (tmp_path / "my sessions.db").touch()
    assert bash("session", part, "--store", "my", folder=tmp_path) == ["my sessions.db"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_script_names_every_command_and_option_and_is_one_that_the_shell_reads(shell: str) -> None:
    script = run("completion", shell).out
    for command in COMMANDS:
        assert re.search(rf"(?<![\w-]){command}(?![\w-])", script), command
    for command in (
        [[flow] for flow in FLOWS] + [["org", part] for part in ORG_PARTS] + [["session", part] for part in SESSION_PARTS]
    ):
        for option in options_in_help(*command):
            assert (f"-l {option[2:]} " if shell == "fish" else option) in script, option
    if shutil.which(shell):
        done = subprocess.run([shell, "-n"], input=script, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not shutil.which("fish"), reason="needs fish")
def test_fish_offers_options_of_the_command_alone() -> None:
    ask = f"{run('completion', 'fish').out}\ncomplete -C 'headlessid login --user'\ncomplete -C 'headlessid passwordless-login --verification-method '\n"
    offered = subprocess.run(["fish", "--no-config"], input=ask, capture_output=True, text=True, check=True).stdout
    names = [line.split("\t")[0] for line in offered.splitlines()]
    assert "--username" in names and "--user-agent" in names and {"email", "sms"} <= set(names) and "--userdata" not in names


def test_other_shells_are_refused() -> None:
    for arguments in (["completion"], ["completion", "csh"], ["completion", "bash", "zsh"]):
        done = run(*arguments)
        assert done.status == 2 and done.out == "" and "bash, zsh, fish" in done.err
    assert run("man", "login").status == 2
    assert run("completion", "--help").status == 0 and run("man", "--help").status == 0


def test_the_manual_page_names_every_command_and_option() -> None:
    page = run("man").out
    plain = page.replace("\\-", "-")
    for command in COMMANDS:
        assert f"\n.B {command}" in plain, command
    for flow in FLOWS:
        assert f"\n.SS {flow}\n" in plain
        for option in options_in_help(flow) - {"--help"}:
            assert option in plain, option
    assert ".SH EXIT STATUS" in page


@pytest.mark.skipif(not shutil.which("groff"), reason="needs groff")
def test_the_manual_page_is_sound_roff() -> None:
    done = subprocess.run(
        ["groff", "-man", "-ww", "-Tutf8", "-P-cbou"], input=run("man").out, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "--password-file PATH" in done.stdout and "\\-" not in done.stdout


def test_the_build_leaves_the_pages_next_to_the_command() -> None:
    pages = Path(CLI).resolve().parent / "pages"
    if not pages.is_dir():
        pytest.skip("not a command of a build folder")
    for name, arguments in {
        "headlessid.1": ["man"],
        "headlessid": ["completion", "bash"],
        "_headlessid": ["completion", "zsh"],
        "headlessid.fish": ["completion", "fish"],
    }.items():
        assert (pages / name).read_text(encoding="utf-8") == run(*arguments).out
