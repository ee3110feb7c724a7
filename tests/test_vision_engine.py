"""Models that see, through the engine of all others: every class of the catalogue with random weights, and ours."""
from __future__ import annotations

import io
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from playground.catalog import Catalog
from playground.engines.transformers import TransformersEngine, TransformersModel
from playground.errors import InvalidRequest
from playground.types import (
    CancelToken,
    Event,
    GenerationRequest,
    Message,
    ModelSpec,
    Picture,
    PixelBounds,
    RenderedPrompt,
    SamplingParams,
    TextDelta,
    Variant,
)
from tests.tiny import request, save_checkpoint, spec, vision_tokenizer

pytestmark = pytest.mark.timeout(180)
ENGINE = TransformersEngine()
GREEDY = SamplingParams(temperature=0, max_tokens=12)
OURS = Catalog.load().model("pocket-vl")
TEXT = dict(hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
            max_position_embeddings=1024, initializer_range=0.2)
SEEING = dict(depth=2, num_heads=4, in_channels=3, spatial_merge_size=2, temporal_patch_size=2, initializer_range=0.2)
ROPE = {"rope_type": "default", "rope_theta": 10000.0}


@dataclass(frozen=True)
class Kind:
    """One class: its configuration in small, and the pixels along one visual token."""

    config: str
    model: str
    vision: dict[str, Any]
    text: dict[str, Any]
    factor: int


QWEN2 = {"rope_parameters": {**ROPE, "mrope_section": [2, 3, 3]}, **TEXT}
QWEN3 = {"head_dim": 16, "rope_parameters": {**ROPE, "mrope_section": [4, 2, 2], "mrope_interleaved": True}, **TEXT}
TOWER3 = {"hidden_size": 32, "intermediate_size": 64, "patch_size": 16, "out_hidden_size": 64,
          "num_position_embeddings": 64, **SEEING}
KINDS = {
    "qwen2_vl": Kind("Qwen2VLConfig", "Qwen2VLForConditionalGeneration",
                     {"embed_dim": 32, "hidden_size": 64, "patch_size": 14, "mlp_ratio": 2, **SEEING}, QWEN2, 28),
    "qwen2_5_vl": Kind("Qwen2_5_VLConfig", "Qwen2_5_VLForConditionalGeneration",
                       {"hidden_size": 32, "intermediate_size": 64, "patch_size": 14, "out_hidden_size": 64,
                        "window_size": 56, "fullatt_block_indexes": [1], **SEEING}, QWEN2, 28),
    "qwen3_vl": Kind("Qwen3VLConfig", "Qwen3VLForConditionalGeneration",
                     {"deepstack_visual_indexes": [0], **TOWER3}, QWEN3, 32),
    "qwen3_vl_moe": Kind("Qwen3VLMoeConfig", "Qwen3VLMoeForConditionalGeneration",
                         {"deepstack_visual_indexes": [0], **TOWER3},
                         {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 48, **QWEN3}, 32),
    "qwen3_5": Kind("Qwen3_5Config", "Qwen3_5ForConditionalGeneration", TOWER3,
                    {"layer_types": ["linear_attention", "full_attention"], "linear_num_key_heads": 2,
                     "linear_num_value_heads": 4, "linear_key_head_dim": 16, "linear_value_head_dim": 16,
                     **QWEN3, "rope_parameters": {**ROPE, "partial_rotary_factor": 1.0, "mrope_section": [4, 2, 2],
                                                  "mrope_interleaved": True}}, 32),
}


