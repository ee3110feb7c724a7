"""Lists of numbers and letters of words: sorting, smallest, counting, spelling and reversing, step by step."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.pocket.data.sample import Language, Sample, Split, hash_percent
from scripts.pocket.data.style import ENDINGS, OPENINGS, expansions
from scripts.pocket.data.tables import read

if TYPE_CHECKING:
    from tokenizers import Tokenizer

TASKS: dict[str, float] = {"sort": 5, "extreme": 2, "letters": 7, "spell": 3, "reverse": 3}
HELD_OUT_PERCENT = 10
HELD_OUT_WORDINGS_PERCENT = 20
TOKENIZER = Path("assets/models/pocket-qwen3/tokenizer.json")
LONGEST_REVERSED = 9

CONSONANTS = "b c d f g h j k l m n p r s t v w y z b d k l m n p r s t br ch cl dr gr kl ng ny pr sh st th tr".split()
VOWELS = "a e i o u a e i o u ai ea ee oo ou".split()
ENDS = "n r s t l m k ng ll ss ck x q".split()


def numbers(rng: random.Random) -> list[int]:
    """Return 3 to 6 numbers of 1 to 3 digits, mostly of one width, now and then with one repeated."""
    count, digits = rng.randint(3, 6), rng.choice((1, 2, 2, 2, 3, 3))
    widths = [digits if rng.random() < 0.75 else rng.randint(1, digits) for _ in range(count)]
    found = [rng.randint(0 if w == 1 else 10 ** (w - 1), 10**w - 1) for w in widths]
    if digits > 1 and rng.random() < 0.35:  # near neighbours are the hard case
        found[-1] = max(0, min(10**digits - 1, found[0] + rng.choice((-1, 1)) * rng.randint(1, 9)))
    distinct = list(dict.fromkeys(found))
    return found if rng.random() < 0.06 or len(distinct) < 3 else distinct


def is_held_out(key: str) -> bool:
    """Return whether a list or a word problem belongs to the test split."""
    return hash_percent(key) < HELD_OUT_PERCENT


def listed(rng: random.Random, split: Split) -> list[int]:
    """Return a list of numbers of the split; what is asked about it does not matter."""
    while True:
        found = numbers(rng)
        if is_held_out(" ".join(map(str, sorted(found)))) == (split == "test"):
            return found


def typed(rng: random.Random, found: list[int]) -> str:
    """Return the list as a user may type it."""
    separator = rng.choice((", ", ", ", ", ", " ", ","))
    return separator.join(map(str, found))


@cache
def asked(kind: str, language: Language, order: str, split: Split) -> tuple[str, ...]:
    """Return how something is asked for, with "{l}", "{w}", "{x}" and "{n}" open.

    `order` is "up" or "down" for lists. The words for it and the rest of the question are
    held out in combination, for a word that never occurs in training cannot be understood.
    """
    entry = read("lists.yaml")[kind][language]
    if order:
        frames = [text for frame in entry["frames"] for text in expansions(frame)]
        texts = [text.replace("{d}", words) for text in frames for words in entry[order]]
        if order == "up":
            texts += 4 * [text for frame in entry.get("without", ()) for text in expansions(frame)]
    else:
        texts = [text for frame in entry for text in expansions(frame)]
    trained = [text for text in texts if hash_percent(text) >= HELD_OUT_WORDINGS_PERCENT]
    known = words_in(trained)
    held = {text for text in texts if text not in trained and words_in([text]) <= known}
    return tuple(text for text in texts if (text in held) == (split == "test"))


def words_in(texts: Iterable[str]) -> set[str]:
    """Return the words of the texts in small letters."""
    return set(re.findall(r"\w+", " ".join(texts).lower()))


def scan(rest: list[str], ascending: bool) -> tuple[str, str]:
    """Return (line, best): each number is compared with the best one so far, which is written after it."""
    best, line = rest[0], rest[0]
    for other in rest[1:]:
        best = min(best, other) if ascending else max(best, other)
        line += f",{other}:{best}"
    return line, best


def selection(found: list[int], ascending: bool) -> list[str]:
    """Return the working of a selection sort; the sorted part stands before the bar, the rest behind it."""
    width = max(len(str(n)) for n in found)
    done: list[str] = []
    rest = [str(n).zfill(width) for n in found]
    lines = ["min" if ascending else "max"]
    while len(rest) > 1:
        lines.append(f"{' '.join(done)} | {' '.join(rest)}".strip())
        line, best = scan(rest, ascending)
        lines.append(line)
        rest.remove(best)
        done.append(best)
    return [*lines, " ".join([*done, *rest])]


def sort(rng: random.Random, split: Split, language: Language) -> Sample:
    """Return a list to be put in order."""
    found, ascending = listed(rng, split), rng.random() < 0.6
    wording = rng.choice(asked("sort", language, "up" if ascending else "down", split))
    question = relaxed(rng, wording.format(l=typed(rng, found)), language)
    answer = ", ".join(map(str, sorted(found, reverse=not ascending)))
    return Sample(
        "sort", question, "\n".join(selection(found, ascending)), answer, language,
        gold=answer, problem=f"{'up' if ascending else 'down'}: {' '.join(map(str, found))}",
    )  # fmt: skip


def extreme(rng: random.Random, split: Split, language: Language) -> Sample:
    """Return a list whose smallest or largest number is asked."""
    found, smallest = listed(rng, split), rng.random() < 0.5
    wording = rng.choice(asked("extreme", language, "up" if smallest else "down", split))
    width = max(len(str(n)) for n in found)
    padded = [str(n).zfill(width) for n in found]
    line, best = scan(padded, smallest)
    kind = "smallest" if smallest else "largest"
    answer = read("lists.yaml")["answers"][kind][language].format(r=int(best))
    thinking = f"{'min' if smallest else 'max'}\n{' '.join(padded)}\n{line}\n{best}"
    question = relaxed(rng, wording.format(l=typed(rng, found)), language)
    return Sample(
        "extreme", question, thinking, answer, language,
        gold=str(int(best)), problem=f"{kind}: {' '.join(map(str, found))}",
    )  # fmt: skip


@cache
def words(language: Language) -> tuple[str, ...]:
    """Return the everyday words of a language."""
    return tuple(dict.fromkeys(read("lists.yaml")["words"][language].split()))


def invented(rng: random.Random) -> str:
    """Return a word that does not exist but can be pronounced, so that letters are copied and not remembered."""
    syllables = "".join(rng.choice(CONSONANTS) + rng.choice(VOWELS) for _ in range(rng.choice((2, 2, 2, 3, 3, 4))))
    word = (rng.choice(VOWELS) if rng.random() < 0.2 else "") + syllables
    return word + (rng.choice(ENDS) if rng.random() < 0.5 else "")


def word_of(rng: random.Random, language: Language, longest: int = 13) -> str:
    """Return an everyday or an invented word of at least three letters."""
    while True:
        word = rng.choice(words(language)) if rng.random() < 0.5 else invented(rng)
        if 3 <= len(word) <= longest:
            return word


def quoted(rng: random.Random, text: str) -> str:
    """Return the text as it is or in quotation marks."""
    return rng.choice(("{}", "{}", "{}", "'{}'", '"{}"')).format(text)


@cache
def tokenizer() -> Tokenizer | None:
    """Return the family's tokenizer, or None while it is not trained yet."""
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(TOKENIZER)) if TOKENIZER.exists() else None


