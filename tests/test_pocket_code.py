"""The data of pocket-coder: references pass their tests, bugs fail them, nothing held out is trained on."""

from __future__ import annotations

import random
import re
from dataclasses import replace

import pytest

from scripts.pocket.data import code
from scripts.pocket.data.code import (
    TASKS,
    UNSEEN,
    are_right,
    asking,
    assertions,
    bugs,
    check,
    classics,
    family,
    middle,
    phrases,
    program,
    talk,
    tasks,
)
from scripts.pocket.data.code.wordings import plain
from scripts.pocket.data.sample import Sample, Split
from scripts.pocket.data.sample import wordings as split_of
from scripts.pocket.execute import run_all, runs

SEED = 11
WORDINGS = (
    asking.PLAIN, asking.NAMED, asking.NOUN, asking.KEYWORDS, asking.CLASS, asking.NAME_CLAUSES, asking.PARAM_CLAUSES,
    tasks.EXPLAIN, tasks.FIX, tasks.FIX_BARE, assertions.TESTS,
    talk.declined("actions"), talk.declined("asks"), talk.declined("languages"),
)  # fmt: skip


def draws(split: Split, task: str | None, n: int, seed: int = SEED) -> list[Sample]:
    rng = random.Random(f"{seed}-{task}")
    return [code.generate(rng, split, task) for _ in range(n)]


def all_classics() -> list[program.Program]:
    return [form for forms in classics.variants() for form in forms]


def test_there_are_at_least_sixty_classic_tasks_with_several_phrases_in_each_language():
    found = classics.classics()
    assert len(found) >= 60
    assert all(len(p.english) >= 3 and len(p.indonesian) >= 2 for p in found.values())


def test_every_classic_reference_passes_its_own_tests():
    references = all_classics()
    results = run_all([(p.code, program.tests_of(p)) for p in references])
    assert [p.key for p, passed in zip(references, results, strict=True) if not passed] == []
    assert [p.key for p in references if program.tests_of(p).count("assert ") < 3] == []


def test_every_composition_passes_its_own_tests():
    rng = random.Random(SEED)
    drawn = [family.draw_family(rng, split)[0] for split in ("train", "test") for _ in range(150)]
    assert all(run_all([(p.code, program.tests_of(p)) for p in drawn]))
    assert all(len(program.cases(p)) >= 6 for p in drawn)


def test_the_tests_of_a_composition_tell_it_from_another_one():
    made = [family.draw_family(random.Random(i), "train")[0] for i in range(120)]
    for first, second in zip(made, made[1:], strict=False):
        if first.key != second.key and first.params[0][0] == second.params[0][0]:
            other = second.renamed(first.name, {})
            agreed = program.passes(first, other.code)
            assert not agreed or first.code.split("\n", 1)[1] == other.code.split("\n", 1)[1], (first.code, other.code)


def test_a_composition_computes_what_its_parts_say():
    made = family.Composition(family.NUMBERS, _part("even"), _part("square"), _part("sum"), "", "")
    written = family.program_of(made)
    assert written.code == "def sum_even_squares(numbers):\n    return sum(x * x for x in numbers if x % 2 == 0)"
    assert written.english[0] == "return the sum of the squares of the even numbers in a list"
    assert written.indonesian[0] == "menghitung jumlah dari kuadrat dari bilangan genap dalam list"


def _part(key: str) -> family.Part:
    numbers = family.NUMBERS
    return next(p for p in (*numbers.filters, *numbers.maps, *numbers.reductions) if p.key == key)


def test_every_injected_bug_makes_the_tests_fail_and_the_fix_passes():
    samples = draws("test", "fix", 200)
    shown = [(check.code_in(s.question) or "", s.tests) for s in samples]
    assert not any(run_all(shown))
    assert all(are_right(samples, [s.answer for s in samples]))
    assert len({s.answer.split(":")[0] for s in samples}) >= 15  # kinds of bugs in both languages


def test_every_kind_of_bug_is_drawn():
    rng, kinds = random.Random(SEED), set()
    for _ in range(1500):
        bug = bugs.draw_bug(rng, tasks.any_program(rng, "train")[0])
        kinds |= {bug.kind} if bug else set()
    assert kinds == set(bugs.SENTENCES)


def test_the_pieces_of_fill_in_the_middle_join_to_running_code():
    samples = draws("test", "fim", 300)
    assert all(are_right(samples, [s.answer for s in samples]))
    assert sum(are_right(samples, [""] * len(samples))) < 30  # most holes change what the code does
    for sample in samples:
        before, after = middle.pair_of(sample.prompt)
        assert sample.question == "" and sample.answer.strip()
        assert (before + sample.answer + after).endswith("\n")


