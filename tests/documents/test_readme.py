"""The README's commands are the Makefile's, and both languages give the same ones."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FENCES = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def commands(name: str) -> list[str]:
    """What continuous integration takes from the document, by its own script."""
    script = subprocess.run(
        [ROOT / ".ci/readme-commands", ROOT / name], capture_output=True, text=True, check=True
    )
    return script.stdout.splitlines()


def blocks(name: str) -> list[tuple[str, str]]:
    return FENCES.findall((ROOT / name).read_text(encoding="utf-8"))


def test_the_first_thing_the_readme_shows_is_the_two_commands():
    assert commands("README.md") == ["make demo", "make test"]


def test_every_command_is_a_target_of_the_makefile():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = {line.removeprefix("make ") for line in commands("README.md")}
    assert named <= targets


def test_the_help_of_make_names_every_target_for_people():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    shown = re.findall(r'@echo "make (\w+) ', makefile)
    assert sorted(["help", *shown]) == sorted(phony.group(1).split())


def test_both_languages_show_the_same_blocks():
    assert blocks("README.zh-CN.md") == blocks("README.md")


@pytest.mark.parametrize("text", ["", "no block\n", "```bash\nmake demo\n```\n"])
def test_a_document_without_commands_fails_the_run_instead_of_passing_it(tmp_path, text):
    (tmp_path / "README.md").write_text(text, encoding="utf-8")
    script = subprocess.run([ROOT / ".ci/readme-commands", tmp_path / "README.md"])
    assert script.returncode != 0


def test_only_marked_lines_are_commands(tmp_path):
    document = tmp_path / "README.md"
    document.write_text("```sh\nmake a\n\n# why\nmake b\n```\n```text\nmake c\n```\n", "utf-8")
    assert commands(document) == ["make a", "make b"]


def test_the_samples_the_readme_sends_are_made_by_its_own_command(tmp_path):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "python -m examples samples" in text
    subprocess.run([sys.executable, "-m", "examples", tmp_path / "samples"], cwd=ROOT, check=True)
    named = re.findall(r"samples/[\w./-]+", text)
    assert named
    assert [one for one in named if not (tmp_path / one).is_file()] == []
