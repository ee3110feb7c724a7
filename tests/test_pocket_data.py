"""The text that the pocket models are trained on: right working, disjoint splits, the same for a seed."""

from __future__ import annotations

import functools
import itertools
import random
import re
from collections import Counter
from collections.abc import Iterator

import pytest

from scripts.pocket.data import arithmetic, chat, facts, followups, mixture, refusals, tables
from scripts.pocket.data.sample import Sample, messages_of, render, wordings
from scripts.pocket.data.style import ENDINGS, OPENINGS, expansions, varied
from scripts.pocket.data.traces import Trace, add, is_held_out, multiply, subtract
from scripts.pocket.data.unseen import unseen
from scripts.pocket.recipes import RECIPES

MIXTURE = RECIPES["pocket-qwen3"].mixture
TASKS = list(arithmetic.TASK_WEIGHTS)


def draw(n: int, seed: int = 0, split: str = "train") -> list[Sample]:
    return [sample for sample, _ in itertools.islice(mixture.stream(MIXTURE, seed, split), n)]  # type: ignore[arg-type]


def equations(thinking: str) -> list[tuple[str, str]]:
    """Return (left, right) of each plain equation in a trace, leading zeros removed."""
    parts = [re.sub(r" (carry|borrow) \d+", "", part.split(":")[-1]).strip() for part in re.split(r"[\n;,]", thinking)]
    found = []
    for part in parts:
        if part.count("=") == 1 and not re.search(r"[<> ]", part):
            left, right = re.sub(r"\b0+(?=\d)", "", part).split("=")
            found.append((left, right))
    return found


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("split", ["train", "test"])
def test_each_step_of_the_working_is_right(task: str, split: str) -> None:
    rng = random.Random(3)
    for _ in range(200):
        sample = arithmetic.generate(rng, split, task)  # type: ignore[arg-type]
        assert eval(sample.problem) == int(sample.gold or "?"), sample
        assert sample.answer.endswith(f"= {sample.gold}")
        assert equations(sample.thinking) or "equal, 0" in sample.thinking, sample
        for left, right in equations(sample.thinking):
            assert eval(left) == eval(right), sample


@pytest.mark.parametrize(
    ("operation", "a", "b", "lines"),
    [
        (add, 376, 85, ["376+085", "6+5=11, 1 carry 1", "37 08: 7+8+1=16, 61 carry 1", "3+0+1=4, 461"]),
        (subtract, 52, 58, ["52-58: 5=5 2<8", "-(58-52)", "8-2=6, 6", "5-5=0, 06", "06=6", "-6"]),
        (subtract, 30, 7, ["30-07: 3>0", "10-7=3, 3 borrow 1", "3-0-1=2, 23"]),
        (subtract, 44, 44, ["44-44: 4=4 4=4", "equal, 0"]),
        (multiply, 7, 8, ["7*8=56"]),
        (multiply, 47, 6, ["47*6: 7*6=42, 2 carry 4; 4*6=24, 24+4=28, 282"]),
    ],
)
def test_working_is_written_digit_by_digit(operation, a: int, b: int, lines: list[str]) -> None:  # type: ignore[no-untyped-def]
    trace = Trace()
    result = operation(trace, a, b)
    assert trace.lines == lines
    assert result == {add: a + b, subtract: a - b, multiply: a * b}[operation]


def test_training_never_solves_a_held_out_problem() -> None:
    held = {sample.problem for sample in draw(6000, split="test") if sample.gold}
    for sample in draw(20_000):
        if sample.gold is None:
            continue
        numbers = re.findall(r"\d+", sample.problem)
        if len(numbers) == 2:
            operator = re.search(r"(?<=\d)[-+*]", sample.problem)
            assert operator is not None
            assert not is_held_out(int(numbers[0]), operator[0], int(numbers[1])), sample
        if max(map(len, numbers)) > 1:
            assert sample.problem not in held, sample


def test_no_step_of_a_training_trace_is_a_held_out_problem() -> None:
    steps = 0
    for sample in draw(8000):
        for line in sample.thinking.split("\n"):
            if step := re.fullmatch(r"(\d+)([-+*])(\d+)(:.*)?", line):
                steps += 1
                assert not is_held_out(int(step[1]), step[2], int(step[3])), sample
    assert steps > 1000


def test_mirrored_problems_are_in_the_same_split() -> None:
    rng = random.Random(1)
    for _ in range(2000):
        a, b, operator = rng.randint(0, 9999), rng.randint(0, 9999), rng.choice("+-*")
        assert is_held_out(a, operator, b) == is_held_out(b, operator, a)


def test_every_width_that_is_shown_is_trained() -> None:
    assert {sample.task for sample in draw(4000)} >= set(TASKS)