@pytest.mark.parametrize("task", list(TASKS))
def test_the_answers_of_the_test_split_are_right(task: str):
    samples = draws("test", task, 60)
    assert all(are_right(samples, [s.answer for s in samples]))
    assert all(s.thinking == "" for s in samples)


def test_wrong_answers_are_not_right():
    samples = draws("test", "compose", 40) + draws("test", "classic", 40)
    wrong = ["```python\ndef nothing(*values):\n    return 'no'\n```" for _ in samples]
    assert not any(are_right(samples, wrong))
    assert not any(are_right(samples, ["I do not know." for _ in samples]))
    asserts = draws("test", "tests", 20)
    assert not any(are_right(asserts, ["```python\nassert True\nassert True\n```" for _ in asserts]))
    false = [re.sub(r"assert (not )?", lambda m: "assert " if m.group(1) else "assert not ", s.answer) for s in asserts]
    assert not any(are_right(asserts, false))


def test_held_out_combinations_never_occur_in_training():
    rng = random.Random(SEED)
    trained = {family.draw_composition(rng, "train").problem for _ in range(10_000)}
    held = {family.draw_composition(rng, "test").problem for _ in range(2_000)}
    assert not trained & held
    drawn = draws("train", None, 10_000)
    assert not {s.problem for s in drawn if "|" in s.problem} & held
    assert len(held) > 150


def test_held_out_wordings_never_occur_in_training():
    for table in WORDINGS:
        for language in ("en", "id"):
            rng = random.Random(SEED)
            trained = {plain(table[language].draw(rng, "train")) for _ in range(4000)}
            held = {plain(table[language].draw(rng, "test")) for _ in range(1000)}
            assert not trained & held
            fixed = table[language].fixed
            assert not trained & {plain(text) for text in split_of(fixed, "test")}


def test_every_word_of_a_held_out_combination_occurs_in_training():
    for table in WORDINGS:
        for language in ("en", "id"):
            rng, drawn = random.Random(SEED), table[language]
            trained = {word for _ in range(8000) for word in plain(drawn.draw(rng, "train")).split()}
            fixed = {plain(text) for text in drawn.fixed}
            held = {plain(drawn.draw(rng, "test")) for _ in range(1500)} - fixed
            assert {word for text in held for word in text.split()} <= trained


def test_there_are_enough_wordings():
    assert all(len(table[language]) >= 80 for table in WORDINGS for language in ("en", "id"))
    assert len(asking.PLAIN["en"]) > 10_000 and len(talk.declined("actions")["en"]) > 1000


def test_no_hole_or_alternative_of_a_wording_is_left_in_a_question():
    for sample in draws("train", None, 6000):
        if sample.task != "fim":
            words = re.sub(r"```.*?```", "", sample.question, flags=re.DOTALL)
            assert not re.search(r"[{}|]|  ", words), sample.question


def test_the_same_seed_gives_the_same_samples():
    assert draws("train", None, 300) == draws("train", None, 300)
    assert draws("test", None, 100) == draws("test", None, 100)
    assert draws("train", None, 100) != draws("train", None, 100, seed=SEED + 1)


def test_the_names_that_are_asked_for_are_used():
    named = re.compile(
        r"(?:[Cc]all it|[Nn]ame it|[Uu]se the name|function called|[Nn]ame the function|[Bb]eri nama(?! fungsi)) (\w+)"
    )
    seen = 0
    for sample in draws("train", "compose", 2000) + draws("train", "classic", 2000):
        asked = named.search(sample.question)
        if asked:
            seen += 1
            assert re.search(rf"(?:def|class) {asked.group(1)}\b", sample.answer), sample
    assert seen > 200


def test_an_answer_must_have_the_name_that_is_asked_for():
    sample = Sample("compose", "Write sum_up to add numbers.", "", "", tests="assert sum_up([1, 2]) == 3")
    other = "```python\ndef total(xs):\n    return sum(xs)\n```"
    assert are_right([sample], [other]) == [False]
    assert are_right([replace(sample, tests="assert asked([1, 2]) == 3")], [other]) == [True]
    assert are_right([sample], [other.replace("total", "sum_up")]) == [True]


def test_code_is_short_and_valid():
    for sample in draws("train", "classic", 800) + draws("train", "compose", 800):
        written = check.code_in(sample.answer) or ""
        compile(written, "<sample>", "exec")
        assert sample.answer == tasks.block(written) and len(written) < 640
        assert "```" not in written and '"""' not in written


def test_training_samples_have_no_tests_but_those_that_the_answer_is_about():
    assert all(not s.tests for s in draws("train", None, 500) if s.task != "tests")


