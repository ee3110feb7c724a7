"""The vision model's pictures, questions, network and shipped folder."""

from __future__ import annotations

import json
import random
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from playground.pictures.drawing import draw
from playground.pictures.geometry import LARGER_EXTENT, area, by_size, extent
from playground.pictures.scenes import BACKGROUNDS, COLOURS, SIZES, TICKS, Scene, Shape, random_scene
from playground.pictures.words import WORDS
from scripts.pocket.data.style import expansions
from scripts.pocket.vision.questions import TASKS, ask, more_wordings, questions, wordings
from scripts.pocket.vision.talk import intents, read, talk

SHIPPED = Path(__file__).parents[1] / "assets/models/pocket-vl"


def scenes(count: int, **fixed: object) -> list[Scene]:
    rng = random.Random(5)
    return [random_scene(rng, **fixed) for _ in range(count)]


def nearest_colours(pixels: np.ndarray) -> np.ndarray:
    """The name of the palette's nearest colour at each pixel, "" where none is near."""
    names = np.array([*COLOURS, ""])
    palette = np.array(list(COLOURS.values()), dtype=float)
    distances = np.linalg.norm(pixels[:, :, None].astype(float) - palette, axis=-1)
    return names[np.where(distances.min(-1) < 45, distances.argmin(-1), len(COLOURS))]


def test_the_same_seed_gives_the_same_pictures_and_questions() -> None:
    one, two = random.Random(3), random.Random(3)
    for _ in range(20):
        a, b = random_scene(one), random_scene(two)
        assert a == b
        assert questions(a, one, 4) == questions(b, two, 4)
        assert draw(a, 7).tobytes() == draw(b, 7).tobytes()
    assert draw(a, 7).tobytes() != draw(a, 8).tobytes()


def test_pictures_have_the_sizes_and_backgrounds_that_are_listed() -> None:
    for size in SIZES:
        for background in BACKGROUNDS:
            for layout in ("single", "crowd", "bars"):
                (scene,) = scenes(1, size=size, background=background, layout=layout)
                assert draw(scene, 1).size == size


def test_a_shape_is_drawn_in_its_colour_within_its_box() -> None:
    for scene in scenes(60, background="plain", layout="single"):
        (shape,) = scene.shapes
        ys, xs = np.nonzero(nearest_colours(np.asarray(draw(scene, 2))) == shape.colour)
        found = xs.min(), ys.min(), xs.max() + 1, ys.max() + 1
        assert np.abs(np.array(found) - shape.box).max() < 2.6, (shape, found)  # the tips of a star are thin


def test_shapes_do_not_touch_and_lie_inside_the_picture() -> None:
    for scene in scenes(300):
        for i, shape in enumerate(scene.shapes):
            left, top, right, bottom = shape.box
            assert left >= 0 and top >= 0 and right <= scene.width and bottom <= scene.height
            for other in scene.shapes[:i]:
                corners = np.array(shape.outline)[:, None] - np.array(other.outline)
                assert np.linalg.norm(corners, axis=-1).min() > 1


def test_the_count_equals_the_number_of_separate_patches_of_colour() -> None:
    from PIL import Image, ImageDraw

    for scene in scenes(60, background="plain", layout="crowd"):
        colours = nearest_colours(np.asarray(draw(scene, 3)))
        mask = Image.fromarray(np.where(np.isin(colours, [s.colour for s in scene.shapes]), 255, 0).astype(np.uint8))
        patches = 0
        for y, x in np.argwhere(np.asarray(mask) == 255):
            if mask.getpixel((int(x), int(y))) == 255:
                ImageDraw.floodfill(mask, (int(x), int(y)), 100)
                patches += int((np.asarray(mask) == 100).sum() > 12)  # smaller ones are mixed colours at an edge
                mask = mask.point(lambda value: 0 if value == 100 else value)
        question = ask(scene, "count", random.Random(1), "train")
        assert question is not None and question.answer == str(patches)