def patterns() -> Iterator[tuple[str, list[str]]]:
    """Yield (where, wordings) of each list that is split into trained and held-out wordings."""
    questions, sums = tables.read("questions.yaml"), tables.read("arithmetic.yaml")
    refused, follow = tables.read("refusals.yaml"), tables.read("followups.yaml")
    for language in ("en", "id"):
        for kind in ("definition", "phrase"):
            yield f"{kind} {language}", questions[kind][language]
        for attribute, texts in questions["attributes"].items():
            yield f"{attribute} {language}", texts[language]["questions"]
        for fact in tables.facts("general"):
            yield f"{fact.key} {language}", list(fact.statements[language].questions)  # type: ignore[index]
        for kind in ("unknown", "not_trained", "spelled"):
            yield f"{kind} {language}", refused[kind][language]
        for kind, texts in sums.items():
            yield f"sums {kind} {language}", texts[language]
        for kind in set(follow) - {"continue", "names"}:
            yield f"{kind} {language}", follow[kind][language]
        for operator, texts in follow["continue"].items():
            yield f"continue {operator} {language}", texts[language]
    for intent in tables.intents():
        yield f"{intent.key} {intent.language}", list(intent.wordings)


@functools.cache
def core(question: str) -> str:
    """Return the question in lower case without punctuation, opening and ending."""
    text = question.lower()
    for cut in sorted({o.lower() for texts in OPENINGS.values() for o in texts}, key=len, reverse=True):
        text = text.removeprefix(cut)
    for cut in sorted({e.lower() for texts in ENDINGS.values() for e in texts}, key=len, reverse=True):
        text = text.removesuffix(cut)
    return " ".join(re.sub(r"[^\w+*/=-]+", " ", text).split())


def fixed_questions() -> Iterator[str]:
    """Yield every training question about a fact, and every small talk, without openings and mistakes."""
    questions = tables.read("questions.yaml")
    for language in ("en", "id"):
        names = [name for fact in tables.facts("definitions") for name in facts.names_in(fact, language)]  # type: ignore[arg-type]
        asked = [text for pattern in questions["definition"][language] for text in expansions(pattern)]
        yield from (text.replace("{t}", name) for text in asked for name in names)
        for fact in tables.facts("general"):
            yield from itertools.chain(*map(expansions, fact.statements[language].questions))  # type: ignore[index]
        for attribute in questions["attributes"].values():
            asked = [text for pattern in attribute[language]["questions"] for text in expansions(pattern)]
            yield from (text.replace("{m}", model) for text in asked for model in tables.specifications())
    for intent in tables.intents():
        yield from itertools.chain(*map(expansions, intent.wordings))


def sum_questions(a: int, b: int) -> Iterator[str]:
    """Yield every training question for the sum, difference and product of two numbers."""
    for kind, texts in tables.read("arithmetic.yaml").items():
        for text in itertools.chain(*map(expansions, [*texts["en"], *texts["id"]])):
            for sign in "+-*" if kind == "expression" else kind:
                yield text.format(a=a, b=b, e=f"{a} {sign} {b}")


def test_a_wording_stands_for_all_its_choices() -> None:
    assert expansions("[Hi|Hey] you[!|]") == ["Hi you!", "Hi you", "Hey you!", "Hey you"]
    assert {varied(random.Random(i), "[Hi|Hey] you") for i in range(20)} == {"Hi you", "Hey you"}


def test_no_wording_is_listed_twice() -> None:
    for where, texts in patterns():
        assert len(set(texts)) == len(texts), where


def test_brackets_in_wordings_are_closed() -> None:
    for where, texts in patterns():
        assert not [text for text in texts if re.search(r"[\[\]|]", re.sub(r"\[[^\[\]]*\|[^\[\]]*\]", "", text))], where


def test_every_kind_of_small_talk_has_many_wordings() -> None:
    for intent in tables.intents():
        assert len(intent.wordings) >= 25, (intent.key, intent.language)
        assert intent.must.lower() in intent.answer.lower()


def test_sums_are_asked_in_more_than_a_hundred_wordings() -> None:
    sums = tables.read("arithmetic.yaml")
    assert sum(len(texts["en"]) for texts in sums.values()) > 200
    assert sum(len(texts["id"]) for texts in sums.values()) > 100


def test_a_subtraction_in_words_keeps_its_order() -> None:
    for texts in tables.read("arithmetic.yaml")["-"].values():
        for text in itertools.chain(*map(expansions, texts)):
            backwards = re.search(r"{b}.*(from|dari|less than|off|out of) .*{a}|from {a}.*{b}|{b} from {a}", text)
            assert text.index("{a}") < text.index("{b}") or backwards, text


def test_held_out_wordings_never_occur_in_training() -> None:
    held = set(wordings(facts.read("questions.yaml")["definition"]["en"], "test"))
    assert held
    names = {name.lower() for fact in tables.facts("definitions") for name in fact.names}
    texts = {text for wording in held for text in expansions(wording)}
    questions = {text.format(t=name).lower() for text in texts for name in names}
    trained = {text for wording in wordings(facts.read("questions.yaml")["definition"]["en"], "train")
               for text in expansions(wording)}  # fmt: skip
    assert not {text.lower() for text in texts} & {text.lower() for text in trained}
    assert not questions & {sample.question.lower() for sample in draw(8_000) if sample.task == "definition"}