def picture(width: int = 200, height: int = 120, colour: str = "red") -> Picture:
    from PIL import Image, ImageDraw

    made = Image.new("RGB", (width, height), "white")
    ImageDraw.Draw(made).rectangle((width // 4, height // 4, width // 2, height // 2), fill=colour)
    data = io.BytesIO()
    made.save(data, "PNG")
    return Picture(data.getvalue(), width, height)


@pytest.fixture(scope="module", params=list(KINDS))
def tiny(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
         ) -> tuple[Kind, ModelSpec, TransformersModel]:
    import torch
    import transformers

    kind, folder = KINDS[request.param], tmp_path_factory.mktemp(request.param)
    tokenizer = vision_tokenizer()
    marks = {f"{name}_token_id": tokenizer.convert_tokens_to_ids(f"<|{text}|>") for name, text in (
        ("image", "image_pad"), ("video", "video_pad"), ("vision_start", "vision_start"), ("vision_end", "vision_end"))}
    ends = {"eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id, "bos_token_id": None}
    config = getattr(transformers, kind.config)(
        text_config={"vocab_size": len(tokenizer), **ends, **kind.text}, vision_config=kind.vision, **marks)
    torch.manual_seed(3)
    made = getattr(transformers, kind.model)(config)
    made.generation_config = transformers.GenerationConfig(do_sample=False, **ends)
    made.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps({
        "image_processor_type": "Qwen2VLImageProcessor", "patch_size": kind.factor // 2, "merge_size": 2,
        "temporal_patch_size": 2, "size": {"shortest_edge": 4 * kind.factor**2, "longest_edge": 60 * kind.factor**2}}))
    model = replace(spec(request.param, path=str(folder), thinking="none"), modalities=("text", "image", "video"))
    return kind, model, load(model)


def load(model: ModelSpec) -> TransformersModel:
    return ENGINE.load(Variant(model, "fp32", 1), lambda stage, fraction: None, CancelToken())


def ask(model: ModelSpec, *pictures: Picture, bounds: PixelBounds | None = None) -> RenderedPrompt:
    asked = GenerationRequest("x", (Message("user", "What is it?", pictures=pictures),), GREEDY, pixels=bounds)
    return ENGINE.prompter(model).render(asked)


def run(loaded: TransformersModel, prompt: RenderedPrompt) -> tuple[list[int], str]:
    events: list[Event] = []
    reason = loaded.generate(prompt, GREEDY, CancelToken(), events.append)
    return [token for event in events if isinstance(event, TextDelta) for token in event.token_ids], reason


def test_a_picture_takes_the_tokens_of_its_size_on_every_class(tiny: tuple[Kind, ModelSpec, TransformersModel]):
    kind, model, _ = tiny
    places = ask(model, picture(5 * kind.factor, 3 * kind.factor)).text.count("<|image_pad|>")
    assert places == 15


def test_every_class_answers_token_for_token_as_the_library(tiny: tuple[Kind, ModelSpec, TransformersModel]):
    import torch

    _, model, loaded = tiny
    prompt = ask(model, picture(), picture(90, 300, "blue"))
    ids = torch.tensor([prompt.token_ids])
    inputs = ENGINE.prompter(model).image_inputs(prompt)
    out = loaded._model.generate(input_ids=ids, attention_mask=torch.ones_like(ids), max_new_tokens=12,
                                 do_sample=False, **inputs)
    plain = [token for token in out[0, ids.shape[1]:].tolist() if token not in prompt.eos_token_ids]
    assert run(loaded, prompt)[0] == plain


def test_what_is_in_the_picture_reaches_the_model(tiny: tuple[Kind, ModelSpec, TransformersModel]):
    import torch

    _, model, loaded = tiny

    def logits(colour: str) -> Any:
        prompt = ask(model, picture(colour=colour))
        ids = torch.tensor([prompt.token_ids])
        with torch.inference_mode():
            return loaded._model(input_ids=ids, **ENGINE.prompter(model).image_inputs(prompt)).logits[:, -1]

    assert not torch.allclose(logits("red"), logits("black"), atol=1e-4)
    assert torch.allclose(logits("red"), logits("red"), atol=1e-5)


def test_text_alone_is_answered_too(tiny: tuple[Kind, ModelSpec, TransformersModel]):
    _, model, loaded = tiny
    tokens, reason = run(loaded, ask(model))
    assert reason in ("stop", "length") and len(tokens) <= 12


def test_stop_ends_an_answer_about_a_picture(tiny: tuple[Kind, ModelSpec, TransformersModel]):
    _, model, loaded = tiny
    cancel, told = CancelToken(), list[Event]()

    def emit(event: Event) -> None:
        told.append(event)
        cancel.cancel()

    long = replace(GREEDY, max_tokens=200)
    assert loaded.generate(ask(model, picture()), long, cancel, emit) in ("cancelled", "stop")
    assert sum(len(event.token_ids) for event in told if isinstance(event, TextDelta)) <= 2


# ---------------------------------------------------------------- sizes and refusals
def test_the_pixel_bounds_of_a_request_change_the_tokens():
    wide = picture(640, 320)
    counts = [ask(OURS, wide, bounds=bounds).text.count("<|image_pad|>") for bounds in (None, (4096, 65536))]
    assert counts[0] == 10 and counts[1] == 55


def test_a_place_that_somebody_typed_is_text():
    prompt = ENGINE.prompter(OURS).render(GenerationRequest("x", (
        Message("user", "What is <|image_pad|> here?", pictures=(picture(128, 128),)),)))
    pieces = ENGINE.prompter(OURS).pieces(prompt.token_ids)
    assert [piece.text for piece in pieces if piece.control].count("<|image_pad|>") == 16 and prompt.escaped


def test_a_text_model_says_that_it_cannot_see(tmp_path: Path):
    model = spec(path=str(save_checkpoint(tmp_path)))
    asked = replace(request("What is it?"), messages=(Message("user", "What is it?", pictures=(picture(),)),))
    with pytest.raises(InvalidRequest, match="cannot see"):
        ENGINE.prompter(model).render(asked)


def test_a_picture_like_a_thread_is_refused():
    with pytest.raises(InvalidRequest, match="200 times"):
        ask(OURS, picture(2100, 10))


def test_our_own_model_names_the_colour_of_a_shape_it_never_saw():
    from scripts.pocket.vision.evaluate import cases
    from scripts.pocket.vision.judge import is_right

    loaded, right = load(OURS), 0
    for case in cases("colour", 10):
        data = io.BytesIO()
        assert case.picture is not None
        case.picture.save(data, "PNG")
        seen = Picture(data.getvalue(), *case.picture.size)
        prompt = ENGINE.prompter(OURS).render(GenerationRequest("x", (
            Message("user", case.question.text, pictures=(seen,)),), GREEDY))
        events: list[Event] = []
        loaded.generate(prompt, GREEDY, CancelToken(), events.append)
        right += is_right(case.question, "".join(e.text for e in events if isinstance(e, TextDelta)).strip())
    assert right >= 9