def test_the_value_of_a_bar_is_its_height_in_marks() -> None:
    for scene in scenes(60, background="plain", layout="bars"):
        chart = scene.chart
        assert chart is not None
        colours = nearest_colours(np.asarray(draw(scene, 4)))
        told = []
        for bar in chart.bars:
            column = colours[:, int((bar.left + bar.right) / 2)]
            height = (column == bar.colour).sum()
            value = round(TICKS * height / (chart.bottom - chart.top))
            told.append(f"{bar.colour} {value}")
        question = next(q for q in (ask(scene, "table", random.Random(i), "train") for i in range(99))
                        if q and q.language == "en")  # fmt: skip
        assert question.answer == ", ".join(told)


def test_the_box_is_the_extent_of_the_coloured_pixels_in_thousandths() -> None:
    for scene in scenes(40, background="plain", layout="single"):
        question = ask(scene, "box", random.Random(1), "train")
        assert question is not None
        box = json.loads(question.answer)["bbox_2d"]
        ys, xs = np.nonzero(nearest_colours(np.asarray(draw(scene, 5))) == scene.shapes[0].colour)
        found = [1000 * xs.min() / scene.width, 1000 * ys.min() / scene.height,
                 1000 * (xs.max() + 1) / scene.width, 1000 * (ys.max() + 1) / scene.height]  # fmt: skip
        assert max(abs(a - b) for a, b in zip(box, found, strict=True)) < 26


def test_relations_and_comparisons_follow_from_the_places() -> None:
    red = Shape("circle", "red", 70, 48, 12)
    blue = Shape("star", "blue", 20, 50, 8)
    scene = Scene(96, 96, "plain", (red, blue))
    expected = {
        "left of the red circle": "a blue star", "right of the blue star": "a red circle", "larger": "the red circle",
        "bigger": "the red circle", "smaller": "the blue star",
    }  # fmt: skip
    seen = set()
    for i in range(400):
        rng = random.Random(i)
        question = ask(scene, rng.choice(("relation", "larger")), rng, "test")
        if question and question.language == "en":
            for part, answer in expected.items():
                if part in question.text:
                    seen.add(part)
                    assert question.answer == answer, question
    assert seen == set(expected)


def test_every_task_has_a_question_in_both_languages() -> None:
    rng = random.Random(2)
    asked = {(q.task, q.language) for scene in scenes(600) for q in questions(scene, rng, 6)}
    assert asked == {(task, language) for task in TASKS for language in WORDS}


def filled(wording: str) -> re.Pattern[str]:
    """What matches the wording with any names in its places."""
    names = {"a", "an", "shapes", "bentuk"}
    for words in WORDS.values():
        names |= {
            part for table in (words.colours, words.kinds, words.many) for x in table.values() for part in x.split()
        }
    sides = "|".join(side for words in WORDS.values() for side in words.sides.values())
    pattern = re.escape(wording).replace(r"\{side\}", f"(?:{sides})")
    return re.compile(re.sub(r"\\\{\w+\\\}", rf"(?:(?:{'|'.join(sorted(names))})\\b ?)+", pattern) + "$", re.IGNORECASE)


def test_held_out_wordings_are_never_asked_in_training() -> None:
    rng = random.Random(9)
    patterns = [filled(w) for table in wordings().values() for language in WORDS for w in table[language][4::5]]
    trained = {q.text for scene in scenes(300) for q in questions(scene, rng, 4)}
    # A wording with places can equal another one filled in; those are told apart by the whole list.
    own = [filled(w) for table in wordings().values() for language in WORDS
           for i, w in enumerate(table[language]) if i % 5 != 4]  # fmt: skip
    for text in trained:
        if any(p.match(text) for p in patterns):
            assert any(p.match(text) for p in own), text
    for intent in intents():
        assert len(intent.wordings) >= 10
    said = {talk(rng, "train", "chat").text for _ in range(1500)}
    assert not said & {w for intent in intents() for w in intent.wordings[4::5]}
    for intent in intents():  # nor do they differ only in case or in the mark at the end
        plain = [w.lower().strip("!?. ") for w in intent.wordings]
        assert not set(plain[4::5]) & {w for i, w in enumerate(plain) if i % 5 != 4}, intent


