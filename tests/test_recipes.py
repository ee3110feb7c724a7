"""Follow CONTRIBUTING.md as it is written, in a copy of the tree, and try what was added there."""
from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tiny import save_checkpoint

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
FILES = dict(re.findall(r"^`([\w./-]+)`:\n\n```\w+\n(.*?)^```$", GUIDE, re.M | re.S))

SET_UP = """
from playground.start.quick_gradio import without_stubs
without_stubs()
from playground.compose import compose
from playground.settings import Settings
from playground.types import CancelToken, Finished, GenerationRequest, Message, PromptReady, SamplingParams, TextDelta

def app(model="my-qwen3"):
    return compose(Settings(preload=False, default_model=model, memory_budget_gb=4.0, offline=True))

def ask(made, variant, text="What is 12 + 30?", max_tokens=6):
    request = GenerationRequest(variant, (Message("user", text),), SamplingParams(max_tokens=max_tokens, seed=1))
    return list(made.playground.stream(request, "test", CancelToken()))
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with every recipe followed, and a tiny random Qwen3 where the model recipe wants a folder."""
    copy = tmp_path_factory.mktemp("tree")
    for package in ("playground", "tutorials"):
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "assets", copy / "assets", ignore=shutil.ignore_patterns("models"))
    for name, text in FILES.items():
        assert not (copy / name).exists(), f"{name} is there already"
        (copy / name).write_text(text, "utf-8")
    save_checkpoint(copy / "assets" / "models" / "my-qwen3")
    return copy


def follow(tree: Path, code: str) -> None:
    """Run `code` in the copy; its assertions are the test."""
    done = subprocess.run([sys.executable, "-c", SET_UP + code], cwd=tree, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stderr[-3000:]


def test_the_guide_has_the_files_of_all_five_recipes() -> None:
    assert [name.rpartition("/")[0] for name in FILES] == [
        "playground/ui/tabs", "playground/models", "playground/models", "playground/quantizations",
        "playground/engines", "playground/models", "tutorials/lessons", "tutorials/lessons", "tutorials/lessons"]


def test_the_added_tab_stands_on_the_page_and_answers(tree: Path) -> None:
    follow(tree, """
import gradio as gr
from playground.ui.answer import Visitor
from playground.ui.build import build_ui
from playground.ui.tabs.once import ask_once

made = app("parrot")
page = build_ui(made.ui)
labels = [block.label for block in page.blocks.values() if isinstance(block, gr.Tab)]
assert "Ask once" in labels, labels
assert "Tanya sekali" in [update.get("label") for update in made.ui.words.updates("id")]
shown = list(ask_once(made.ui, Visitor("s", "c", "once"), "Hello parrot", "parrot:bf16", "en"))
rows, status = shown[-1]
assert [row["content"][0]["text"] for row in rows][:2] == ["Hello parrot", "Hello parrot"], rows
assert status["items"] == [{"text": "answered, 12 tokens"}], status
[(rows, status)] = ask_once(made.ui, Visitor("s", "c", "once"), " ", "parrot:bf16", "id")
assert status["items"] == [{"text": "Tulis pertanyaan dulu."}]
""")


def test_the_added_model_is_in_the_catalogue_and_answers_through_the_one_door(tree: Path) -> None:
    follow(tree, """
made = app()
model = made.playground.catalog.model("my-qwen3")
assert (model.family, model.thinking, model.sampling.max_tokens) == ("mine", "hybrid", 64), model
assert model.parameters > 0 and model.architecture.num_hidden_layers == 2
events = ask(made, "my-qwen3:fp32")
assert any(isinstance(event, PromptReady) and "What is 12 + 30?" in event.prompt.text for event in events)
assert isinstance(events[-1], Finished) and 1 <= events[-1].usage.output_tokens <= 6, events[-1]
hub = made.playground.catalog.model("their-qwen3-0.6b")
assert hub.repo == "someone/Their-Qwen3-0.6B" and made.playground.catalog.variant("their-qwen3-0.6b").weight_bytes > 1e9
""")


def test_the_added_quantisation_makes_a_variant_of_twice_the_size_that_answers(tree: Path) -> None:
    follow(tree, """
made = app()
sizes = {}
for key in ("my-qwen3:fp32", "my-qwen3:fp64"):
    last = ask(made, key)[-1]
    assert isinstance(last, Finished), last
    sizes[key] = last.usage.memory_bytes
assert 0.45 < sizes["my-qwen3:fp32"] / sizes["my-qwen3:fp64"] < 0.55, sizes
""")


def test_the_added_engine_answers_and_stops(tree: Path) -> None:
    follow(tree, """
made = app("parrot")
events = ask(made, "parrot:bf16", "Hello", max_tokens=50)
assert "".join(event.text for event in events if isinstance(event, TextDelta)) == "Hello"
assert events[-1].reason == "stop" and events[-1].usage.output_tokens == 5
assert ask(made, "parrot:bf16", "Hello", max_tokens=3)[-1].reason == "length"
""")


def test_the_added_lesson_stands_on_the_page_and_its_cell_runs(tree: Path) -> None:
    follow(tree, """
import gradio as gr
from playground.ui.build import build_ui
from tutorials.check import check_lessons
from tutorials.tab import TAB

made = app("parrot")
page = build_ui(made.ui, (TAB,))
shown = [block.value for block in page.blocks.values() if isinstance(block, gr.Markdown)]
assert "## Short answers" in shown and "## Your first conversation" in shown
results = [result for result in check_lessons(made.playground, "parrot") if result.lesson == "l02_short_answers"]
assert [result.outcome for result in results] == ["passed"] * 4, results
assert [result.measured["tokens"] for result in results if result.measured] == [8, 8], results
""")
