"""The filters, maps and reductions of the compositional family, with their words in both languages."""

from __future__ import annotations

from dataclasses import dataclass

SMALL = tuple(str(k) for k in range(2, 13))
LIMITS = tuple(str(k) for k in (*range(0, 21), 25, 30, 50, 100))
LENGTHS = tuple(str(k) for k in range(1, 9))
LETTERS = tuple("abcdefghijklmnoprstuw")


@dataclass(frozen=True)
class Part:
    """One filter, map or reduction. "{v}" is the variable, "{k}" the number or letter, "{items}" numbers or words.

    `english` and `indonesian` are noun phrases (filters, maps; "{things}" is what a map is applied to) or phrases
    that begin with a verb (reductions; with "{what}" and "{where}"). `step` is a verb phrase. `test` are a singular
    and a plural predicate. `takes` is the type that a reduction needs, `gives` the type that a map returns.
    """

    key: str
    code: str
    name: str
    english: str
    indonesian: str
    other: str = ""
    lain: str = ""
    step: str = ""
    test: tuple[str, str] = ("", "")
    choices: tuple[str, ...] = ()
    takes: str = ""
    gives: str = ""
    group: str = "call"
    weight: float = 1
    loop: tuple[str, str] | None = None
    empties: tuple[str, ...] = ()
    words: tuple[str, str] = ("", "")

    def word(self, language: int, hole: str) -> str:
        """Return the word that an explanation must contain (0 English, 1 Indonesian)."""
        return self.words[language].replace("{k}", hole)


@dataclass(frozen=True)
class Domain:
    """A kind of list with the parts that fit its items."""

    key: str
    item: str
    items: str
    variable: str
    one: tuple[str, str]
    filters: tuple[Part, ...]
    maps: tuple[Part, ...]
    reductions: tuple[Part, ...]

    @property
    def weights(self) -> list[float]:
        """How often each reduction is drawn."""
        return [part.weight for part in self.reductions]


def _filter(key: str, code: str, name: str, english: str, indonesian: str, words: tuple[str, str],
            choices: tuple[str, ...] = (), test: tuple[str, str] | None = None) -> Part:  # fmt: skip
    adjective = english.replace("{items}", "").strip()
    verbs = test or (f"is {adjective}", f"are {adjective}")
    return Part(key, code, name, english, indonesian, choices=choices, test=verbs, words=words)


def _map(key: str, code: str, name: str, english: str, indonesian: str, step: str, words: tuple[str, str],
         gives: str = "int", choices: tuple[str, ...] = ()) -> Part:  # fmt: skip
    return Part(key, code, name, english, indonesian, step=step, choices=choices, gives=gives, words=words)