def test_hand_written_questions_never_occur_in_training() -> None:
    hand_written = {core(item.question) for item in unseen()}
    assert not hand_written & {core(question) for question in fixed_questions()}
    assert not hand_written & {core(sample.question) for sample in draw(20_000)}


def test_hand_written_unknown_questions_are_no_template_with_a_listed_word() -> None:
    tables_ = tables.read("refusals.yaml")
    hand_written = {core(item.question) for item in unseen() if item.group.endswith("unknown")}
    listed = {core(word) for fill in ("fill", "fill_id") for words in tables_[fill].values() for word in words}
    frames = {core(re.sub(r"{\w+}", "qqq", text)) for kind in ("unknown", "not_trained") for language in ("en", "id")
              for pattern in tables_[kind][language] for text in expansions(pattern)}  # fmt: skip
    assert not hand_written & frames
    for frame in (frame for frame in frames if frame.count("qqq") == 1 and frame != "qqq"):
        before, after = frame.split("qqq")
        for question in hand_written:
            if question.startswith(before) and question.endswith(after):
                assert question[len(before) : len(question) - len(after)] not in listed, (frame, question)


def test_hand_written_sums_are_phrased_as_no_training_sum_is() -> None:
    files = ("unseen.yaml", "unseen_later.yaml")
    texts = itertools.chain(*(texts for file in files for texts in tables.read(file)["sums"].values()))
    assert not {core(text.format(a=84, b=17)) for text in texts} & {core(text) for text in sum_questions(84, 17)}


def test_there_are_300_hand_written_questions_of_each_kind() -> None:
    counts = Counter(item.group for item in unseen())
    assert counts["terms"] + counts["qwen"] >= 300
    assert min(counts["sums"], counts["chat"], counts["unknown"]) >= 300
    assert min(counts[f"later {group}"] for group in ("terms", "qwen", "sums", "chat", "unknown")) >= 90
    assert len({core(item.question) for item in unseen()}) == len(unseen())


def test_hand_written_sums_have_the_right_result_and_held_out_numbers() -> None:
    signs = {"+": add, "-": subtract, "*": multiply}
    for i, item in enumerate(item for item in unseen() if item.group.endswith("sums")):
        numbers = [int(n) for n in re.findall(r"\d+", item.question)[:2]]
        a, b = max(numbers), min(numbers)
        results = {f"= {operation(Trace(), a, b)}" for operation in signs.values()}
        assert set(item.any_of) <= results, (i, item)


@pytest.mark.parametrize("kind", [followups.repeat, followups.again, followups.echo, followups.user_name])
def test_what_is_repeated_is_in_the_conversation(kind) -> None:  # type: ignore[no-untyped-def]
    rng = random.Random(4)
    for _ in range(200):
        sample = kind(rng, "train")
        said = " ".join([*itertools.chain(*sample.history), sample.question]).lower()
        assert sample.must_contain[0].lower() in said, sample
        assert sample.must_contain[0].lower() in sample.answer.lower()


def test_an_answer_in_the_other_language_is_about_the_same_fact() -> None:
    rng = random.Random(5)
    for _ in range(200):
        sample = followups.other_language(rng, "train")
        assert sample.answer != sample.history[-1][1] or "Qwen" in sample.answer
        assert all(text.lower() in f" {sample.answer.lower()} " for text in sample.must_contain), sample


def test_small_talk_is_drawn_in_thousands_of_forms() -> None:
    rng = random.Random(6)
    assert len({chat.generate(rng, "train").question for _ in range(4000)}) > 2500


def test_the_same_seed_gives_the_same_samples() -> None:
    assert draw(300, seed=5) == draw(300, seed=5)
    assert draw(300, seed=5) != draw(300, seed=6)


def test_there_are_hundreds_of_different_refusals() -> None:
    rng = random.Random(2)
    questions = {refusals.generate(rng, "train", "refusal").question for _ in range(1000)}
    assert len(questions) > 950


@pytest.mark.parametrize("language", ["en", "id"])
def test_every_fact_is_right_about_itself(language: str) -> None:
    for fact in (*tables.facts("definitions"), *tables.facts("general")):
        statement = fact.statements[language]  # type: ignore[index]
        assert statement.must.lower() in statement.answer.lower(), fact.key


def test_plain_samples_end_with_the_empty_think_block() -> None:
    sample = draw(1)[0]
    prompt, target = render(sample, thinking=False)
    assert prompt.endswith("<|im_start|>assistant\n<think>\n\n</think>\n\n")
    assert target == f"{sample.answer}<|im_end|>\n"
    assert messages_of(sample)[-1] == {"role": "user", "content": sample.question}
