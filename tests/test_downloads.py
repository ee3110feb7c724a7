"""Downloads against a hub on 127.0.0.1: progress, resume, cancel, and every way it can go wrong."""
from __future__ import annotations

import errno
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from playground.downloads import Download, Downloads, Progress, transfer
from playground.downloads.downloads import SPARE_BYTES
from playground.errors import InvalidRequest
from playground.types import ModelSpec, SamplingParams
from tests.fake_hub import COMMIT, FakeHub, repository, safetensors, serve

SPEC = ModelSpec(
    id="qwen3-test", name="Qwen3 Test", family="qwen3", repo="Qwen/Qwen3-Test", revision="main", license="apache-2.0",
    parameters=100_001, active_parameters=100_001, context_tokens=2048, extended_context_tokens=2048,
    modalities=("text",), thinking="none", sampling=SamplingParams(), thinking_sampling=SamplingParams(),
    purpose={"en": "", "id": ""}, architecture=None)
SHARD_1, SHARD_2 = "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"
WANTED = [name for name in repository() if not name.endswith((".bin", ".md"))]
TOTAL = sum(len(data) for data in {repository()[name] for name in WANTED})    # equal files are one blob
WAIT_S = 20.0


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    with serve() as running:
        yield running


@pytest.fixture(autouse=True)
def no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")


def downloads(hub: FakeHub, tmp_path: Path, **options: object) -> Downloads:
    return Downloads(tmp_path / "hub", endpoint=hub.url, **{"pause_s": lambda attempt: 0.0, **options})  # type: ignore[arg-type]


def finish(download: Download) -> Progress:
    progress = download.wait(WAIT_S)
    assert progress.state != "running", "the download did not end"
    for secret in ("hf_secret", "/tmp", "127.0.0.1"):
        assert secret not in progress.message + progress.hint
    return progress


# ---------------------------------------------------------------- when all goes well
def test_a_complete_download_can_be_used_and_is_found_by_the_hubs_own_tools(hub: FakeHub, tmp_path: Path) -> None:
    from huggingface_hub import snapshot_download

    ours = downloads(hub, tmp_path)
    assert ours.state(SPEC) == "absent" and ours.folder(SPEC) is None
    progress = finish(ours.start(SPEC))
    assert (progress.state, progress.done_bytes, progress.total_bytes) == ("done", TOTAL, TOTAL)
    assert ours.state(SPEC) == "on_disk"
    folder = ours.folder(SPEC)
    assert folder is not None and folder.name == COMMIT
    assert (folder / SHARD_2).read_bytes() == hub.files[SHARD_2]
    for revision in ("main", COMMIT):
        found = snapshot_download(SPEC.repo, revision=revision, cache_dir=tmp_path / "hub", local_files_only=True)
        assert found == str(folder)


def test_a_pinned_commit_is_downloaded_and_found_under_its_hash(hub: FakeHub, tmp_path: Path) -> None:
    ours, pinned = downloads(hub, tmp_path), replace(SPEC, revision=COMMIT)
    assert finish(ours.start(pinned)).state == "done"
    folder = ours.folder(pinned)
    assert ours.state(pinned) == "on_disk" and folder is not None and folder.name == COMMIT
    assert ours.state(replace(SPEC, revision="f" * 40)) == "partial"


def test_pickled_weights_are_never_fetched(hub: FakeHub, tmp_path: Path) -> None:
    finish(downloads(hub, tmp_path).start(SPEC))
    assert hub.gets("pytorch_model.bin") == [] and hub.gets("README.md") == []
    fetched = {name for method, name, _ in hub.requests if method == "GET" and name != "api"}
    assert fetched == set(WANTED) - {"tokenizer.json"}        # the same two bytes as tokenizer_config.json