def plain(text: str) -> str:
    return " ".join(re.findall(r"[\w{}]+", text.lower()))


def test_patterns_of_the_training_never_give_a_held_out_wording() -> None:
    held = {plain(w) for table in wordings().values() for language in WORDS for w in table[language][4::5]}
    for key, table in more_wordings().items():
        for language in WORDS:
            places = set(re.findall(r"\{\w+\}", wordings()[key][language][0]))
            assert len(set(table[language])) == len(table[language]), key
            for text in (text for pattern in table[language] for text in expansions(pattern)):
                assert plain(text) not in held, text
                assert set(re.findall(r"\{\w+\}", text)) == places and "[" not in text and "]" not in text, text


def test_a_thin_shape_that_reaches_further_is_not_called_larger() -> None:
    star, square = Shape("star", "red", 30, 48, 11.5), Shape("square", "blue", 70, 48, 10)
    assert extent(star) > LARGER_EXTENT * extent(square) * 0.98 and area(star) < area(square)
    for other in (star, Shape("circle", "red", 30, 48, 10)):
        assert ask(Scene(96, 96, "plain", (other, square)), "larger", random.Random(1), "test") is None
    assert by_size(square, Shape("square", "red", 30, 48, 14)) == (Shape("square", "red", 30, 48, 14), square)


def test_wordings_of_a_kind_are_distinct() -> None:
    for key, table in wordings().items():
        for language in WORDS:
            assert len(set(table[language])) == len(table[language]) >= 10, key
    for language in WORDS:
        assert len(set(read("other.yaml")[language]["questions"])) == len(read("other.yaml")[language]["questions"])


def test_the_template_writes_pictures_as_qwen3_vl_does() -> None:
    from scripts.pocket.vision.files import load_tokenizer

    tokenizer = load_tokenizer()
    turn = {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "Which colour?"}]}
    text = tokenizer.apply_chat_template([turn], tokenize=False, add_generation_prompt=True)
    assert text == (
        "<|im_start|>user\n<|vision_start|><|image_pad|><|vision_end|>Which colour?<|im_end|>\n<|im_start|>assistant\n"
    )
    plain = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hi"},
             {"role": "assistant", "content": "Hello!"}]  # fmt: skip
    assert tokenizer.apply_chat_template(plain, tokenize=False) == (
        "<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n"
        "<|im_start|>assistant\nHello!<|im_end|>\n"
    )


def test_a_row_holds_the_tokens_of_the_template() -> None:
    from scripts.pocket.vision.batches import Encoder, build_row
    from scripts.pocket.vision.files import load_tokenizer

    tokenizer = load_tokenizer()
    (scene,) = scenes(1, size=(96, 64 + 32), layout="few")
    asked = questions(scene, random.Random(1), 3)
    row = build_row(Encoder(tokenizer), asked, (3, 3), True, "", 500)
    messages: list[dict[str, object]] = []
    for i, question in enumerate(asked):
        text = {"type": "text", "text": question.text}
        messages.append({"role": "user", "content": [{"type": "image"}, text] if i == 0 else [text]})
        messages.append({"role": "assistant", "content": question.answer})
    whole = tokenizer.apply_chat_template(messages, tokenize=False).replace("<|image_pad|>", "<|image_pad|>" * 9)
    assert row.ids == tokenizer(whole).input_ids


def test_answers_are_judged_with_the_stated_tolerance() -> None:
    from scripts.pocket.vision.judge import is_right
    from scripts.pocket.vision.questions import Question

    box = Question("box", "en", "?", '{"bbox_2d": [100, 100, 300, 300]}')
    assert is_right(box, '{"bbox_2d": [110, 110, 300, 300]}')
    assert not is_right(box, '{"bbox_2d": [200, 100, 400, 300]}') and not is_right(box, "[1, 2]")
    value = Question("value", "en", "?", "7")
    assert is_right(value, "8") and not is_right(value, "9") and not is_right(value, "blue")
    table = Question("table", "en", "?", "red 3, blue 7")
    assert is_right(table, "red 4, blue 7") and not is_right(table, "blue 7, red 3") and not is_right(table, "red 3")
    what = Question("what", "en", "?", "a red star, a blue star and a pink cross")
    assert is_right(what, "a blue star, a red star and a pink cross") and not is_right(what, "a red star")


