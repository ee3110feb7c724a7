"""What is shipped: one version, pinned packages, the Space's front matter, no big or unsafe files."""
from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import playground
from scripts.find_browser import ADVICE
from scripts.render_readme import ROOT, front_matter, rendered

MAX_FILE_BYTES = 10_000_000               # the hub asks for Git LFS above this
UNSAFE = {".pkl", ".pickle", ".pt", ".pth", ".bin", ".joblib", ".npy", ".npz"}   # formats that may run code when read


def shipped() -> list[Path]:
    done = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                          capture_output=True, text=True)
    if done.returncode:
        pytest.skip("not a git checkout")
    return [path for name in done.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def requirements(name: str) -> list[str]:
    lines = (ROOT / name).read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith(("#", "-r "))]


def test_the_readme_begins_with_what_spaces_yaml_says():
    assert (ROOT / "README.md").read_text("utf-8") == rendered(), "run: python -m scripts.render_readme"


def test_the_space_installs_the_gradio_that_is_tested():
    space = yaml.safe_load(front_matter().strip("-\n"))
    assert f"gradio=={space['sdk_version']}" in " ".join(requirements("requirements.txt"))
    assert (ROOT / space["app_file"]).exists() and len(space["short_description"]) <= 60


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_package_is_pinned_and_explained(name):
    for line in requirements(name):
        assert re.match(r"[A-Za-z0-9_-]+==[0-9][^ ]* .*# \w", line), line


def test_the_version_stands_in_one_place():
    assert re.fullmatch(r"\d+\.\d+\.\d+", playground.__version__)
    assert not re.search(r"^version\s*=\s*\"", (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    assert f"## {playground.__version__}" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_no_shipped_file_is_big():
    assert not [f"{path}: {path.stat().st_size}" for path in shipped() if path.stat().st_size >= MAX_FILE_BYTES]


def test_no_shipped_file_can_run_code_when_read():
    assert not [path for path in shipped() if path.suffix in UNSAFE]


def test_no_shipped_text_holds_a_path_of_one_machine():
    here = re.compile("|".join(["/" + "root/", "/" + "work/", "C:" + r"\\Users"]))
    text = (path for path in shipped() if path.suffix in {".py", ".md", ".yaml", ".toml", ".txt", ".css", ".js", ""})
    bad = [path for path in text if here.search(path.read_text("utf-8", errors="ignore"))]
    assert not bad


def test_every_place_the_readme_names_exists():
    text = (ROOT / "README.md").read_text("utf-8")
    tree = text.split("## What is where")[1].split("```")[1]
    folder = ""
    for line in filter(None, tree.splitlines()):
        if not line.startswith(" "):
            folder = ""
        for name in re.split(r",?\s+", re.split(r"\s{2,}", line.strip())[0]):
            assert (ROOT / folder / name).exists(), f"{folder}{name}"
        if line.strip() == "playground/":
            folder = "playground/"
    for link in re.findall(r"\]\(([^)#:]+)\)", text):
        assert link.startswith("assets/screenshots/") or (ROOT / link).exists(), link


def test_without_a_browser_the_way_to_get_one_is_told(tmp_path):
    env = {"PATH": str(tmp_path), "CHROMIUM": str(tmp_path / "none")}
    for ci, code in (("", 0), ("true", 1)):
        done = subprocess.run([sys.executable, "-m", "scripts.find_browser"], cwd=ROOT, env={**env, "CI": ci},
                              capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stderr.strip()) == (code, ADVICE)