def test_progress_names_the_file_and_gives_speed_and_time_left(hub: FakeHub, tmp_path: Path) -> None:
    hub.hold[SHARD_2], hub.reached[SHARD_2] = threading.Event(), threading.Event()
    ticks = iter(range(10_000))
    download = downloads(hub, tmp_path, clock=lambda: float(next(ticks))).start(SPEC)
    assert hub.reached[SHARD_2].wait(WAIT_S)
    reached = TOTAL - len(hub.files[SHARD_2]) // 2 - 1
    while download.progress().done_bytes < reached:
        pass
    now = download.progress()
    assert (now.state, now.file, now.total_bytes) == ("running", SHARD_2, TOTAL)
    assert now.bytes_per_s > 0 and now.eta_s == pytest.approx((TOTAL - now.done_bytes) / now.bytes_per_s)
    hub.hold[SHARD_2].set()
    assert finish(download).state == "done"


def test_a_second_start_joins_the_running_download(hub: FakeHub, tmp_path: Path) -> None:
    hub.hold[SHARD_1], hub.reached[SHARD_1] = threading.Event(), threading.Event()
    ours = downloads(hub, tmp_path)
    first = ours.start(SPEC)
    assert hub.reached[SHARD_1].wait(WAIT_S)
    assert ours.start(SPEC) is first and ours.running(SPEC) is first
    hub.hold[SHARD_1].set()
    finish(first)
    assert ours.running(SPEC) is None and ours.latest(SPEC) is first and hub.gets(SHARD_1) == [""]


def test_starting_a_finished_model_again_fetches_nothing(hub: FakeHub, tmp_path: Path) -> None:
    ours = downloads(hub, tmp_path)
    finish(ours.start(SPEC))
    hub.requests.clear()
    assert finish(ours.start(SPEC)).state == "done"
    assert [name for method, name, _ in hub.requests if method == "GET" and name != "api"] == []


def test_the_predicted_size_needs_no_network() -> None:
    assert Downloads(Path("nowhere")).size_bytes(SPEC) == 2 * 100_001 + 20_000_000


def test_weights_may_come_from_another_host_which_never_sees_the_token(hub: FakeHub, tmp_path: Path) -> None:
    with serve() as storage:
        hub.redirect_to = storage.url
        storage.cut_after[SHARD_1] = [30_000]
        assert finish(downloads(hub, tmp_path).start(SPEC)).state == "done"
        assert storage.gets(SHARD_1) == ["", "bytes=30000-"] and storage.authorized == []
    assert hub.authorized and set(hub.authorized) == {"Bearer hf_secret"}


def test_a_hash_that_could_be_a_path_is_refused(tmp_path: Path) -> None:
    with serve() as hub:
        hub.etag = lambda path: "../" + "a" * 37  # type: ignore[method-assign]
        assert finish(downloads(hub, tmp_path).start(SPEC)).message.startswith("The hub names no hash for")


# ---------------------------------------------------------------- resume and cancel
def test_a_cut_connection_goes_on_where_it_stopped(hub: FakeHub, tmp_path: Path) -> None:
    hub.cut_after[SHARD_1] = [30_000, 10_000]
    progress = finish(downloads(hub, tmp_path).start(SPEC))
    assert (progress.state, progress.done_bytes) == ("done", TOTAL)
    assert hub.gets(SHARD_1) == ["", "bytes=30000-", "bytes=40000-"]


def test_a_connection_that_stays_cut_fails_and_a_new_start_fetches_only_the_rest(hub: FakeHub, tmp_path: Path) -> None:
    hub.cut_after[SHARD_1] = [30_000] + [0] * transfer.ATTEMPTS
    ours = downloads(hub, tmp_path)
    progress = finish(ours.start(SPEC))
    assert (progress.state, progress.code) == ("failed", "download_failed")
    assert progress.message == f"The connection was cut while downloading {SHARD_1}."
    assert "goes on where it stopped" in progress.hint
    assert ours.state(SPEC) == "partial" and ours.folder(SPEC) is None
    hub.requests.clear()
    progress = finish(ours.start(SPEC))
    assert (progress.state, progress.done_bytes) == ("done", TOTAL)
    assert hub.gets(SHARD_1) == ["bytes=30000-"] and hub.gets("config.json") == []


