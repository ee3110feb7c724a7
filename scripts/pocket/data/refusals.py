"""Questions that the pocket model cannot answer, and arithmetic outside its range.

Thousands of different questions with two or three fixed answers teach a tiny model to say
"I do not know" for whatever is not about Qwen, a small sum or small talk.
"""

from __future__ import annotations

import random

from scripts.pocket.data.arithmetic import ask, number
from scripts.pocket.data.sample import Language, Sample, Split, pick_wording
from scripts.pocket.data.style import loosen

UNKNOWN = {
    "en": ("This is not about Qwen or a sum. I do not know it.",
           "I am a tiny pocket model and do not know that. Ask me about Qwen or a sum.", "do not know"),
    "id": ("Ini bukan tentang Qwen atau hitungan. Saya tidak tahu.",
           "Saya model saku yang kecil dan tidak tahu itu. Tanya saya tentang Qwen atau hitungan.", "tidak tahu"),
}  # fmt: skip
TOO_LONG = {
    "en": ("The numbers are too long for me.",
           "That is too long for me. I add and subtract up to 4 digits, and multiply up to 3 by 2 digits.", "too long"),
    "id": ("Bilangannya terlalu panjang untuk saya.",
           "Itu terlalu panjang untuk saya. Saya menambah dan mengurang sampai 4 angka, mengalikan sampai 3 kali 2 angka.",
           "terlalu panjang"),
}  # fmt: skip
NOT_TRAINED = {
    "en": ("I never learned this operation.", "I never learned that. I can only add, subtract and multiply whole numbers.",
           "only add"),
    "id": ("Saya tidak pernah belajar operasi ini.",
           "Saya tidak pernah belajar itu. Saya hanya bisa menambah, mengurang dan mengalikan bilangan bulat.", "hanya bisa"),
}  # fmt: skip

PLACES = ("Paris", "Jakarta", "Japan", "Bandung", "London", "Indonesia", "Germany", "New York", "Bali", "China", "Brazil",
          "Surabaya", "India", "Berlin", "Tokyo", "Africa", "Canada", "Medan", "Spain", "Egypt", "my city", "Mars")
PEOPLE = ("Einstein", "the president", "Taylor Swift", "Soekarno", "Newton", "Messi", "Elon Musk", "the king", "Joko Widodo",
          "Shakespeare", "Napoleon", "my neighbour", "Marie Curie", "Ronaldo", "Kartini", "Bill Gates", "Gandhi",
          "Mozart", "Batman", "Plato", "Ada Lovelace", "Beyonce")
FOODS = ("rice", "nasi goreng", "soup", "bread", "pizza", "rendang", "coffee", "a cake", "sushi", "salad", "tea", "eggs",
         "pasta", "satay", "chocolate", "noodles")
THINGS = ("love", "the moon", "a cat", "photosynthesis", "gravity", "democracy", "football", "a volcano", "blockchain",
          "the stock market", "history", "music", "a black hole", "water", "bitcoin", "a dog", "the sun", "philosophy",
          "chess", "a car", "DNA", "evolution", "art", "my homework", "the heart", "economics", "a phone", "Java", "Linux",
          "an atom", "the ocean", "happiness", "religion", "a computer", "war", "inflation", "electricity", "a tree",
          "Llama", "GPT-4", "Gemini", "Mistral", "Claude", "DeepSeek", "Gemma", "Python", "Docker", "a database",
          "quantum computing", "the internet", "climate change", "a virus", "time", "a bicycle", "poetry", "Kubernetes")
WORDS = ("house", "water", "love", "book", "good morning", "tree", "friend", "rumah", "buku", "air", "happy", "cat", "school")
TONGUES = ("French", "Japanese", "Spanish", "Chinese", "German", "Korean", "Arabic", "Javanese", "English", "Indonesian")
AILMENTS = ("a headache", "a fever", "back pain", "a cough", "a broken arm", "stomach pain", "a cold", "a rash")
DAYS = ("today", "tomorrow", "yesterday", "next week", "in 2030", "last year", "this weekend", "now", "on Monday")

