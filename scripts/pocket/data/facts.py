"""Questions about the Qwen family: definitions, general facts and model specifications."""

from __future__ import annotations

import random

from scripts.pocket.data.fact_tables import DEFINITIONS, GENERAL, SPECIFICATIONS, Fact
from scripts.pocket.data.sample import Language, Sample, Split, pick_wording
from scripts.pocket.data.style import loosen

DEFINITION_QUESTIONS: dict[Language, tuple[str, ...]] = {
    "en": (
        "What is {t}?", "Explain {t}.", "What does {t} mean?", "Tell me about {t}.", "Can you describe {t}?",
        "Can you explain {t}?", "{t}?", "Define {t}.", "what's {t}", "Give me a short definition of {t}.",
        "I do not understand {t}.", "Please explain {t} to me.", "What do you know about {t}?", "Describe {t}.",
        "Help me understand {t}.", "What exactly is {t}?", "How does {t} work?", "In simple words, what is {t}?",
        "What is meant by {t}?", "Could you tell me what {t} is?", "Teach me about {t}.", "Why do people use {t}?",
        "Explain {t} like I am five.", "I want to learn about {t}.", "Do you know what {t} is?", "{t}",
        "What is {t} good for?", "Say something about {t}.", "what are {t}", "Is {t} important?",
    ),
    "id": (
        "Apa itu {t}?", "Jelaskan {t}.", "Apa arti {t}?", "Ceritakan tentang {t}.", "Bisa jelaskan {t}?",
        "Apa yang dimaksud dengan {t}?", "Tolong jelaskan {t}.", "Apa maksud {t}?", "{t} itu apa?",
        "Saya belum paham {t}.", "Definisi {t}?", "Apa sih {t} itu?", "Bagaimana cara kerja {t}?",
        "Jelaskan secara singkat {t}.", "Apakah kamu tahu {t}?", "apa {t}", "Untuk apa {t}?",
        "Apa kegunaan {t}?", "Ajari saya tentang {t}.", "Beri tahu saya tentang {t}.",
    ),
}  # fmt: skip
PHRASE_QUESTIONS: dict[Language, tuple[str, ...]] = {
    "en": (
        "What is {t}?", "Tell me {t}.", "{t}?", "Do you know {t}?", "Can you tell me {t}?",
        "What's {t}?", "Please tell me {t}.", "I want to know {t}.", "Could you name {t}?", "Name {t}.",
        "Give me {t}.", "what are {t}",
    ),
    "id": (
        "Apa {t}?", "Sebutkan {t}.", "{t}?", "Apakah kamu tahu {t}?", "Tolong sebutkan {t}.",
        "Beri tahu saya {t}.", "Saya ingin tahu {t}.", "Jelaskan {t}.",
    ),
}  # fmt: skip
SPECIFICATION_QUESTIONS: dict[str, dict[Language, tuple[str, ...]]] = {
    "overview": {
        "en": (
            "What is {m}?", "Tell me about {m}.", "{m}?", "Describe {m}.", "What do you know about {m}?",
            "Is {m} dense or MoE?", "{m}", "What kind of model is {m}?", "Explain {m}.", "Can you describe {m}?",
            "Is {m} a MoE model?", "Give me facts about {m}.",
        ),
        "id": ("Apa itu {m}?", "Ceritakan tentang {m}.", "Jelaskan {m}.", "Model apa {m}?", "Apa yang kamu tahu tentang {m}?",
               "Apakah {m} dense atau MoE?", "{m} itu apa?", "Apakah {m} model MoE?"),
    },
    "parameters": {
        "en": (
            "How many parameters does {m} have?", "{m} parameters?", "Number of parameters of {m}?",
            "How many weights does {m} have?", "How many billion parameters has {m}?", "parameters of {m}",
            "What is the parameter count of {m}?", "How large is {m}?", "Tell me the parameter count of {m}.",
        ),
        "id": ("Berapa parameter {m}?", "Berapa jumlah parameter {m}?", "{m} punya berapa parameter?",
               "Jumlah parameter {m}?", "Ada berapa parameter di {m}?", "Berapa miliar parameter {m}?"),
    },
    "layers": {
        "en": (
            "How many layers does {m} have?", "{m}: number of layers?", "What is the layer count of {m}?",
            "How deep is {m}?", "Tell me how many layers {m} uses.", "Number of layers in {m}", "layers of {m}",
            "How many transformer blocks are in {m}?", "How many layers are in {m}?", "How many blocks has {m}?",
        ),
        "id": ("Berapa jumlah layer {m}?", "Berapa layer di {m}?", "{m} punya berapa layer?",
               "Jumlah lapisan {m}?", "Ada berapa layer pada {m}?", "Berapa lapisan yang dimiliki {m}?"),
    },
    "heads": {
        "en": (
            "How many attention heads does {m} have?", "{m} attention heads?", "Number of heads in {m}",
            "How many query and key-value heads are in {m}?", "Tell me the number of heads of {m}.",
            "How many KV heads does {m} use?", "How many heads does {m} have?", "What are the head counts of {m}?",
            "heads of {m}", "How many heads has {m}?",
        ),
        "id": ("Berapa attention head di {m}?", "Berapa head di {m}?", "{m} punya berapa head?",
               "Jumlah head {m}?", "Ada berapa attention head pada {m}?", "Berapa KV head di {m}?"),
    },
    "context": {
        "en": (
            "What is the context length of {m}?", "How long is the context of {m}?", "{m} context window?",
            "How many tokens can {m} read?", "How big is the context window of {m}?", "context length of {m}",
            "How many tokens of context does {m} support?", "Maximum context of {m}?",
            "How long a text can {m} read?", "Tell me the context length of {m}.",
        ),
        "id": ("Berapa panjang konteks {m}?", "Panjang konteks {m}?", "Berapa token yang bisa dibaca {m}?",
               "{m} punya konteks berapa?", "Seberapa panjang konteks {m}?", "Berapa context window {m}?"),
    },
    "tied": {
        "en": (
            "Does {m} tie its embeddings?", "Are the embeddings of {m} tied?", "{m}: tied embeddings?",
            "Is weight tying used in {m}?", "Does {m} use tied embeddings?",
            "Does {m} share input and output embeddings?", "tied embeddings in {m}?",
        ),
        "id": ("Apakah embedding {m} terikat?", "Apakah {m} memakai tied embedding?", "{m} tied embedding?",
               "Apakah embedding masuk dan keluar {m} sama?", "Apakah {m} mengikat embedding?"),
    },
    "memory16": {
        "en": (
            "How much memory does {m} need in bf16?", "{m} memory in bf16?", "How many GB is {m} in bf16?",
            "How big is {m} in 16-bit?", "How large are the bf16 weights of {m}?", "bf16 size of {m}",
            "How much memory does {m} need?", "How much RAM for {m}?", "How many gigabytes is {m}?",
        ),
        "id": ("Berapa memori {m} dalam bf16?", "Berapa GB {m} dalam bf16?", "Memori {m} bf16?",
               "Seberapa besar {m} dalam bf16?", "{m} butuh memori berapa dalam bf16?", "Berapa memori untuk {m}?"),
    },
    "memory4": {
        "en": (
            "How much memory does {m} need in 4-bit?", "{m} memory in 4-bit?", "How many GB is {m} in 4-bit?",
            "How big is {m} in int4?", "How large are the 4-bit weights of {m}?", "4-bit size of {m}",
            "How much RAM for {m} in 4-bit?", "How much memory does a 4-bit {m} need?",
        ),
        "id": ("Berapa memori {m} dalam 4-bit?", "Berapa GB {m} dalam 4-bit?", "Memori {m} 4-bit?",
               "Seberapa besar {m} dalam 4-bit?", "{m} butuh memori berapa dalam 4-bit?", "Berapa memori {m} int4?"),
    },
}  # fmt: skip