def test_cancel_stops_within_a_piece_and_a_later_start_resumes(hub: FakeHub, tmp_path: Path) -> None:
    hub.hold[SHARD_1], hub.reached[SHARD_1] = threading.Event(), threading.Event()
    ours = downloads(hub, tmp_path)
    download = ours.start(SPEC)
    assert hub.reached[SHARD_1].wait(WAIT_S)
    half = len(hub.files[SHARD_1]) // 2
    before = TOTAL - len(hub.files[SHARD_1]) - len(hub.files[SHARD_2])
    while download.progress().done_bytes < before + half:
        pass
    download.cancel()
    assert download.progress().state == "stopping"      # the hub is silent, but the reader sees that it was heard
    hub.hold[SHARD_1].set()
    progress = finish(download)
    assert progress.state == "cancelled" and progress.message == ""
    assert progress.done_bytes == before + half
    assert ours.state(SPEC) == "partial" and hub.gets(SHARD_2) == []
    hub.requests.clear()
    assert finish(ours.start(SPEC)).state == "done"
    assert hub.gets(SHARD_1) == [f"bytes={half}-"]


def test_a_server_that_ignores_ranges_is_read_from_the_start(hub: FakeHub, tmp_path: Path) -> None:
    hub.cut_after[SHARD_1], hub.ignore_range = [30_000], True
    ours = downloads(hub, tmp_path)
    progress = finish(ours.start(SPEC))
    assert (progress.state, progress.done_bytes) == ("done", TOTAL)
    assert hub.gets(SHARD_1) == ["", "bytes=30000-"]


# ---------------------------------------------------------------- what can go wrong
def test_too_little_space_is_said_before_anything_is_fetched(hub: FakeHub, tmp_path: Path) -> None:
    progress = finish(downloads(hub, tmp_path, free_bytes=lambda path: SPARE_BYTES).start(SPEC))
    assert progress.state == "failed"
    assert progress.message == "Qwen3 Test needs 0.0 GB more on this disk, which has 0.5 GB free."
    assert progress.hint.startswith("Free ") and hub.gets("config.json") == []


