"""SHA256SUMS, as whoever downloads one file uses it."""

import subprocess

from tools.package import sums


def checked(folder) -> subprocess.CompletedProcess:
    words = ["sha256sum", "-c", "--strict", "--ignore-missing", sums.NAME]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)


def test_sha256sum_reads_it_and_refuses_another_file(tmp_path):
    (tmp_path / "maven").mkdir()
    (tmp_path / "maven" / "inside").touch()
    for name in ("b.tar.gz", "a.whl"):
        (tmp_path / name).write_text(name)
    for _ in range(2):  # It does not list itself.
        made = sums.write_sums(tmp_path)
        assert [line.split("  ")[1] for line in made.read_text().splitlines()] == ["a.whl", "b.tar.gz"]
    assert checked(tmp_path).stdout == "a.whl: OK\nb.tar.gz: OK\n"
    (tmp_path / "a.whl").unlink()
    assert checked(tmp_path).returncode == 0
    (tmp_path / "b.tar.gz").write_text("another")
    assert checked(tmp_path).returncode == 1