def pieces(word: str, after_space: bool) -> list[str]:
    """Return the word as the network reads it: the texts of its tokens."""
    found = tokenizer()
    if found is None:
        return [word[i : i + 3] for i in range(0, len(word), 3)]
    text = f" {word}" if after_space else word
    return [text[start:end].strip() for start, end in found.encode(text, add_special_tokens=False).offsets]


def spelled_out(word: str, question: str) -> str:
    """Return each token of the word as it stands in the question, with its letters and their places.

    A network sees tokens, not letters. Copying a token and then spelling that one token is
    easier to learn than knowing the letters of a whole word: " app" and "le" become
    "letters: app: a1 p2 p3" and "le: l4 e5".
    """
    after_space = f" {word}" in question
    lines, place = [], 1
    for piece in pieces(word, after_space):
        lines.append(f"{piece}: " + " ".join(f"{x}{i}" for i, x in enumerate(piece, place)))
        place += len(piece)
    return "letters:" + (" " if after_space else "\n") + "\n".join(lines)


def counted(word: str, letter: str) -> str:
    """Return the letters with their places, each with the number of `letter` seen so far: a1:0 p2:1 p3:2."""
    return " ".join(f"{x}{i}:{word[:i].count(letter)}" for i, x in enumerate(word, 1))


