"""One place for every setting: sources, their order, and errors that name what is wrong."""
from __future__ import annotations

import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from playground.errors import InvalidRequest, UnknownName
from playground.paths import ROOT
from playground.settings import Settings, load_settings
from playground.settings_text import markdown_table

EMPTY = Path("no such file.yaml")


def load(*argv: str, env: dict[str, str] | None = None, yaml: Path = EMPTY) -> Settings:
    return load_settings(argv, env or {}, yaml)


def profile_file(folder: Path, text: str) -> Path:
    path = folder / "spaces.yaml"
    path.write_text(f"profiles:\n  local: {text}\n", "utf-8")
    return path


def test_without_any_source_the_defaults_hold():
    assert load() == Settings()


def test_a_later_source_wins(tmp_path):
    yaml = profile_file(tmp_path, "{port: 1001, max_queue: 5, threads: 1}")
    env = {"QWEN_PLAYGROUND_PORT": "1002", "QWEN_PLAYGROUND_MAX_QUEUE": "6"}
    settings = load("--port", "1003", env=env, yaml=yaml)
    assert (settings.port, settings.max_queue, settings.threads) == (1003, 6, 1)


def test_our_own_variables_win_over_gradios():
    env = {"GRADIO_SERVER_PORT": "1001", "GRADIO_SERVER_NAME": "0.0.0.0", "QWEN_PLAYGROUND_PORT": "1002"}
    assert (load(env=env).host, load(env=env).port) == ("0.0.0.0", 1002)


@pytest.mark.parametrize(("argv", "near"), [
    (("--prot", "1"), "--port"), (("--max-que=3",), "--max-queue"), (("--ofline",), "--offline"),
])
def test_an_unknown_option_names_the_nearest(argv, near):
    with pytest.raises(UnknownName) as caught:
        load(*argv)
    assert argv[0].partition("=")[0] in str(caught.value) and near in caught.value.hint


def test_an_unknown_variable_names_the_nearest():
    with pytest.raises(UnknownName) as caught:
        load(env={"QWEN_PLAYGROUND_MEMORY_GB": "3"})
    assert "QWEN_PLAYGROUND_MEMORY_BUDGET_GB" in caught.value.hint


def test_an_unknown_key_of_a_profile_names_the_nearest(tmp_path):
    with pytest.raises(UnknownName) as caught:
        load(yaml=profile_file(tmp_path, "{trusted_proxy: [10.0.0.1]}"))
    assert "trusted_proxies" in caught.value.hint


def test_an_unknown_profile_names_the_nearest():
    with pytest.raises(UnknownName) as caught:
        load("--profile", "cpu-spaces", yaml=ROOT / "spaces.yaml")
    assert "cpu-space" in caught.value.hint


@pytest.mark.parametrize(("argv", "parts"), [
    (("--port", "99999"), ("port", "99999", "65535")),
    (("--port", "abc"), ("port", "abc", "whole number", "command line")),
    (("--max-wait-s", "nan"), ("max_wait_s", "nan", "86400")),
    (("--memory-budget-gb", "-1"), ("memory_budget_gb", "-1", "0")),
    (("--offline", "perhaps"), ("offline", "perhaps", "true or false")),
    (("--language", "fr"), ("language", "fr", "en")),
    (("--trusted-proxies", "everyone"), ("trusted_proxies", "everyone")),
])
def test_a_bad_value_is_named_with_its_field_and_bound(argv, parts):
    with pytest.raises(InvalidRequest) as caught:
        load(*argv)
    assert all(part in str(caught.value) for part in parts), str(caught.value)


def test_a_profile_value_of_the_wrong_type_is_refused(tmp_path):
    for text in ("{port: true}", "{port: 1.5}", "{host: 5}", "{trusted_proxies: 7}"):
        with pytest.raises(InvalidRequest):
            load(yaml=profile_file(tmp_path, text))


def test_a_switch_without_a_value_means_true_and_lists_are_split_at_commas():
    settings = load("--offline", "--models-folders", "a, b/c ,", "--preload", "false")
    assert (settings.offline, settings.preload, settings.models_folders) == (True, False, ("a", "b/c"))


def test_the_api_key_is_never_shown():
    settings = load("--api-key", "hush-hush")
    assert settings.api_key == "hush-hush"
    assert "hush" not in repr(settings) + settings.table()


def test_on_a_space_the_space_profile_is_used():
    settings = load(env={"SPACE_ID": "someone/playground"}, yaml=ROOT / "spaces.yaml")
    assert settings.host == "0.0.0.0" and settings.trusted_proxies


def test_every_profile_of_the_project_is_valid():
    import yaml

    for name in yaml.safe_load((ROOT / "spaces.yaml").read_text("utf-8"))["profiles"]:
        load("--profile", name, yaml=ROOT / "spaces.yaml")


def test_the_documented_table_is_current():
    assert (ROOT / "docs" / "SETTINGS.md").read_text("utf-8") == markdown_table(fields(Settings)) + "\n", \
        "run: python -m playground.settings --table > docs/SETTINGS.md"


def test_every_setting_is_explained():
    done = subprocess.run([sys.executable, "-m", "playground.settings", "--help"], cwd=ROOT, capture_output=True,
                          text=True, check=True)
    text = " ".join(done.stdout.split())
    for option in ("--max-wait-s", "--memory-budget-gb", "--api-key"):
        assert option in text
    assert "Unit: seconds. Default: 300. Allowed: 1 to 86400." in text
