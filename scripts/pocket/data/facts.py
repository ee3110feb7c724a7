"""Questions about the Qwen family: definitions, general facts and model specifications."""

from __future__ import annotations

import random

from scripts.pocket.data.sample import Language, Sample, Split, pick_wording
from scripts.pocket.data.style import loosen, varied
from scripts.pocket.data.tables import Fact, facts, read, specifications

# Names of definitions that are asked for in Indonesian only.
INDONESIAN_NAMES = {
    "kuantisasi", "distilasi", "halusinasi", "mode berpikir", "mode tanpa berpikir", "keluarga Qwen", "temperatur",
    "tokenisasi", "model bahasa besar", "model bahasa", "bobot model", "penalaran langkah demi langkah",
    "mekanisme attention",
}  # fmt: skip


def specification_answer(model: str, attribute: str, language: Language) -> tuple[str, tuple[str, ...]]:
    """Return (answer, words that a right answer contains) for one attribute of one model."""
    spec = specifications()[model]
    yes, size = spec.tied_embeddings, f"{spec.billions:g}"
    kind = "MoE" if "-A" in model else "dense"
    form = "bf16" if attribute == "memory16" else "4-bit"
    memory = f"{spec.billions * (2 if attribute == 'memory16' else 0.5):g} GB"
    heads = f"{spec.query_heads} query head", f"{spec.key_value_heads} key-value head"
    texts: dict[str, tuple[str, str]] = {
        "overview": (
            f"{model} is a {kind} model with {spec.layers} layers and a {spec.context} context.",
            f"{model} adalah model {kind} dengan {spec.layers} layer dan konteks {spec.context}.",
        ),
        "parameters": (
            f"{model} has about {size} billion parameters.",
            f"{model} punya sekitar {size} miliar parameter.",
        ),
        "layers": (f"{model} has {spec.layers} layers.", f"{model} punya {spec.layers} layer."),
        "heads": (f"{model} has {heads[0]}s and {heads[1]}s.", f"{model} punya {heads[0]} dan {heads[1]}."),
        "context": (f"{model} reads up to {spec.context} tokens.", f"{model} membaca sampai {spec.context} token."),
        "tied": (
            f"Yes, {model} ties its embeddings." if yes else f"No, {model} does not tie its embeddings.",
            f"Ya, {model} mengikat embedding-nya." if yes else f"Tidak, {model} tidak mengikat embedding-nya.",
        ),
    }
    in_memory = (
        f"{model} needs about {memory} for its weights in {form}.",
        f"{model} perlu sekitar {memory} untuk bobotnya dalam {form}.",
    )
    side = 0 if language == "en" else 1
    must: dict[str, tuple[str, ...]] = {
        "overview": (f" {kind} ", f" {spec.layers} "),
        "parameters": (f" {size} {'billion' if language == 'en' else 'miliar'}",),
        "layers": (f" {spec.layers} ",),
        "heads": (f" {spec.query_heads} query", f" {spec.key_value_heads} key"),
        "context": (f" {spec.context} ",),
        "tied": (texts["tied"][side].split()[0],),
    }
    return texts.get(attribute, in_memory)[side], must.get(attribute, (f" {memory} ",))


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
    name = read("questions.yaml")["attributes"][attribute][language]["name"]
    return topic_thinking(f"the {name} of {model}" if language == "en" else f"{name} {model}", language)


def without_article(name: str) -> str:
    """Return the name without a leading English article."""
    for article in ("a ", "an ", "the "):
        if name.startswith(article):
            return name.removeprefix(article)
    return name


def specification(rng: random.Random, split: Split, language: Language) -> Sample:
    """Return a question about one attribute of one model."""
    model = rng.choice(list(specifications()))
    attribute = rng.choice(list(read("questions.yaml")["attributes"]))
    wording = pick_wording(rng, read("questions.yaml")["attributes"][attribute][language]["questions"], split)
    answer, must = specification_answer(model, attribute, language)
    question = loosen(rng, varied(rng, wording).format(m=typed_model(rng, model)), language)
    thinking = specification_thinking(model, attribute, language)
    return Sample("specification", question, thinking, answer, language, must, problem=f"{model} {attribute}")


def names_in(fact: Fact, language: Language) -> list[str]:
    """Return the names of a fact that are used in the language."""
    if language == "id":
        return [without_article(name) for name in fact.names]
    return [name for name in fact.names if name not in INDONESIAN_NAMES]


def definition(rng: random.Random, split: Split, language: Language) -> Sample:
    """Return a question that asks what a word means."""
    fact = rng.choice(facts("definitions"))
    name = rng.choice(names_in(fact, language))
    question = varied(rng, pick_wording(rng, read("questions.yaml")["definition"][language], split)).format(t=name)
    question = question[0].upper() + question[1:] if rng.random() < 0.5 else question
    return answer_fact(rng, "definition", fact, question, language)


def general(rng: random.Random, split: Split, language: Language) -> Sample:
    """Return a question about a general fact, by a noun phrase or as a whole question."""
    fact = rng.choice(facts("general"))
    phrases, questions = fact.statements[language].phrases, fact.statements[language].questions
    if rng.random() < 0.35:
        wording = pick_wording(rng, read("questions.yaml")["phrase"][language], split)
        question = varied(rng, wording).format(t=rng.choice(phrases))
    else:
        question = varied(rng, pick_wording(rng, questions, split))
    return answer_fact(rng, "fact", fact, question, language)


def answer_fact(rng: random.Random, task: str, fact: Fact, question: str, language: Language) -> Sample:
    """Return the sample that answers `question` with `fact`."""
    statement = fact.statements[language]
    topic = without_article(fact.names[0]) if fact.names else statement.phrases[0]
    question = loosen(rng, question, language)
    thinking = topic_thinking(topic, language)
    return Sample(task, question, thinking, statement.answer, language, (statement.must,), problem=fact.key)


def generate(rng: random.Random, split: Split, task: str | None = None) -> Sample:
    """Return one sample of `task`: "definition", "fact" or "specification", random if None."""
    task = task or rng.choices(("definition", "fact", "specification"), (42, 28, 30))[0]
    language: Language = "en" if rng.random() < 0.6 else "id"
    return {"definition": definition, "fact": general, "specification": specification}[task](rng, split, language)
