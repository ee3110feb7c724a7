"""docs/model-cache-scenarios.md names tests; a name that no longer exists is a promise nobody keeps."""
from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_every_test_the_page_names_exists() -> None:
    page = (ROOT / "docs/model-cache-scenarios.md").read_text("utf-8")
    written = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").glob("*.py"))
    names = set(re.findall(r"`(test_\w+)`", page))
    assert len(names) > 30
    assert not {name for name in names if f"def {name}(" not in written}
    assert not {path for path in re.findall(r"`(tests/\w+\.py)`", page) if not (ROOT / path).exists()}
