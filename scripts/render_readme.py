"""Write README.md's front matter, which a Space reads, from spaces.yaml: `python -m scripts.render_readme`."""

from __future__ import annotations

from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
FENCE = "---\n"


def front_matter(root: Path = ROOT) -> str:
    """The block between and with its two fences."""
    space = yaml.safe_load((root / "spaces.yaml").read_text("utf-8"))["space"]
    return FENCE + yaml.safe_dump(space, sort_keys=False, allow_unicode=True) + FENCE


def rendered(root: Path = ROOT) -> str:
    """README.md as it should be: the front matter, then the text that people write."""
    text = (root / "README.md").read_text("utf-8")
    body = text.split(FENCE, 2)[2] if text.startswith(FENCE) else text
    return front_matter(root) + body


if __name__ == "__main__":
    (ROOT / "README.md").write_text(rendered(), "utf-8", newline="\n")
