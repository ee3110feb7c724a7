"""Structured prompts: their files, the messages they become, and the panel that fills the chat."""
from __future__ import annotations

from pathlib import Path

import pytest

from playground.prompts.forms import LANGUAGES, Form, load_forms
from playground.ui.prompt_forms import TEXTS, filled, form_of, shown

FORMS = load_forms()
EACH = pytest.mark.parametrize("form", FORMS, ids=lambda form: form.id)


def test_the_three_prompts_of_the_course_are_there():
    assert [form.id for form in FORMS] == ["reasoning", "coding", "multilingual"]


@EACH
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_form_becomes_a_system_prompt_and_a_question_without_markup(form: Form, language: str):
    system, user = form.messages(language, {each.name: f"<{each.name}>" for each in form.fields})
    assert (system.role, user.role) == ("system", "user")
    both = system.text + user.text
    assert "<|im_" not in both and "{" not in both
    assert all(f"<{each.name}>" in both for each in form.fields)


def test_an_empty_field_takes_its_line_with_it():
    _, user = form_of("coding").messages("en", {"task": "Sort a list.", "languages": "Python"})
    assert user.text == "Task: Sort a list.\n\nGive the whole program."


def test_indonesian_is_among_the_languages_of_an_answer():
    system, user = filled(form_of("multilingual"), "en", "Why is the sky blue?", "", "", ["English", "Indonesian"])
    assert "English, Indonesian" in user and "Why is the sky blue?" in user and system


def test_names_of_languages_follow_the_language_of_the_prompt():
    _, user = filled(form_of("multilingual"), "id", "Mengapa langit biru?", "", "", ["Indonesian"])
    assert "Bahasa Indonesia." in user


@EACH
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_panel_shows_the_fields_of_a_form_and_hides_the_others(form: Form, language: str):
    props = shown(form, language)
    assert len(props) == TEXTS + 1
    free = [each for each in form.fields if not each.choices]
    assert [each["label"] for each in props if each["visible"]][: len(free)] == [f.label[language] for f in free]
    assert props[-1]["visible"] is (len(free) < len(form.fields))
    system, user = filled(form, language, *(each["value"] for each in props))
    assert system and user                # the examples make a whole prompt


def test_braces_that_somebody_writes_stay_as_they_are():
    _, user = form_of("reasoning").messages("en", {"problem": "What is {x: 1}[x] and {context}?"})
    assert "{x: 1}[x] and {context}?" in user.text


@pytest.mark.parametrize(("text", "message"), [
    ("no head", "a head between"),
    ("---\ntitle: {en: a, id: a}\norder: 1\nfields: {q: {en: Q, id: Q}}\n---\n== system\n\n== user\n{q}\n---\n== user\n"
     "{q}\n", "each text has a part"),
    ("---\ntitle: {en: a, id: a}\norder: 1\nfields: {q: {en: Q, id: Q}}\n---\n== system\n\n== user\n{z}\n---\n== system"
     "\n\n== user\n{q}\n", "differ in"),
])
def test_a_broken_file_is_named(tmp_path: Path, text: str, message: str):
    (tmp_path / "broken.md").write_text(text)
    with pytest.raises(ValueError, match=f"broken.md.*{message}"):
        load_forms(tmp_path)