NUMBER_FILTERS = (
    _filter("even", "{v} % 2 == 0", "even", "even {items}", "genap", ("even", "genap")),
    _filter("odd", "{v} % 2 == 1", "odd", "odd {items}", "ganjil", ("odd", "ganjil")),
    _filter("positive", "{v} > 0", "positive", "positive {items}", "positif", ("positive", "positif")),
    _filter("negative", "{v} < 0", "negative", "negative {items}", "negatif", ("negative", "negatif")),
    _filter("nonzero", "{v} != 0", "nonzero", "nonzero {items}", "yang bukan nol", ("nonzero", "bukan nol")),
    _filter("above", "{v} > {k}", "greater_than_{k}", "{items} greater than {k}", "yang lebih besar dari {k}",
            ("greater than {k}", "lebih besar dari {k}"), LIMITS),
    _filter("below", "{v} < {k}", "less_than_{k}", "{items} less than {k}", "yang lebih kecil dari {k}",
            ("less than {k}", "lebih kecil dari {k}"), LIMITS),
    _filter("least", "{v} >= {k}", "at_least_{k}", "{items} that are at least {k}", "yang paling sedikit {k}",
            ("at least {k}", "paling sedikit {k}"), LIMITS, ("is at least {k}", "are at least {k}")),
    _filter("most", "{v} <= {k}", "at_most_{k}", "{items} that are at most {k}", "yang paling banyak {k}",
            ("at most {k}", "paling banyak {k}"), LIMITS, ("is at most {k}", "are at most {k}")),
    _filter("divisible", "{v} % {k} == 0", "divisible_by_{k}", "{items} divisible by {k}", "yang habis dibagi {k}",
            ("divisible by {k}", "habis dibagi {k}"), SMALL[1:]),
    _filter("indivisible", "{v} % {k} != 0", "not_divisible_by_{k}", "{items} not divisible by {k}",
            "yang tidak habis dibagi {k}", ("not divisible by {k}", "tidak habis dibagi {k}"), SMALL[1:]),
    _filter("ending", "abs({v}) % 10 == {k}", "ending_in_{k}", "{items} ending in {k}", "yang berakhir dengan {k}",
            ("ending in {k}", "berakhir dengan {k}"), SMALL[:8], ("ends in {k}", "end in {k}")),
)  # fmt: skip
NUMBER_MAPS = (
    _map("square", "{v} * {v}", "squares", "the squares of {things}", "kuadrat dari {things}", "*square* them",
         ("square", "kuadrat")),
    _map("cube", "{v} ** 3", "cubes", "the cubes of {things}", "pangkat tiga dari {things}", "*cube* them",
         ("cube", "pangkat tiga")),
    _map("double", "2 * {v}", "doubled", "the doubles of {things}", "dua kali {things}", "*double* them",
         ("double", "dua kali")),
    _map("triple", "3 * {v}", "tripled", "the triples of {things}", "tiga kali {things}", "*triple* them",
         ("triple", "tiga kali")),
    _map("half", "{v} / 2", "halved", "the halves of {things}", "setengah dari {things}", "*halve* them",
         ("hal", "setengah"), "float"),
    _map("negate", "-{v}", "negated", "the negatives of {things}", "negatif dari {things}", "*negate* them",
         ("nega", "negatif")),
    _map("absolute", "abs({v})", "absolute", "the absolute values of {things}", "nilai mutlak dari {things}",
         "*take* their absolute values", ("absolute", "mutlak")),
    _map("plus", "{v} + {k}", "plus_{k}", "{things} each increased by {k}", "{things} yang masing-masing ditambah {k}",
         "*add* {k} to each", ("{k}", "ditambah {k}"), "int", SMALL),
    _map("minus", "{v} - {k}", "minus_{k}", "{things} each decreased by {k}",
         "{things} yang masing-masing dikurangi {k}",
         "*subtract* {k} from each", ("{k}", "dikurangi {k}"), "int", SMALL),
    _map("times", "{v} * {k}", "times_{k}", "{things} each multiplied by {k}",
         "{things} yang masing-masing dikali {k}", "*multiply* each by {k}",
         ("{k}", "dikali {k}"), "int", SMALL[2:]),
    _map("remainder", "{v} % {k}", "mod_{k}", "the remainders of {things} modulo {k}",
         "sisa bagi {k} dari {things}", "*take* each modulo {k}", ("{k}", "sisa bagi {k}"), "int", SMALL),
    _map("last_digit", "abs({v}) % 10", "last_digits", "the last digits of {things}", "digit terakhir dari {things}",
         "*take* their last digits", ("last digit", "digit terakhir")),
)  # fmt: skip
WORD_FILTERS = (
    _filter("longer", "len({v}) > {k}", "longer_than_{k}", "{items} longer than {k} characters",
            "yang lebih panjang dari {k} huruf", ("longer than {k}", "lebih panjang dari {k}"), LENGTHS),
    _filter("shorter", "len({v}) < {k}", "shorter_than_{k}", "{items} shorter than {k} characters",
            "yang lebih pendek dari {k} huruf", ("shorter than {k}", "lebih pendek dari {k}"), LENGTHS[2:]),
    _filter("exact", "len({v}) == {k}", "of_length_{k}", "{items} of length {k}", "dengan panjang {k}",
            ("length {k}", "panjang {k}"), LENGTHS, ("has length {k}", "have length {k}")),
    _filter("starts", '{v}.startswith("{k}")', "starting_with_{k}", '{items} starting with "{k}"',
            'yang diawali "{k}"', ('with "{k}"', 'diawali "{k}"'), LETTERS,
            ('starts with "{k}"', 'start with "{k}"')),
    _filter("ends", '{v}.endswith("{k}")', "ending_with_{k}", '{items} ending with "{k}"', 'yang diakhiri "{k}"',
            ('with "{k}"', 'diakhiri "{k}"'), LETTERS, ('ends with "{k}"', 'end with "{k}"')),
    _filter("contains", '"{k}" in {v}', "containing_{k}", '{items} containing "{k}"', 'yang mengandung "{k}"',
            ('"{k}"', 'mengandung "{k}"'), LETTERS, ('contains "{k}"', 'contain "{k}"')),
    _filter("lacks", '"{k}" not in {v}', "without_{k}", '{items} without "{k}"', 'tanpa "{k}"',
            ('without "{k}"', 'tanpa "{k}"'), LETTERS, ('does not contain "{k}"', 'do not contain "{k}"')),
    _filter("capital", "{v}.isupper()", "uppercase", "uppercase {items}", "berhuruf besar",
            ("uppercase", "huruf besar")),
    _filter("small", "{v}.islower()", "lowercase", "lowercase {items}", "berhuruf kecil",
            ("lowercase", "huruf kecil")),
    _filter("numeric", "{v}.isdigit()", "numeric", "numeric {items}", "yang hanya berisi angka",
            ("numeric", "angka")),
    _filter("palindrome", "{v} == {v}[::-1]", "palindrome", "palindrome {items}", "palindrom",
            ("palindrome", "palindrom"), (), ("is a palindrome", "are palindromes")),
)  # fmt: skip
WORD_MAPS = (
    _map("upper", "{v}.upper()", "upper", "{things} in upper case", "huruf besar dari {things}",
         "*convert* them to upper case", ("upper", "huruf besar"), "str"),
    _map("lower", "{v}.lower()", "lower", "{things} in lower case", "huruf kecil dari {things}",
         "*convert* them to lower case", ("lower", "huruf kecil"), "str"),
    _map("capitalize", "{v}.capitalize()", "capitalized", "{things} capitalized", "kapitalisasi dari {things}",
         "*capitalize* them", ("capitalize", "kapitalisasi"), "str"),
    _map("reverse", "{v}[::-1]", "reversed", "the reversals of {things}", "kebalikan dari {things}",
         "*reverse* them", ("revers", "kebalikan"), "str"),
    _map("length", "len({v})", "lengths", "the lengths of {things}", "panjang dari {things}",
         "*take* their lengths", ("length", "panjang"), "int"),
    _map("initial", "{v}[0]", "first_letters", "the first letters of {things}", "huruf pertama dari {things}",
         "*take* their first letters", ("first letter", "huruf pertama"), "str"),
    _map("final", "{v}[-1]", "last_letters", "the last letters of {things}", "huruf terakhir dari {things}",
         "*take* their last letters", ("last letter", "huruf terakhir"), "str"),
    _map("append", '{v} + "{k}"', "plus_{k}", '{things} with "{k}" added at the end',
         '{things} yang ditambah "{k}" di akhir', '*add* "{k}" at the end of each', ('"{k}"', '"{k}"'), "str",
         LETTERS),
    _map("twice", "{v} * 2", "repeated", "{things} repeated twice", "pengulangan dua kali dari {things}",
         "*repeat* each twice", ("repeat", "pengulangan"), "str"),
    _map("prefix", "{v}[:{k}]", "first_{k}", "the first {k} characters of {things}",
         "{k} huruf pertama dari {things}", "*take* the first {k} characters of each",
         ("first {k}", "{k} huruf pertama"), "str", LENGTHS[1:5]),
)  # fmt: skip
NUMBER = "int float"
COMMON = (
    Part("list", "", "list", "return a list of {what} {where}", "mengembalikan list berisi {what} {where}",
         "get {what} {where}", "mengambil {what} {where}", "*return* the list", group="list", weight=1.6,
         loop=("result = []", "result.append({x})"), words=("", "")),
    Part("sorted", "sorted()", "sorted", "return {what} {where} in sorted order", "mengurutkan {what} {where}",
         "sort {what} {where}", "mengembalikan urutan {what} {where}", "*sort* the result",
         words=("sort", "urut")),
    Part("descending", "sorted(), reverse=True", "sorted_desc", "sort {what} {where} from largest to smallest",
         "mengurutkan {what} {where} dari besar ke kecil", "return {what} {where} in descending order",
         "mengurutkan secara menurun {what} {where}", "*sort* the result in descending order", weight=0.7,
         words=("sort", "urut")),
    Part("count", "", "count", "count {what} {where}", "menghitung banyaknya {what} {where}",
         "return the number of {what} {where}", "menghitung berapa {what} {where}", "*count* them", group="count",
         loop=("result = 0", "result += 1"), words=("count", "banyaknya")),
    Part("distinct", "len(set())", "distinct", "count the distinct values among {what} {where}",
         "menghitung nilai berbeda dari {what} {where}", "return the number of different values of {what} {where}",
         "menghitung banyaknya nilai unik dari {what} {where}", "*count* the distinct values", weight=0.6,
         words=("distinct", "berbeda")),
    Part("first", "", "first", "return the first of {what} {where}", "mengembalikan yang pertama dari {what} {where}",
         "find the first one of {what} {where}", "mencari yang pertama dari {what} {where}", "*return* the first",
         group="first", weight=0.8, words=("first", "pertama")),
    Part("last", "", "last", "return the last of {what} {where}", "mengembalikan yang terakhir dari {what} {where}",
         "find the last one of {what} {where}", "mencari yang terakhir dari {what} {where}", "*return* the last",
         group="last", weight=0.8, words=("last", "terakhir")),
    Part("any", "any", "any", "any", "ada", group="test", weight=0.5, words=("any", "ada")),
    Part("all", "all", "all", "all", "semua", group="test", weight=0.5, words=("all", "semua")),
)  # fmt: skip
NUMERIC = (
    Part("sum", "sum()", "sum", "return the sum of {what} {where}", "menghitung jumlah dari {what} {where}",
         "add up {what} {where}", "menjumlahkan {what} {where}", "*return* the sum", takes=NUMBER, weight=1.6,
         loop=("result = 0", "result += {x}"), words=("sum", "jumlah")),
    Part("max", "max()", "max", "return the maximum of {what} {where}", "mencari nilai maksimum dari {what} {where}",
         "find the largest of {what} {where}", "mencari yang terbesar dari {what} {where}", "*return* the largest",
         takes=NUMBER, empties=("None", "0"), words=("maximum", "maksimum")),
    Part("min", "min()", "min", "return the minimum of {what} {where}", "mencari nilai minimum dari {what} {where}",
         "find the smallest of {what} {where}", "mencari yang terkecil dari {what} {where}", "*return* the smallest",
         takes=NUMBER, empties=("None", "0"), words=("minimum", "minimum")),
    Part("product", "", "product", "return the product of {what} {where}", "menghitung hasil kali dari {what} {where}",
         "multiply {what} {where}", "mengalikan {what} {where}", "*return* the product", takes=NUMBER,
         group="product", words=("product", "hasil kali")),
    Part("average", "", "average", "return the average of {what} {where}",
         "menghitung rata-rata dari {what} {where}", "compute the mean of {what} {where}",
         "mencari rata-rata dari {what} {where}", "*return* the average", takes=NUMBER, group="average",
         empties=("None", "0"), words=("average", "rata-rata")),
)  # fmt: skip
TEXTUAL = (
    Part("longest", "max(), key=len", "longest", "return the longest of {what} {where}",
         "mencari yang terpanjang dari {what} {where}", "find the longest of {what} {where}",
         "mengembalikan yang terpanjang dari {what} {where}", "*return* the longest", takes="str",
         empties=("None",), words=("longest", "terpanjang")),
    Part("shortest", "min(), key=len", "shortest", "return the shortest of {what} {where}",
         "mencari yang terpendek dari {what} {where}", "find the shortest of {what} {where}",
         "mengembalikan yang terpendek dari {what} {where}", "*return* the shortest", takes="str",
         empties=("None",), words=("shortest", "terpendek")),
    Part("join", '", ".join()', "joined", "join {what} {where} with commas",
         "menggabungkan {what} {where} dengan koma", "return {what} {where} joined by commas",
         "menyambung {what} {where} dengan koma", "*join* them with commas", takes="str",
         words=("join", "menggabungkan")),
    Part("spaces", '" ".join()', "sentence", "join {what} {where} with spaces",
         "menggabungkan {what} {where} dengan spasi", "return {what} {where} joined by spaces",
         "menyambung {what} {where} dengan spasi", "*join* them with spaces", takes="str", weight=0.7,
         words=("join", "menggabungkan")),
)  # fmt: skip
NUMBERS = Domain("numbers", "int", "numbers", "x", ("number", "bilangan"), NUMBER_FILTERS, NUMBER_MAPS,
                 (*NUMERIC, *COMMON))  # fmt: skip
WORDS = Domain("words", "str", "words", "w", ("word", "kata"), WORD_FILTERS, WORD_MAPS,
               (*NUMERIC, *TEXTUAL, *COMMON))  # fmt: skip