def letter_of(rng: random.Random, word: str) -> str:
    """Return a letter to count, usually one that occurs, often one that occurs twice."""
    twice = [x for x in word if word.count(x) > 1]
    if twice and rng.random() < 0.5:
        return rng.choice(twice)
    return rng.choice(word) if rng.random() < 0.8 else rng.choice("abcdefghijklmnoprstuwy")


def letters(rng: random.Random, split: Split, language: Language) -> Sample:
    """Return a question about the letters of a word: how many of one, which at a place, or how many at all."""
    kind = rng.choices(("count", "place", "length"), (6, 2, 2))[0]
    while True:
        word = word_of(rng, language)
        letter, n = letter_of(rng, word), rng.randint(1, len(word))
        detail = {"count": letter, "place": f"place {n}", "length": "all"}[kind]
        if is_held_out(f"{kind}: {detail} in {word}") == (split == "test"):
            break
    result = {"count": str(word.count(letter)), "place": word[n - 1], "length": str(len(word))}[kind]
    shown = letter.upper() if rng.random() < 0.1 else letter
    wording = rng.choice(asked(kind, language, "", split))
    if "{x}s" not in wording and "{x}'s" not in wording:
        shown = quoted(rng, shown)
    question = relaxed(rng, wording.format(x=shown, w=quoted(rng, word), n=n), language)
    form = "count_one" if kind == "count" and result == "1" else kind
    answer = read("lists.yaml")["answers"][form][language].format(r=result, x=letter, w=word, n=n)
    last = {"count": f"{letter}: {counted(word, letter)}\n{result}", "place": f"{n}: {result}", "length": result}[kind]
    thinking = f"{spelled_out(word, question)}\n{last}"
    return Sample("letters", question, thinking, answer, language, must_contain=(result,),
                  problem=f"{kind}: {detail} in {word}")  # fmt: skip


def spelled(rng: random.Random, split: Split, language: Language, task: str) -> Sample:
    """Return a word to spell or to reverse; both are answered with a dash between the letters."""
    while True:
        word = word_of(rng, language, LONGEST_REVERSED if task == "reverse" else 13)
        if is_held_out(f"{task}: {word}") == (split == "test"):
            break
    question = relaxed(rng, rng.choice(asked(task, language, "", split)).format(w=quoted(rng, word)), language)
    lines, answer = [spelled_out(word, question)], "-".join(word)
    if task == "reverse":
        lines.append(" ".join(f"{x}{i}" for i, x in reversed(list(enumerate(word, 1)))))
        answer = "-".join(reversed(word))
    return Sample(task, question, "\n".join(lines), answer, language, must_contain=(answer,), problem=f"{task}: {word}")


def relaxed(rng: random.Random, question: str, language: Language) -> str:
    """Return the question with an opening, an ending or other marks; its numbers and words stay as they are."""
    style = rng.random()
    if style < 0.12:
        return question[0].lower() + question[1:]
    if style < 0.22:
        return question.rstrip("?.! ")
    if style < 0.3:
        return rng.choice(OPENINGS[language]) + question
    return question + rng.choice(ENDINGS[language]) if style < 0.36 else question


def generate(rng: random.Random, split: Split, task: str | None = None) -> Sample:
    """Return one sample; `task` is a key of TASKS, random by weight if None."""
    task = task or rng.choices(list(TASKS), list(TASKS.values()))[0]
    language: Language = "en" if rng.random() < 0.6 else "id"
    if task in ("spell", "reverse"):
        return spelled(rng, split, language, task)
    return {"sort": sort, "extreme": extreme, "letters": letters}[task](rng, split, language)


def result_of(sample: Sample, answer: str) -> object:
    """Return what the answer says: numbers of a list, a number, a letter, or the letters of a word."""
    if sample.task == "sort":
        return re.findall(r"\d+", answer)
    if sample.task == "extreme":
        return re.findall(r"\d+", answer)[-1:]
    if sample.problem.startswith("place"):
        return re.findall(r"[a-z]+", answer.lower())[-1:]
    if sample.task == "letters":
        return re.findall(r"\d+", answer)[:1]
    return re.findall(r"[a-z]", answer.lower())


def is_right(sample: Sample, answer: str) -> bool:
    """Return whether the answer says exactly the right result."""
    return result_of(sample, answer) == result_of(sample, sample.answer)