ENGLISH = (
    "What is the weather in {place} {day}?", "Who is {person}?", "What is the capital of {place}?",
    "Write a poem about {thing}.", "How do I cook {food}?", "Translate {word} into {tongue}.", "What is {thing}?",
    "Tell me a story about {thing}.", "What time is it in {place}?", "Who won the football match {day}?",
    "I have {ailment}, what should I do?", "What is the news from {place}?", "How old is {person}?", "Explain {thing}.",
    "Write Python code for {thing}.", "What should I eat {day}?", "How far is {place} from {place2}?",
    "Recommend a book about {thing}.", "What happened {day}?", "How many people live in {place}?",
    "Where was {person} born?", "Draw a picture of {thing}.", "What is the price of {food}?", "Summarize {thing} for me.",
    "What do you think about {thing}?", "Is {person} rich?", "How do I get to {place}?", "Why is {thing} so important?",
    "Write an email to {person}.", "Sing a song about {thing}.", "Who invented {thing}?", "Tell me about {place}.",
    "Tell me about {person}.", "Which is better, {thing} or {thing2}?", "Book a flight to {place}.",
    "How do I say {word} in {tongue}?", "What is the date {day}?", "Should I buy {thing}?", "Give me a recipe for {food}.",
    "Who will win the election in {place}?", "What movie should I watch {day}?", "Play some music.", "What is my name?",
    "How old am I?", "Where do I live?", "Define {thing}.", "What does {word} mean?", "How does {thing} work?",
    "When did {person} die?", "Which medicine helps against {ailment}?", "Write a letter about {thing}.",
    "What is the meaning of life?", "Why is the sky blue?", "What color is {thing}?", "What is the best team {day}?",
    "What is {nonsense}?", "Tell me about {nonsense}.", "{nonsense}", "{nonsense} {nonsense2}", "Explain {nonsense}.",
    "{thing}", "{thing}?", "Compare {thing} and {thing2}.", "Do you like {food}?", "Are you married?",
    "What is your favourite {word}?", "How do I fix {thing}?", "Set an alarm.", "Open the door", "Who is your {word}?",
    "How many layers does Qwen{version} have?", "Tell me about Qwen{version}.", "What is Qwen{version}?",
    "How much memory does {other} need?", "How many layers does {other} have?", "Who made {other}?",
    "Continue this text: the {word} and the", "How tall is {person}?", "Where is {place}?", "Is it raining in {place}?",
    "Write a function that sorts {word}.", "Fix my code", "Find a job in {place}.", "Do you have feelings?",
    "Do you love me?", "What did you eat {day}?", "How many days are in a year?", "Who wrote {thing}?",
)  # fmt: skip
INDONESIAN = (
    "Bagaimana cuaca di {place}?", "Siapa {person}?", "Apa ibu kota {place}?", "Buat puisi tentang {thing}.",
    "Bagaimana cara memasak {food}?", "Terjemahkan {word} ke bahasa {tongue}.", "Apa itu {thing}?",
    "Ceritakan kisah tentang {thing}.", "Jam berapa sekarang di {place}?", "Siapa yang menang kemarin?",
    "Saya sakit, apa obatnya?", "Apa berita dari {place}?", "Berapa umur {person}?", "Jelaskan {thing}.",
    "Tulis kode untuk {thing}.", "Apa makan siang yang enak?", "Berapa jarak {place} ke {place2}?",
    "Rekomendasikan buku tentang {thing}.", "Berapa penduduk {place}?", "Di mana {person} lahir?",
    "Gambarkan {thing}.", "Berapa harga {food}?", "Apa pendapatmu tentang {thing}?", "Siapa penemu {thing}?",
    "Ceritakan tentang {place}.", "Ceritakan tentang {person}.", "Siapa presiden {place}?", "Tanggal berapa hari ini?",
    "Film apa yang bagus?", "Siapa namaku?", "Apa arti {word}?", "Bagaimana cara ke {place}?", "Resep {food}?",
    "Apa arti hidup?", "Mengapa langit biru?", "Apa itu {nonsense}?", "Jelaskan {nonsense}.", "{nonsense}",
    "Kamu suka {food}?", "Kamu sudah menikah?", "Nyanyikan lagu", "Buat surat untuk {person}.", "Di mana {place}?",
    "Berapa layer Qwen{version}?", "Apa itu Qwen{version}?", "Mana yang lebih baik, {thing} atau {thing2}?",
    "Apakah {place} indah?", "Berapa tinggi {person}?", "Kapan {person} meninggal?", "Bagaimana {thing} bekerja?",
)  # fmt: skip
OPERATIONS_NOT_TRAINED = {
    "en": ("What is {a} / {b}?", "Divide {a} by {b}", "What is {a} divided by {b}?", "{a} / {b}", "{a}:{b}",
           "What is the square root of {a}?", "sqrt({a})", "What is {a} to the power of {b}?", "{a}^{b}", "What is {b}% of {a}?",
           "Is {a} a prime number?", "Solve x + {b} = {a}", "What is {a}.{b} + {b}.5?", "{a} ÷ {b}", "log({a})",
           "What is {a} modulo {b}?", "Find x: {b}x = {a}", "{b}!", "Factorial of {b}?", "What is half of {a}?",
           "Find the derivative of x^{b}", "What is the average of {a} and {b}?"),
    "id": ("Berapa {a} dibagi {b}?", "{a} bagi {b}", "Berapa akar dari {a}?", "Berapa {b} persen dari {a}?", "Berapa {a} : {b}?",
           "Hitung {a} / {b}", "Berapa {a} pangkat {b}?", "Apakah {a} bilangan prima?", "Berapa setengah dari {a}?",
           "Cari x: x + {b} = {a}", "Turunan dari x^{b}?"),
}  # fmt: skip


