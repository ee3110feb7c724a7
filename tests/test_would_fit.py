"""What would fit: exact bytes and verdicts for a shape that can be counted by hand, and for the catalogue."""
from __future__ import annotations

from dataclasses import replace
from functools import partial

from playground.catalog import Catalog
from playground.memory import PROCESS_BYTES
from playground.quantizations import bf16, fp32, int8
from playground.types import Architecture
from playground.ui import would_fit
from playground.ui.words import Words
from playground.ui.would_fit import Cell, chosen, lines, table
from tests.fake_house import spec

SAY = partial(Words().say, "en")
SCHEMES = [bf16.QUANTIZATION, fp32.QUANTIZATION]
ALL = {"tiny": ["bf16", "fp32"]}
TINY = Architecture("qwen3", 2, 64, 4, 2, 16, 128, 512)
# embeddings and lm_head 2*512*64, norms 5*64, per layer q 64*64, k and v 2*32*64, o 64*64, three of 128*64
PARAMETERS = 65_536 + 320 + 2 * (4096 + 4096 + 4096 + 24_576)
MODEL = spec("tiny", architecture=TINY, context_tokens=10_000)


def working(value_bytes: int) -> int:
    """512 tokens of activations, keys and values for each of 4 heads, a mask, four rows of logits, and the process."""
    attention = 2 * 2048 * 4 * 16 + 512 * 2048
    return PROCESS_BYTES + value_bytes * (512 * (2 * 128 + 4 * 64) + attention) + 4 * 512 * 4


def test_weights_cache_and_working_memory_add_up_exactly():
    assert PARAMETERS == 139_584
    (line,) = lines([MODEL], SCHEMES, ALL, 2048, 10**9)
    kv = 2048 * 2 * 2 * 2 * 16 * 2        # tokens, layers, keys and values, heads, width, bytes
    assert line.cells == (
        Cell(2 * PARAMETERS, kv, 2 * PARAMETERS + kv + working(2), "fits"),
        Cell(4 * PARAMETERS, 2 * kv, 4 * PARAMETERS + 2 * kv + working(4), "fits"))
    assert (line.tokens, line.kv_bytes, kv) == (2048, kv, 524_288)


def test_the_verdict_turns_at_the_last_byte_and_at_85_percent():
    total = 2 * PARAMETERS + 524_288 + working(2)

    def verdict(available: int) -> str:
        cell = lines([MODEL], SCHEMES[:1], ALL, 2048, available)[0].cells[0]
        assert cell is not None
        return cell.verdict

    assert verdict(total - 1) == "too_big" and verdict(total) == "tight"
    assert verdict(int(total / 0.85)) == "tight" and verdict(int(total / 0.85) + 2) == "fits"


def test_a_context_longer_than_the_model_reads_counts_only_what_it_reads():
    (line,) = lines([replace(MODEL, context_tokens=1000)], SCHEMES, ALL, 8192, 10**9)
    assert (line.tokens, line.kv_bytes) == (1000, 1000 * 256)
    shown = table([line], SCHEMES, {"tiny": "on this machine"}, 8192, SAY)
    assert shown["rows"] == [[{"text": "Tiny", "note": "on this machine"},
                              {"text": "256 kB", "note": "reads 1\u202f000"},
                              {"text": "279 kB", "note": "fits", "kind": "fit-fits"},
                              {"text": "558 kB", "note": "fits", "kind": "fit-fits"}]]
    assert shown["columns"] == ["Model", "KV cache", "bf16", "fp32"]


def test_a_scheme_that_a_model_does_not_come_in_is_said_not_guessed():
    (line,) = lines([MODEL], [*SCHEMES, int8.QUANTIZATION], {"tiny": ["bf16"]}, 2048, 1)
    assert line.cells[1:] == (None, None) and line.cells[0] is not None and line.cells[0].verdict == "too_big"
    row = table([line], [*SCHEMES, Off()], {"tiny": ""}, 2048, SAY)["rows"][0]
    assert [cell["text"] for cell in row[3:]] == ["not offered", "cannot run here"]
    assert row[2] == {"text": "279 kB", "note": "does not fit", "kind": "fit-too_big"}


class Off:
    id = "off"

    def unavailable(self) -> str:
        return "needs a package"


def test_a_model_without_numbers_is_not_called_fitting():
    model = spec("tiny", architecture=None, parameters=0)
    (line,) = lines([model], SCHEMES, ALL, 2048, 10**12)
    assert line.cells[0] is not None and line.cells[0].verdict == "unknown" and not line.fits
    assert table([line], SCHEMES, {"tiny": ""}, 2048, SAY)["rows"][0][2]["text"] == "not known"


def test_readers_choose_what_is_listed():
    small, big = MODEL, replace(MODEL, id="big", architecture=replace(TINY, vocab_size=10**9))
    found = lines([small, big], SCHEMES, ALL | {"big": ["bf16"]}, 2048, 10**9)
    assert [line.model.id for line in chosen(found, "fitting", ())] == ["tiny"]
    assert [line.model.id for line in chosen(found, "here", ["big"])] == ["big"]
    assert [line.model.id for line in chosen(found, "all", ())] == ["tiny", "big"]


def test_the_whole_catalogue_has_a_line_and_a_longer_context_never_needs_less():
    catalog = Catalog.load()
    schemes, models = catalog.quantizations(), catalog.models()
    loadable = {model.id: [v.quantization for v in catalog.variants(model.id)] for model in models}
    short, long = (lines(models, schemes, loadable, tokens, 16 * 10**9) for tokens in would_fit.CONTEXTS[::2])
    assert [line.model for line in short] == list(models)
    for less, more in zip(short, long, strict=True):
        for a, b in zip(less.cells, more.cells, strict=True):
            assert (a is None) == (b is None)
            assert a is None or b is None or a.total_bytes <= b.total_bytes
    by_id = {line.model.id: line for line in short}
    verdicts = {cell.verdict for cell in by_id["qwen3-32b"].cells if cell is not None}
    assert verdicts == {"too_big"} and by_id["qwen3-0.6b"].fits
