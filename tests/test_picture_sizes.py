"""How large a model sees a picture, in how many tokens, and where its boxes are: against the library itself."""
from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.errors import InvalidRequest, LoadFailed
from playground.pictures.coordinates import CONVENTIONS, Found, Space, overlap, placed, space_of, whole
from playground.pictures.marks import Mark
from playground.pictures.sizes import SizePlan, SizeRules, plan_size, read_rules

SHIPPED = Path(__file__).parents[1] / "assets/models/pocket-vl"
FAMILIES = {"qwen2_vl": (14, 2), "qwen2_5_vl": (14, 2), "qwen3_vl": (16, 2), "qwen3_5": (16, 2)}
QWEN25 = SizeRules(14, 2, 56 * 56, 12_845_056)
QWEN3 = SizeRules(16, 2, 65_536, 16_777_216)


def random_sizes(family: str, longest: int, most_pixels: int) -> Iterator[tuple[int, int, SizeRules]]:
    """500 sizes and rules; a third of them are close to the limits of ratio and pixels."""
    rng = random.Random(family)
    patch, merge = FAMILIES[family]
    for i in range(500):
        least = rng.choice((1, 784, 3136, rng.randint(1, most_pixels)))
        rules = SizeRules(patch, merge, least, rng.randint(least, max(least, most_pixels)))
        width = round(longest ** rng.random())
        height = round(longest ** rng.random())
        if i % 3 == 0:
            width, height = rng.choice(((1, 1), (200, 1), (1, 199), (longest, -(-longest // 200)), (width, width),
                                        (round(rules.max_pixels**0.5), round(rules.max_pixels**0.5)),
                                        (rules.factor * 3 // 2, rules.factor // 2)))
        if max(width, height) <= 200 * min(width, height):
            yield width, height, rules


def processor(rules: SizeRules) -> Any:
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

    return Qwen2VLImageProcessorPil(patch_size=rules.patch, merge_size=rules.merge, size={
        "shortest_edge": rules.min_pixels, "longest_edge": rules.max_pixels})


@pytest.mark.parametrize("family", FAMILIES)
def test_the_plan_is_what_the_library_computes(family: str):
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import smart_resize

    compared = 0
    for width, height, rules in random_sizes(family, 20_000, 20_000_000):
        plan = plan_size(width, height, rules)
        wanted = smart_resize(height, width, rules.factor, rules.min_pixels, rules.max_pixels)
        assert (plan.height, plan.width) == wanted, (width, height, rules)
        assert processor(rules).get_number_of_image_patches(height, width) == plan.rows * plan.columns
        assert plan.tokens * rules.factor**2 == plan.width * plan.height
        compared += 1
    assert compared > 350


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_the_plan_is_what_the_processor_makes_of_a_real_picture(family: str):
    from PIL import Image

    for width, height, rules in random_sizes(family, 700, 150_000):
        made = processor(rules)(Image.new("RGB", (width, height)), return_tensors="np")
        plan = plan_size(width, height, rules)
        assert made["image_grid_thw"].tolist() == [[1, plan.rows, plan.columns]], (width, height, rules)
        assert len(made["pixel_values"]) == plan.tokens * rules.merge**2


def test_known_pictures_have_known_tokens():
    assert plan_size(1920, 1080, QWEN25) == SizePlan(1932, 1092, 78, 138, 39 * 69)
    assert plan_size(1920, 1080, QWEN3) == SizePlan(1920, 1088, 68, 120, 34 * 60)
    assert plan_size(1, 1, QWEN3) == SizePlan(256, 256, 16, 16, 64)
    assert plan_size(1920, 1080, QWEN3.within((4096, 32 * 32 * 1280))).tokens == 1222


@pytest.mark.parametrize("size", [(201, 1), (1, 201), (0, 5), (5, 0), (-1, 5)])
def test_a_thread_has_no_plan(size: tuple[int, int]):
    with pytest.raises(InvalidRequest) as caught:
        plan_size(*size, QWEN3)
    assert caught.value.params["why"] == "thin"


@pytest.mark.parametrize("bounds", [(0, 100), (200, 100), (-5, -1)])
def test_impossible_limits_are_refused(bounds: tuple[int, int]):
    with pytest.raises(InvalidRequest):
        QWEN3.within(bounds)
    assert QWEN3.within(None) is QWEN3


# ---------------------------------------------------------------- rules from the model's own file
@pytest.mark.parametrize("written", [
    {"size": {"shortest_edge": 4096, "longest_edge": 16384}},
    {"min_pixels": 4096, "max_pixels": 16384},
    {"min_pixels": 4096, "max_pixels": 16384, "size": {"shortest_edge": 1, "longest_edge": 2}},
    {"min_pixels": None, "max_pixels": 16384, "size": {"shortest_edge": 4096, "longest_edge": 2}},
    {},
])
def test_the_rules_are_those_that_the_processor_reads(written: dict[str, object], tmp_path: Path):
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

    (tmp_path / "preprocessor_config.json").write_text(json.dumps({
        "image_processor_type": "Qwen2VLImageProcessor", "patch_size": 16, "merge_size": 2, **written}))
    theirs = Qwen2VLImageProcessorPil.from_pretrained(tmp_path)
    assert read_rules(tmp_path) == SizeRules(
        theirs.patch_size, theirs.merge_size, theirs.size["shortest_edge"], theirs.size["longest_edge"])


def test_the_shipped_model_is_counted_as_its_engine_counts():
    from playground.engines.transformers import _image_reader
    from playground.types import Picture

    rules, reader = read_rules(SHIPPED), _image_reader(SHIPPED)
    assert rules is not None and reader is not None and rules.factor == 32
    pictures = [Picture(b"", *size) for size in ((64, 64), (160, 96), (1920, 1080), (200, 1))]
    assert reader.token_counts(pictures, None) == tuple(plan_size(p.width, p.height, rules).tokens for p in pictures)
    assert reader.token_counts(pictures, (1024, 9216)) == tuple(
        plan_size(p.width, p.height, rules.within((1024, 9216))).tokens for p in pictures)


def test_a_model_without_pictures_has_no_rules(tmp_path: Path):
    assert read_rules(tmp_path) is None


@pytest.mark.parametrize("text", [
    "", "[]", "{}", '{"patch_size": 16}', '{"patch_size": "x", "merge_size": 2}', '{"patch_size": 0, "merge_size": 2}',
    '{"patch_size": 16, "merge_size": 2, "size": 9}', '{"patch_size": 16, "merge_size": 2, "size": {"max_pixels": 9}}',
])
def test_a_file_that_does_not_say_is_not_guessed(text: str, tmp_path: Path):
    (tmp_path / "preprocessor_config.json").write_text(text)
    with pytest.raises(LoadFailed, match="preprocessor_config.json"):
        read_rules(tmp_path)


# ---------------------------------------------------------------- coordinates
SIDE = st.integers(1, 2048)
SHARE = st.floats(0, 1)


@given(SIDE, SIDE, st.sampled_from(["resized", "thousandths"]), st.sampled_from([QWEN25, QWEN3]),
       st.lists(SHARE, min_size=4, max_size=4))
def test_places_survive_the_way_to_the_model_and_back(width: int, height: int, convention: Any, rules: SizeRules,
                                                      shares: list[float]):
    if max(width, height) > 200 * min(width, height):
        return
    space = space_of(convention, width, height, plan_size(width, height, rules))
    place = tuple(share * side for share, side in zip(shares, (width, height) * 2, strict=True))
    there = space.to_model(place)
    assert all(0 <= number <= most for number, most in zip(there, (space.across, space.down) * 2, strict=True))
    assert all(abs(a - b) < 1e-6 for a, b in zip(space.to_picture(there), place, strict=True))
    lost = (width / space.across / 2, height / space.down / 2) * 2
    assert max(lost) <= 1.03                             # half a thousandth of 2048 pixels is the worst
    for back, was, most in zip(space.to_picture(whole(there)), place, lost, strict=True):
        assert abs(back - was) <= most + 1e-6


def test_the_same_numbers_mean_other_places_in_another_convention():
    plan = plan_size(1000, 500, QWEN25.within((3136, 28 * 28 * 50)))
    assert (plan.width, plan.height) == (280, 140)
    assert space_of("resized", 1000, 500, plan).to_picture((140, 70)) == (500, 250)
    assert space_of("thousandths", 1000, 500, plan).to_picture((140, 70)) == (140, 35)


def test_boxes_are_clamped_and_put_the_right_way_round():
    space = Space(200, 100)
    assert placed([Mark("a", (600, 500, 100, 250)), Mark("b", (-50, 0, 1500, 1000)), Mark("", (500, 1000))], space) == (
        Found("a", (20, 25, 120, 50)), Found("b", (0, 0, 200, 100), outside=True), Found("", (100, 100)))
    assert placed([], space) == ()


def test_overlap_is_intersection_over_union():
    assert overlap((0, 0, 2, 2), (0, 0, 2, 2)) == 1
    assert overlap((0, 0, 2, 2), (1, 0, 3, 2)) == pytest.approx(1 / 3)
    assert overlap((0, 0, 1, 1), (1, 0, 2, 1)) == overlap((0, 0, 0, 0), (0, 0, 0, 0)) == 0


def test_every_seeing_model_of_the_catalogue_has_a_convention():
    from playground.catalog.catalog import Catalog

    seeing = {model.architecture.model_type for model in Catalog.load().models()
              if "image" in model.modalities and model.architecture}
    assert {"qwen2_vl", "qwen2_5_vl", "qwen3_vl", "qwen3_5"} <= seeing <= set(CONVENTIONS)