def test_a_disk_that_fills_up_leaves_nothing_half_used(hub: FakeHub, tmp_path: Path,
                                                       monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(tmp_path))

    ours = downloads(hub, tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(transfer, "_copy", full)
        progress = finish(ours.start(SPEC))
    assert progress.message == "The disk is full; Qwen3 Test is only partly downloaded and will not be used."
    assert "Free some space" in progress.hint
    assert ours.state(SPEC) == "partial" and ours.folder(SPEC) is None
    assert finish(ours.start(SPEC)).state == "done"


def test_offline_is_said_at_once_and_asks_nobody(hub: FakeHub, tmp_path: Path) -> None:
    progress = finish(downloads(hub, tmp_path, offline=True).start(SPEC))
    assert progress.message == "Qwen3 Test is not on this computer, and the app is set to work offline."
    assert progress.hint and hub.requests == []


def test_an_unreachable_hub_is_a_sentence_and_not_a_traceback(tmp_path: Path) -> None:
    ours = Downloads(tmp_path / "hub", endpoint="http://127.0.0.1:9", pause_s=lambda attempt: 0.0)
    progress = finish(ours.start(SPEC))
    assert progress.message == "The model hub does not answer, so Qwen3 Test cannot be downloaded."


@pytest.mark.parametrize(("status", "error_code", "start"), [
    (404, "RepoNotFound", "The hub has no repository Qwen/Qwen3-Test with revision main"),
    (404, "RevisionNotFound", "The hub has no repository Qwen/Qwen3-Test with revision main"),
    (401, "RepoNotFound", "The hub has no repository Qwen/Qwen3-Test"),
    (403, "GatedRepo", "The hub refuses Qwen/Qwen3-Test"),
    (401, "GatedRepo", "The hub refuses Qwen/Qwen3-Test"),
    (500, "", "The model hub answered with error 500"),
])
def test_each_refusal_of_the_hub_has_its_own_sentence(hub: FakeHub, tmp_path: Path, status: int, error_code: str,
                                                      start: str) -> None:
    hub.status["api"], hub.error_code = status, error_code
    progress = finish(downloads(hub, tmp_path).start(SPEC))
    assert progress.state == "failed" and progress.message.startswith(start) and progress.hint


def test_a_file_that_needs_permission_is_a_refusal(hub: FakeHub, tmp_path: Path) -> None:
    hub.status[SHARD_1], hub.error_code = 403, "GatedRepo"
    assert finish(downloads(hub, tmp_path).start(SPEC)).message.startswith("The hub refuses Qwen/Qwen3-Test")


def test_a_busy_hub_is_asked_again_and_then_named(hub: FakeHub, tmp_path: Path) -> None:
    hub.status[SHARD_1] = 503
    progress = finish(downloads(hub, tmp_path).start(SPEC))
    assert progress.state == "failed" and len(hub.gets(SHARD_1)) == transfer.ATTEMPTS


def test_a_file_with_one_wrong_byte_is_thrown_away(hub: FakeHub, tmp_path: Path) -> None:
    hub.damaged.add(SHARD_1)
    ours = downloads(hub, tmp_path)
    progress = finish(ours.start(SPEC))
    assert progress.message.startswith(f"{SHARD_1} arrived damaged")
    hub.damaged.clear()
    hub.requests.clear()
    assert finish(ours.start(SPEC)).state == "done" and hub.gets(SHARD_1) == [""]


def test_a_repository_without_weights_is_not_called_done(tmp_path: Path) -> None:
    with serve({"config.json": b"{}", "tokenizer.json": b"{}"}) as hub:
        progress = finish(downloads(hub, tmp_path).start(SPEC))
    assert progress.state == "failed" and "no complete model" in progress.message


# ---------------------------------------------------------------- what is on disk
def test_a_truncated_or_missing_shard_makes_a_model_partial(hub: FakeHub, tmp_path: Path) -> None:
    ours = downloads(hub, tmp_path)
    finish(ours.start(SPEC))
    shard = (tmp_path / "hub" / "models--Qwen--Qwen3-Test" / "snapshots" / COMMIT / SHARD_1).resolve()
    whole = shard.read_bytes()
    shard.write_bytes(whole[:-1])
    assert ours.state(SPEC) == "partial"
    shard.write_bytes(whole)
    assert ours.state(SPEC) == "on_disk"
    shard.unlink()
    assert ours.state(SPEC) == "partial" and ours.folder(SPEC) is None


def test_a_folder_model_is_shipped_or_on_disk_or_broken(tmp_path: Path) -> None:
    ours = Downloads(tmp_path / "hub")
    local = replace(SPEC, repo="", path=str(tmp_path / "model"))
    assert ours.state(local) == "absent"
    (tmp_path / "model").mkdir()
    for name, data in {"config.json": b"{}", "tokenizer.json": b"{}", "model.safetensors": safetensors(10)}.items():
        (tmp_path / "model" / name).write_bytes(data)
    assert ours.state(local) == "on_disk" and ours.state(replace(local, pocket=True)) == "shipped"
    assert ours.folder(local) == tmp_path / "model" and ours.size_bytes(local) == 0
    (tmp_path / "model" / "model.safetensors").write_bytes(safetensors(10)[:-2])
    assert ours.state(replace(local, pocket=True)) == "partial"
    with pytest.raises(InvalidRequest, match="nothing to download"):
        ours.start(local)