ATTRIBUTE_NAMES: dict[str, dict[Language, str]] = {
    "overview": {"en": "kind", "id": "jenis"},
    "parameters": {"en": "parameter count", "id": "jumlah parameter"},
    "layers": {"en": "layer count", "id": "jumlah layer"},
    "heads": {"en": "head count", "id": "jumlah head"},
    "context": {"en": "context length", "id": "panjang konteks"},
    "tied": {"en": "embedding", "id": "embedding"},
    "memory16": {"en": "bf16 memory", "id": "memori bf16"},
    "memory4": {"en": "4-bit memory", "id": "memori 4-bit"},
}
INDONESIAN_NAMES = {"kuantisasi", "distilasi", "halusinasi", "mode berpikir", "mode tanpa berpikir", "keluarga Qwen"}


def specification_answer(model: str, attribute: str, language: Language) -> tuple[str, tuple[str, ...]]:
    """Return (answer, words that a right answer contains) for one attribute of one model."""
    layers, queries, keys, context, tied, billions = SPECIFICATIONS[model]
    english = language == "en"
    gigabytes = f"{billions * (2 if attribute == 'memory16' else 0.5):g} GB"
    if attribute == "overview":
        kind = "MoE" if "-A" in model else "dense"
        if english:
            return f"{model} is a {kind} model with {layers} layers and a {context} context.", (f" {kind} ", f" {layers} ")
        return f"{model} adalah model {kind} dengan {layers} layer dan konteks {context}.", (f" {kind} ", f" {layers} ")
    if attribute == "parameters":
        if english:
            return f"{model} has about {billions:g} billion parameters.", (f" {billions:g} billion",)
        return f"{model} punya sekitar {billions:g} miliar parameter.", (f" {billions:g} miliar",)
    if attribute == "layers":
        return f"{model} has {layers} layers." if english else f"{model} punya {layers} layer.", (f" {layers} ",)
    if attribute == "heads":
        text = (
            f"{model} has {queries} query heads and {keys} key-value heads."
            if english
            else f"{model} punya {queries} query head dan {keys} key-value head."
        )
        return text, (f" {queries} query", f" {keys} key")
    if attribute == "context":
        verb = "reads up to" if english else "membaca sampai"
        return f"{model} {verb} {context} tokens." if english else f"{model} {verb} {context} token.", (f" {context} ",)
    if attribute == "tied":
        if english:
            return f"{'Yes' if tied else 'No'}, {model} {'ties' if tied else 'does not tie'} its embeddings.", (
                "yes," if tied else "no,",
            )
        return f"{'Ya' if tied else 'Tidak'}, {model} {'mengikat' if tied else 'tidak mengikat'} embedding-nya.", (
            "ya," if tied else "tidak,",
        )
    form = "bf16" if attribute == "memory16" else "4-bit"
    if english:
        return f"{model} needs about {gigabytes} for its weights in {form}.", (f" {gigabytes} ",)
    return f"{model} perlu sekitar {gigabytes} untuk bobotnya dalam {form}.", (f" {gigabytes} ",)