@pytest.mark.slow
def test_the_fast_forward_equals_the_one_of_transformers() -> None:
    import torch

    from scripts.pocket.vision.batches import Encoder, make_batch
    from scripts.pocket.vision.files import load_tokenizer
    from scripts.pocket.vision.model import build_model, check_forward
    from scripts.pocket.vision.recipe import smaller

    torch.manual_seed(0)
    tokenizer = load_tokenizer()
    model = build_model(smaller(), tokenizer)
    encoder = Encoder(tokenizer)
    for change in ({"most_questions": 1}, {"chained_share": 1.0}):
        recipe = replace(smaller(), most_pictures=2, talk_share=0, **change)
        for index in range(3):
            assert check_forward(model, make_batch(recipe, encoder, 0, index)) < 1e-4


def test_embeddings_follow_their_tokens_to_another_tokenizer() -> None:
    import torch
    from tokenizers import Tokenizer, models
    from transformers import PreTrainedTokenizerFast

    from scripts.pocket.transplant import transplant_embeddings

    class Model:
        def get_input_embeddings(self) -> torch.nn.Embedding:
            return embedding

    def tokenizer(words: list[str], merges: list[tuple[str, str]]) -> PreTrainedTokenizerFast:
        return PreTrainedTokenizerFast(
            tokenizer_object=Tokenizer(models.BPE({word: i for i, word in enumerate(words)}, merges))
        )

    embedding = torch.nn.Embedding(4, 2)
    old = tokenizer(["a", "b", "c", "ab"], [("a", "b")])
    new = tokenizer(["c", "b", "a", "bc", "abc"], [("b", "c"), ("a", "bc")])
    rows, before = transplant_embeddings(Model(), old, new), embedding.weight.detach()
    assert torch.equal(rows[:3], before[[2, 1, 0]])
    assert torch.allclose(rows[3], before[[1, 2]].mean(0)) and torch.allclose(rows[4], before[[3, 2]].mean(0))


@pytest.mark.slow
def test_a_short_training_lowers_the_loss_and_can_be_resumed(tmp_path: Path) -> None:
    from scripts.pocket.train import Budget
    from scripts.pocket.vision import train as training
    from scripts.pocket.vision.recipe import smaller

    log = []

    class Recorded(training.Run):
        def step(self, batch: object, factor: float) -> tuple[float, float]:
            result = super().step(batch, factor)
            log.append(result[0])
            return result

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "Run", Recorded)
        training.train(tmp_path, Budget(1, 20), recipe=smaller())
        training.train(tmp_path, Budget(1, 22), recipe=smaller(), resume=True)
    assert len(log) == 22
    assert sum(log[17:20]) / 3 < 0.8 * sum(log[:3]) / 3 and log[20] < log[0]
    assert json.loads((tmp_path / "training.json").read_text(encoding="utf-8"))["step"] == 22


@pytest.mark.slow
@pytest.mark.skipif(not (SHIPPED / "model.safetensors").exists(), reason="the model is not here")
def test_the_shipped_model_answers() -> None:
    from transformers import AutoImageProcessor, AutoModelForImageTextToText

    from scripts.pocket.vision.answers import Answerer

    assert (SHIPPED / "model.safetensors").stat().st_size <= 10e6
    assert type(AutoModelForImageTextToText.from_pretrained(SHIPPED)).__name__ == "Qwen3VLForConditionalGeneration"
    assert AutoImageProcessor.from_pretrained(SHIPPED).merge_size == 2
    picture = draw(Scene(96, 96, "plain", (Shape("circle", "red", 60, 40, 20),)), 1)
    asked = [(picture, "What colour is the shape?"), (picture, "How many shapes are there?"), (None, "Who are you?")]
    colour, count, identity = Answerer(SHIPPED).answers(asked)
    assert (colour, count) == ("red", "1") and "pocket-vl" in identity