def nonsense(rng: random.Random) -> str:
    """Return an invented word of one to four syllables."""
    return "".join(rng.choice("bcdfghjklmnprstvwyz") + rng.choice("aeiou") + rng.choice(("", "", "n", "r", "x"))
                   for _ in range(rng.randint(1, 4)))  # fmt: skip


def version(rng: random.Random) -> str:
    """Return the end of a model name that is not in the tables, such as "5-12B"."""
    size = rng.choice((2, 5, 9, 12, 20, 50, 60, 90, 100, 300))
    return f"{rng.choice(('4', '5', '6', '7', '8', '9', '3'))}-{size}B"


def unknown(rng: random.Random, split: Split, language: Language) -> Sample:
    """Return a question about something else than Qwen, sums and small talk."""
    wording = pick_wording(rng, ENGLISH if language == "en" else INDONESIAN, split)
    question = wording.format(
        place=rng.choice(PLACES), place2=rng.choice(PLACES), person=rng.choice(PEOPLE), food=rng.choice(FOODS),
        thing=rng.choice(THINGS), thing2=rng.choice(THINGS), word=rng.choice(WORDS), tongue=rng.choice(TONGUES),
        ailment=rng.choice(AILMENTS), day=rng.choice(DAYS), nonsense=nonsense(rng), nonsense2=nonsense(rng),
        version=version(rng), other=rng.choice(("Llama 3", "Mistral", "Gemma", "GPT-4", "Phi-4", "DeepSeek-V3", "Falcon")),
    )  # fmt: skip
    thinking, answer, must = UNKNOWN[language]
    return Sample("refusal", loosen(rng, question, language), thinking, answer, language, (must,), problem="unknown")


def too_long(rng: random.Random, split: Split, language: Language) -> Sample:
    """Return arithmetic with numbers, or more numbers, than the model was trained on."""
    kind = rng.random()
    if kind < 0.55:
        a, b = number(rng, rng.randint(5, 9)), number(rng, rng.randint(1, 9))
        a, b = (a, b) if rng.random() < 0.7 else (b, a)
        expression = f"{a}{rng.choice('+-*')}{b}"
    elif kind < 0.8:
        widths = rng.choice(((3, 3), (4, 2), (4, 3), (4, 4), (2, 4), (3, 4)))
        expression = f"{number(rng, widths[0])}*{number(rng, widths[1])}"
    else:
        terms = [str(number(rng, rng.randint(1, 2))) for _ in range(rng.randint(4, 6))]
        expression = terms[0] + "".join(rng.choice("+-*") + term for term in terms[1:])
    question, language = ask(rng, expression, split)
    thinking, answer, must = TOO_LONG[language]
    return Sample("out_of_range", question, thinking, answer, language, (must,), problem=expression)


def not_trained(rng: random.Random, split: Split, language: Language) -> Sample:
    """Return a mathematics question that needs an operation outside the training."""
    wording = pick_wording(rng, OPERATIONS_NOT_TRAINED[language], split)
    question = wording.format(a=number(rng, rng.randint(1, 4)), b=number(rng, rng.randint(1, 2)))
    thinking, answer, must = NOT_TRAINED[language]
    return Sample("out_of_range", loosen(rng, question, language), thinking, answer, language, (must,), problem=wording)


def generate(rng: random.Random, split: Split, task: str | None = None) -> Sample:
    """Return one sample of `task`: "refusal" or "out_of_range", random if None."""
    task = task or ("refusal" if rng.random() < 0.65 else "out_of_range")
    language: Language = "en" if rng.random() < 0.62 else "id"
    if task == "refusal":
        return unknown(rng, split, language)
    return (too_long if rng.random() < 0.55 else not_trained)(rng, split, language)