def typed_model(rng: random.Random, model: str) -> str:
    """Return the model name as a user may type it."""
    style = rng.random()
    if style < 0.2:
        return model.replace("-", " ", 1)
    if style < 0.3:
        return model.lower()
    return model.replace("Qwen", "Qwen ") if style < 0.35 else model


def topic_thinking(topic: str, language: Language) -> str:
    """Return the short reasoning that precedes an answer about `topic`."""
    return f"The user asks about {topic}." if language == "en" else f"Pengguna bertanya tentang {topic}."


def specification_thinking(model: str, attribute: str, language: Language) -> str:
    """Return the short reasoning that precedes a specification."""
    name = ATTRIBUTE_NAMES[attribute][language]
    return topic_thinking(f"the {name} of {model}" if language == "en" else f"{name} {model}", language)


def without_article(name: str) -> str:
    """Return the name without a leading English article."""
    for article in ("a ", "an ", "the "):
        if name.startswith(article):
            return name.removeprefix(article)
    return name


def specification(rng: random.Random, split: Split, language: Language) -> Sample:
    """Return a question about one attribute of one model."""
    model = rng.choice(list(SPECIFICATIONS))
    attribute = rng.choice(list(SPECIFICATION_QUESTIONS))
    wording = pick_wording(rng, SPECIFICATION_QUESTIONS[attribute][language], split)
    answer, must = specification_answer(model, attribute, language)
    question = loosen(rng, wording.format(m=typed_model(rng, model)), language)
    thinking = specification_thinking(model, attribute, language)
    return Sample("specification", question, thinking, answer, language, must, problem=f"{model} {attribute}")


def names_in(fact: Fact, language: Language) -> list[str]:
    """Return the names of a fact that are used in the language."""
    if language == "id":
        return [without_article(name) for name in fact.names]
    return [name for name in fact.names if name not in INDONESIAN_NAMES]


def definition(rng: random.Random, split: Split, language: Language) -> Sample:
    """Return a question that asks what a word means."""
    fact = rng.choice(DEFINITIONS)
    name = rng.choice(names_in(fact, language))
    question = pick_wording(rng, DEFINITION_QUESTIONS[language], split).format(t=name)
    question = question[0].upper() + question[1:] if rng.random() < 0.5 else question
    return answer_fact(rng, "definition", fact, question, language)


def general(rng: random.Random, split: Split, language: Language) -> Sample:
    """Return a question about a general fact, by a noun phrase or as a whole question."""
    fact = rng.choice(GENERAL)
    side = 0 if language == "en" else 1
    if rng.random() < 0.4:
        question = pick_wording(rng, PHRASE_QUESTIONS[language], split).format(t=rng.choice(fact.phrases[side]))
    else:
        question = pick_wording(rng, fact.questions[side], split)
    return answer_fact(rng, "fact", fact, question, language)


def answer_fact(rng: random.Random, task: str, fact: Fact, question: str, language: Language) -> Sample:
    """Return the sample that answers `question` with `fact`."""
    answer, must = fact.english if language == "en" else fact.indonesian
    topic = without_article(fact.names[0]) if fact.names else fact.phrases[0 if language == "en" else 1][0]
    question = loosen(rng, question, language)
    return Sample(task, question, topic_thinking(topic, language), answer, language, (must,), problem=fact.key)


def generate(rng: random.Random, split: Split, task: str | None = None) -> Sample:
    """Return one sample of `task`: "definition", "fact" or "specification", random if None."""
    task = task or rng.choices(("definition", "fact", "specification"), (42, 28, 30))[0]
    language: Language = "en" if rng.random() < 0.6 else "id"
    return {"definition": definition, "fact": general, "specification": specification}[task](rng, split, language)
