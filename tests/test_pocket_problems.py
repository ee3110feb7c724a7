"""Word problems, lists and letters for the pocket models: right working, right results, disjoint splits."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from typing import Any

import pytest

from scripts.pocket.data import lists, problems
from scripts.pocket.data.mixture import GENERATORS
from scripts.pocket.data.sample import Language, Sample, Split, pick_wording, wordings
from scripts.pocket.data.tables import read
from scripts.pocket.data.traces import Trace, is_held_out

MODULES = {"problems": problems, "lists": lists}
TASKS = [(name, task) for name, module in MODULES.items() for task in module.TASKS]
SPLITS = ("train", "test")
STORIES = [s for task in problems.TASKS for s in problems.situations(task)]


def draw(group: str, task: str | None, split: str, n: int, seed: int = 0) -> list[Sample]:
    rng = random.Random(seed)
    return [GENERATORS[group](rng, split, task) for _ in range(n)]  # type: ignore[arg-type]


def expression_of(sample: Sample) -> str:
    return sample.problem.split(": ")[1].split("=")[0]


def value(expression: str) -> int:
    """Return the exact value of an expression; fails if a division leaves a rest."""
    result = eval(re.sub(r"\b0+(?=\d)", "", expression))
    assert result == int(result), expression
    return int(result)


def equations(thinking: str) -> list[tuple[str, str]]:
    """Return (left, right) of each plain equation of the working."""
    parts = [re.sub(r" (carry|borrow) \d+", "", part.split(":")[-1]).strip() for part in re.split(r"[\n;,]", thinking)]
    return [tuple(p.split("=")) for p in parts if p.count("=") == 1 and not re.search(r"[<> ]", p)]  # type: ignore[misc]


@pytest.mark.parametrize("task", problems.TASKS)
@pytest.mark.parametrize("split", SPLITS)
def test_each_step_of_a_word_problem_is_right_and_leads_to_the_result(task: str, split: str) -> None:
    for sample in draw("problems", task, split, 1500):
        assert value(expression_of(sample)) == int(sample.gold or "?"), sample
        assert sample.thinking.split("\n")[0] == expression_of(sample)
        assert equations(sample.thinking) or "equal, 0" in sample.thinking, sample
        for left, right in equations(sample.thinking):
            assert value(left) == value(right), sample
        for line in sample.thinking.split("\n"):
            if line.startswith("then "):
                assert value(line[5:]) == int(sample.gold or "?"), sample
        assert re.findall(r"\d+", sample.answer) == [sample.gold], sample


@pytest.mark.parametrize("task", problems.TASKS)
@pytest.mark.parametrize("split", SPLITS)
def test_a_story_tells_just_the_numbers_that_are_worked_with(task: str, split: str) -> None:
    for sample in draw("problems", task, split, 1500):
        key = sample.problem.split(":")[0]
        chain = next(s.chain for s in problems.situations(task) if s.key == key)
        asked = re.findall(r"\d+", expression_of(sample))
        said = [n for n, part in zip(asked, re.findall(r"\w+", chain), strict=True) if part.isalpha()]
        assert set(re.findall(r"\d+", sample.question)) == set(said), sample


def test_numbers_stay_in_the_range_of_the_model_and_of_the_story() -> None:
    for sample in draw("problems", None, "train", 4000):
        assert int(sample.gold or "-1") >= 0 and sample.gold != "1", sample
        assert "\n-" not in sample.thinking, sample
        if sample.answer.endswith("years old.") or "Umur" in sample.answer:
            assert 2 <= int(sample.gold or "0") <= 100, sample


@pytest.mark.parametrize(
    ("expression", "lines"),
    [
        ("12+7-5", ["12+7-5", "first 12+7", "12+07", "2+7=9, 9", "1+0=1, 19", "then 19-5", "19-05: 1>0", "9-5=4, 4",
                    "1-0=1, 14"]),
        ("20-3*4", ["20-3*4", "first 3*4", "3*4=12", "then 20-12", "20-12: 2>1", "10-2=8, 8 borrow 1", "2-1-1=0, 08",
                    "08=8"]),
        ("(8+4)/3", ["(8+4)/3", "first 8+4", "8+4=12, 12", "then 12/3", "12=4*3+0, 4"]),
        ("618/6", ["618/6", "6=1*6+0, 1", "1=0*6+1, 10", "18=3*6+0, 103"]),
    ],
)  # fmt: skip
def test_the_working_names_the_chain_and_then_each_step(expression: str, lines: list[str]) -> None:
    solved = problems.solve(expression)
    assert solved is not None
    assert solved[1].lines == lines
    assert solved[0] == value(expression)


@pytest.mark.parametrize("expression", ["3-5", "2-3*4", "7/2", "12345+1", "123*456", "9-(4+6)", "99999-5"])
def test_no_problem_leaves_the_range(expression: str) -> None:
    assert problems.solve(expression) is None


def test_there_are_enough_stories_and_every_one_has_wordings_for_the_test() -> None:
    assert len(STORIES) >= 40
    assert len({s.key for s in STORIES}) == len(STORIES)
    for story in STORIES:
        names = set(re.findall(r"[abc]", story.chain))
        assert names == set(story.limits), story.key
        for language in ("en", "id"):
            phrasings = story.phrasings[language]
            assert len(set(phrasings)) == len(phrasings) >= 12
            assert wordings(phrasings, "test"), story.key
            assert story.answers[language].count("{r}") == 1
            for text, _ in phrasings:
                assert set(re.findall(r"\{([abc])\}", text)) == names, text


def test_training_never_uses_a_held_out_sum() -> None:
    for sample in draw("problems", None, "train", 10_000):
        solved = problems.solve(expression_of(sample))
        assert solved is not None and isinstance(solved[1], Trace)
        assert not any(is_held_out(*problem) for problem in solved[1].problems), sample


@pytest.mark.parametrize("group", MODULES)
def test_held_out_problems_never_occur_in_training(group: str) -> None:
    held = {sample.problem for sample in draw(group, None, "test", 3000)}
    trained = {sample.problem for sample in draw(group, None, "train", 10_000)}
    assert len(held) > 1500
    assert not held & trained


def test_held_out_wordings_of_problems_never_occur_in_training(monkeypatch: pytest.MonkeyPatch) -> None:
    used: dict[str, set[object]] = {split: set() for split in SPLITS}

    def record(rng: random.Random, items: Sequence[Any], split: Split) -> Any:
        wording = pick_wording(rng, items, split)
        used[split].add(wording)
        return wording

    monkeypatch.setattr(problems, "pick_wording", record)
    for split in SPLITS:
        draw("problems", None, split, 3000)
    assert min(map(len, used.values())) > 40
    assert not used["train"] & used["test"]


KINDS = (("sort", "up"), ("sort", "down"), ("extreme", "up"), ("extreme", "down"), *(
    (kind, "") for kind in ("count", "place", "length", "spell", "reverse")
))  # fmt: skip


@pytest.mark.parametrize("language", ["en", "id"])
@pytest.mark.parametrize(("kind", "order"), KINDS)
def test_questions_about_lists_are_held_out_as_combinations_of_known_words(
    kind: str, order: str, language: Language
) -> None:
    trained, held = (lists.asked(kind, language, order, split) for split in SPLITS)
    assert len(held) > 5 and not set(trained) & set(held)
    assert lists.words_in(held) <= lists.words_in(trained)


@pytest.mark.parametrize("group", MODULES)
def test_the_same_seed_gives_the_same_samples_in_both_languages(group: str) -> None:
    first = draw(group, None, "train", 300, seed=5)
    assert first == draw(group, None, "train", 300, seed=5)
    assert first != draw(group, None, "train", 300, seed=6)
    assert {sample.language for sample in first} == {"en", "id"}
    assert {sample.task for sample in first} == set(MODULES[group].TASKS)


@pytest.mark.parametrize(("group", "task"), TASKS)
def test_an_answer_is_right_only_with_its_own_result(group: str, task: str) -> None:
    module, samples = MODULES[group], draw(group, task, "test", 200)
    for sample in samples:
        assert module.is_right(sample, sample.answer)
        assert not module.is_right(sample, "")
        assert not module.is_right(sample, "I do not know.")
    different = [s for s in samples if s.answer != samples[0].answer]
    assert sum(module.is_right(samples[0], s.answer) for s in different) < len(samples) // 2


@pytest.mark.parametrize(
    ("problem", "task", "right", "wrong"),
    [
        ("up: 5 40 12", "sort", ("5, 12, 40", "5 12 40"), ("5, 40, 12", "5, 12", "5, 12, 40, 41")),
        ("smallest: 5 40 12", "extreme", ("The smallest number is 5.", "5"), ("12", "The smallest number is 50.")),
        ("count: r in strawberry", "letters", ("There are 3 r in strawberry.", "3"), ("There are 2 r in strawberry.",)),
        ("place: place 2 in apple", "letters", ("Letter 2 of apple is p.", "p"), ("Letter 2 of apple is l.",)),
        ("reverse: tea", "reverse", ("a-e-t", "aet"), ("t-e-a", "a-e", "a-e-t-t")),
    ],
)
def test_a_list_answer_is_judged_by_its_result(
    problem: str, task: str, right: tuple[str, ...], wrong: tuple[str, ...]
) -> None:
    sample = Sample(task, "", "", right[0], problem=problem)
    assert all(lists.is_right(sample, answer) for answer in right)
    assert not any(lists.is_right(sample, answer) for answer in wrong)


def list_of(sample: Sample) -> list[int]:
    return [int(n) for n in sample.problem.split(": ")[1].split()]


@pytest.mark.parametrize("split", SPLITS)
def test_a_list_is_sorted_by_picking_the_best_one_again_and_again(split: str) -> None:
    for sample in draw("lists", "sort", split, 500):
        found, descending = list_of(sample), sample.problem.startswith("down")
        pick = max if descending else min
        assert 3 <= len(found) <= 6
        assert [int(n) for n in sample.answer.split(", ")] == sorted(found, reverse=descending)
        assert re.findall(r"\d+", sample.question) == [str(n) for n in found]
        first, *work, last = sample.thinking.split("\n")
        assert first == pick.__name__
        for state, scan in zip(work[::2], work[1::2], strict=True):
            done, rest = ([int(n) for n in side.split()] for side in state.split("|"))
            assert sorted(done + rest) == sorted(found), sample
            check_scan(scan, rest, pick)
        assert [int(n) for n in last.split()] == sorted(found, reverse=descending)


def check_scan(scan: str, rest: list[int], pick) -> None:  # type: ignore[no-untyped-def]
    """Assert that each number is compared with the best one so far."""
    best, *steps = scan.split(",")
    for number, step in zip(rest[1:], steps, strict=True):
        other, after = step.split(":")
        assert int(other) == number and int(after) == pick(int(best), number), scan
        best = after
    assert int(best) == pick(rest)


@pytest.mark.parametrize("split", SPLITS)
def test_the_smallest_and_the_largest_number_are_found(split: str) -> None:
    for sample in draw("lists", "extreme", split, 500):
        pick = min if sample.problem.startswith("smallest") else max
        assert re.findall(r"\d+", sample.answer) == [str(pick(list_of(sample)))], sample
        check_scan(sample.thinking.split("\n")[2], list_of(sample), pick)


@pytest.mark.parametrize("split", SPLITS)
def test_letters_are_counted_and_found_one_by_one(split: str) -> None:
    for sample in draw("lists", "letters", split, 1500):
        kind, detail, word = re.fullmatch(r"(\w+): (.+) in (\w+)", sample.problem).groups()  # type: ignore[union-attr]
        parts = check_spelling(sample.thinking, word)
        lines = sample.thinking.split("\n")
        seen = [str(i + 1) for i in range(len(word))]
        if kind == "count":
            counts = re.findall(r"([a-z])(\d+):(\d+)", lines[-2])
            assert [(letter, place) for letter, place, _ in counts] == parts
            seen = [str(word[: i + 1].count(detail)) for i in range(len(word))]
            assert [n for _, _, n in counts] == seen, sample
        result = {"count": seen[-1], "length": str(len(word)), "place": word[int(detail.split()[-1]) - 1]
                  if kind == "place" else ""}[kind]  # fmt: skip
        assert sample.must_contain == (result,)
        assert result in re.findall(r"\w+", sample.answer) and word in sample.question.lower(), sample


def check_spelling(thinking: str, word: str) -> list[tuple[str, str]]:
    """Assert that the letters of the word are written token by token; return them with their places."""
    found = []
    for piece, letters in re.findall(r"([a-z]+): ((?:[a-z]\d+ ?)+)(?=\n|$)", thinking.removeprefix("letters:")):
        parts = re.findall(r"([a-z])(\d+)", letters)
        assert "".join(letter for letter, _ in parts) == piece
        found += parts
    assert [(letter, int(n)) for letter, n in found] == [(letter, i) for i, letter in enumerate(word, 1)]
    return found


def test_a_word_is_taken_apart_into_the_tokens_of_the_question() -> None:
    after_space, at_the_start = lists.pieces("strawberry", True), lists.pieces("strawberry", False)
    assert "".join(after_space) == "".join(at_the_start) == "strawberry" and len(after_space) > 1
    tokenizer = lists.tokenizer()
    assert tokenizer is not None
    tokens = tokenizer.encode("spell strawberry").tokens
    assert [token.strip("\u0120") for token in tokens[-len(after_space) :]] == after_space


@pytest.mark.parametrize("split", SPLITS)
def test_words_are_spelled_and_reversed(split: str) -> None:
    for task in ("spell", "reverse"):
        for sample in draw("lists", task, split, 500):
            word = sample.problem.split(": ")[1]
            expected = word if task == "spell" else word[::-1]
            assert sample.answer == "-".join(expected)
            *spelling, last = sample.thinking.split("\n")
            if task == "spell":
                check_spelling(sample.thinking, word)
                continue
            check_spelling("\n".join(spelling), word)
            numbered = re.findall(r"([a-z])(\d+)", last)
            backwards = list(zip(expected, range(len(word), 0, -1), strict=True))
            assert [(letter, int(n)) for letter, n in numbered] == backwards


def test_strawberry_has_three_r() -> None:
    assert lists.counted("strawberry", "r") == "s1:0 t2:0 r3:1 a4:1 w5:1 b6:1 e7:1 r8:2 r9:3 y10:3"


def test_the_word_lists_are_everyday_words_in_small_letters() -> None:
    for language in ("en", "id"):
        found = lists.words(language)  # type: ignore[arg-type]
        assert len(found) > 250 and all(re.fullmatch(r"[a-z]{3,13}", word) for word in found)
    assert set(read("lists.yaml")["answers"]) == {"smallest", "largest", "count", "count_one", "place", "length"}


@pytest.mark.parametrize(("group", "task"), TASKS)
def test_no_working_gets_too_long(group: str, task: str) -> None:
    # Digits and marks are a token each, letters at least a token for each word.
    for sample in draw(group, task, "train", 1000):
        text = sample.thinking + "\n" + sample.answer
        assert len(re.findall(r"\d|[^\W\d]+|[^\w\s]|\n| (?=\d)", text)) <= 360, sample