def test_about_a_third_of_the_questions_is_indonesian():
    drawn = [s for s in draws("train", None, 4000) if s.task != "fim"]
    assert 0.3 < sum(s.language == "id" for s in drawn) / len(drawn) < 0.4


def test_verbs_are_bent_as_the_sentence_needs():
    assert phrases.inflect("compute the sum", "doing") == "computing the sum"
    assert phrases.inflect("search a list", "does") == "searches a list"
    assert phrases.inflect("*take* it and *multiply* it", "does") == "takes it and multiplies it"
    assert phrases.inflect("split a text", "doing") == "splitting a text"


def test_hand_written_requests_never_occur_in_training():
    def plain(text: str) -> str:
        return re.sub(r"\W+", " ", text.lower()).strip()

    assert len(UNSEEN) >= 60 and len({u.question for u in UNSEEN}) == len(UNSEEN)
    trained = {plain(s.question) for s in draws("train", None, 10_000)}
    assert not {plain(u.question) for u in UNSEEN} & trained
    assert {u.language for u in UNSEEN} == {"en", "id"}


def test_hand_written_requests_can_be_answered_and_need_more_than_nothing():
    samples = [u.sample() for u in UNSEEN]
    nothing = "```python\ndef asked(*values):\n    return None\n```"
    assert not any(are_right(samples, [nothing for _ in samples]))
    even = "```python\ndef even_sum(numbers):\n    return sum(x for x in numbers if x % 2 == 0)\n```"
    assert are_right(samples[:1], [even]) == [True]


def test_runs_stops_endless_loops_and_reports_wrong_code():
    assert runs("def f(x):\n    return x + 1", "assert f(1) == 2")
    assert not runs("def f(x):\n    return x", "assert f(1) == 2")
    assert not runs("def f(x:\n", "assert f(1) == 2")
    assert not runs("while True:\n    pass", "", timeout_s=0.3)
    assert not runs("import time\ntime.sleep(60)", "", timeout_s=0.3)
    assert not runs("import sys\nsys.exit(0)", "")
    assert not runs("x = [0] * 10 ** 10", "")


def test_one_endless_program_does_not_spoil_the_others():
    pairs = [("x = 1", "assert x == 1"), ("while True: pass", ""), ("print('noise')", ""), ("x = 2", "assert x == 1")]
    assert run_all(pairs, timeout_s=0.3) == [True, False, True, False]


def test_runs_sees_neither_the_environment_nor_the_working_folder(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("POCKET_SECRET", "value")
    assert runs("import os", "assert 'POCKET_SECRET' not in os.environ\nassert os.listdir('.') == []")


def test_the_comments_of_assertions_say_what_becomes_of_each_item():
    made = family.Composition(family.NUMBERS, _part("above"), _part("square"), _part("sum"), "4", "")
    assert assertions.lines_of(family.program_of(made), "f") == [
        "# 4 -> no, 5 -> 25", "assert f([4, 5]) == 25", "# 6 -> 36", "assert f([6]) == 36", "assert f([]) == 0",
    ]  # fmt: skip


def test_assertions_are_few_and_their_inputs_short():
    for sample in draws("train", "tests", 800):
        lines = (check.code_in(sample.answer) or "").split("\n")
        asserts = [line for line in lines if line.startswith("assert ")]
        assert 2 <= len(asserts) <= 3 and all(line.startswith(("assert ", "# ")) for line in lines)
        if "|" in sample.problem:
            assert all(re.search(r"\((.*?)\)", line).group(1).count(",") < 2 for line in asserts)  # type: ignore[union-attr]


def test_a_bare_request_to_fix_shows_a_function_whose_name_says_what_it_does():
    bare = [s for s in draws("train", "fix", 1500) if not re.search(r"should|must|has to|needs to|meant|supposed|"
            r"so that|want|to \w+|which|[Hh]arus|[Mm]estinya|agar", s.question.split("```")[0] +
            s.question.split("```")[-1])]  # fmt: skip
    assert len(bare) > 300
    known = {p.name for p in all_classics()}
    for sample in bare:
        name = program.defined(check.code_in(sample.answer) or "")[-1]
        assert "|" in sample.problem or name in known


def test_an_edge_case_of_a_hole_is_said_in_the_text():
    for sample in draws("train", "fim", 2000):
        before, after = middle.pair_of(sample.prompt)
        if "default=" in sample.answer or "raise" in sample.answer:
            assert "#" in before or '"""' in before, sample.prompt


def test_what_is_declined_is_asked_for_like_a_function():
    drawn = draws("train", "decline", 2000)
    assert len({s.problem for s in drawn}) > 500
    assert sum("function" in s.question or "fungsi" in s.question for s in drawn) > 300
