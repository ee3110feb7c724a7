"""Other words for the same thing, put into a request at random."""

from __future__ import annotations

import random
import re

from scripts.pocket.data.sample import Language

PAIRS: dict[Language, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "en": (
        ("greater than", ("above", "larger than", "bigger than", "more than", "over")),
        ("less than", ("below", "smaller than", "under")),
        ("not divisible by", ("that are not multiples of",)),
        ("divisible by", ("that are multiples of", "that can be divided by")),
        ("that are at least", ("of at least", "not less than")),
        ("that are at most", ("of at most", "not greater than")),
        ("ending in", ("whose last digit is", "that end in")),
        ("nonzero numbers", ("numbers that are not zero", "numbers other than zero")),
        ("positive numbers", ("numbers greater than zero", "numbers that are positive")),
        ("negative numbers", ("numbers less than zero", "numbers that are negative")),
        ("even numbers", ("even values", "numbers that are even", "even ones")),
        ("odd numbers", ("odd values", "numbers that are odd", "odd ones")),
        ("the squares of the", ("the squared", "the squares of all")),
        ("the cubes of the", ("the cubed", "the cubes of all")),
        ("the doubles of the", ("twice the", "the doubled")),
        ("the triples of the", ("three times the", "the tripled")),
        ("the halves of the", ("half of the", "the halved")),
        ("the negatives of the", ("the negated",)),
        ("each increased by", ("plus", "each plus")),
        ("each decreased by", ("minus", "each minus")),
        ("each multiplied by", ("times", "each times")),
        ("longer than", ("with more than",)),
        ("shorter than", ("with fewer than", "with less than")),
        ("of length", ("with length", "that have length")),
        ("starting with", ("that start with", "beginning with", "that begin with")),
        ("ending with", ("that end with", "that finish with")),
        ("containing", ("that contain", "with the letter", "that include")),
        ("palindrome words", ("words that are palindromes", "palindromes")),
        ("uppercase words", ("words in capitals", "upper case words")),
        ("lowercase words", ("lower case words", "words in lower case")),
        ("numeric words", ("words made of digits", "words that are numbers")),
        ("the reversals of the", ("the reversed",)),
        ("the lengths of the", ("the length of the", "the lengths of all")),
        ("characters", ("letters",)),
        ("the sum of", ("the total of",)),
        ("maximum", ("largest value", "highest value")),
        ("minimum", ("smallest value", "lowest value")),
        ("average", ("mean", "average value")),
        ("distinct", ("different", "unique")),
        ("in a list", ("of a list", "from a list", "in the list")),
        ("a string", ("a text", "the string")),
        ("a number", ("an integer", "a given number")),
        ("check whether", ("see if", "say whether", "find out if")),
        ("return the", ("give back the", "output the", "get the", "compute the")),
        ("compute", ("work out", "determine")),
        ("dictionary", ("dict",)),
    ),
    "id": (
        ("lebih besar dari", ("di atas", "lebih dari")),
        ("lebih kecil dari", ("di bawah", "kurang dari")),
        ("yang tidak habis dibagi", ("yang bukan kelipatan",)),
        ("yang habis dibagi", ("kelipatan", "yang bisa dibagi")),
        ("paling sedikit", ("minimal",)),
        ("paling banyak", ("maksimal",)),
        ("bilangan", ("angka",)),
        ("yang diawali", ("yang dimulai dengan", "berawalan")),
        ("yang diakhiri", ("yang berakhir dengan", "berakhiran")),
        ("yang mengandung", ("yang berisi", "yang memuat")),
        ("menghitung jumlah dari", ("mencari total dari", "menghitung total")),
        ("jumlah dari", ("total",)),
        ("maksimum", ("terbesar", "tertinggi")),
        ("minimum", ("terkecil", "terendah")),
        ("dalam list", ("di list", "dari list", "di dalam list", "dalam daftar")),
        ("huruf", ("karakter",)),
        ("mencari", ("menemukan",)),
        ("mengembalikan", ("memberikan", "mengeluarkan")),
        ("memeriksa apakah", ("mengecek apakah",)),
        ("string", ("teks",)),
        ("kamus", ("dictionary", "dict")),
        ("kuadrat dari", ("kuadrat",)),
    ),
}  # fmt: skip
CHANGE = 0.3  # the chance that one of the words above is replaced
# "are longer than" cannot become "are with more than", nor "not divisible by" "not that are multiples of".
FREE = r"(?<![\w*])(?<!is )(?<!are )(?<!not )(?<!does )(?<!do )"
FOUND = {language: tuple((re.compile(rf"{FREE}{re.escape(old)}(?!\w)"), old, new) for old, new in pairs)
         for language, pairs in PAIRS.items()}  # fmt: skip


def reword(rng: random.Random, phrase: str, language: Language) -> str:
    """Return the phrase with some words replaced by others of the same meaning."""
    for pattern, old, new in FOUND[language]:
        if old in phrase and rng.random() < CHANGE:
            phrase = pattern.sub(rng.choice(new), phrase)
    return phrase.replace("value value", "value").replace("values value", "values")
