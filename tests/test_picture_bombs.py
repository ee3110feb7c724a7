"""Files that are made to break a reader of pictures: what their headers say, and that memory stays bounded."""
from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from playground.errors import InvalidRequest
from playground.pictures import decode as decoding
from playground.pictures.decode import MAX_SCANS, decode
from playground.pictures.headers import MAX_SEGMENTS, JpegScans, gif_first_frame, jpeg_scans
from tests.test_pictures import after_marker, corner, flat, saved

ROOT = Path(__file__).parent.parent
MEMORY_BYTES = 1_200_000_000              # address space of the process that reads hostile files, libraries included
PEAK_BYTES = 650_000_000                  # of it, what may be in memory at once


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int, height: int, *more: bytes, depth: int = 8, colour: int = 0, rows: bytes = b"") -> bytes:
    """A PNG that claims a size; `rows` are its compressed pixels. colour: 0 grey, 6 with transparency."""
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + b"".join(more) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def zeros(count: int) -> bytes:
    """So many zeros, compressed, without ever holding them."""
    packer = zlib.compressobj(1)
    return b"".join([*(packer.compress(bytes(min(1 << 20, count - at))) for at in range(0, count, 1 << 20)),
                     packer.flush()])


def with_jpeg_size(data: bytes, width: int, height: int) -> bytes:
    at = next(data.index(sign) for sign in (b"\xff\xc0", b"\xff\xc2") if sign in data) + 5
    return data[:at] + struct.pack(">HH", height, width) + data[at + 4 :]


def scans(count: int) -> bytes:
    """A JPEG whose last scan is repeated."""
    data = saved(flat("RGB", (64, 64), "red"), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * count + b"\xff\xd9"


def one_scan_each() -> bytes:
    """A baseline JPEG that claims one component for its first scan: the decoder would hold all of it at once."""
    data = saved(flat("RGB", (64, 64), "red"), "JPEG")
    at = data.index(b"\xff\xda")
    return data[:at] + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + data[at + 14 :]


def gif(width: int, height: int, frame: tuple[int, int], comment_blocks: int = 0) -> bytes:
    """A GIF that claims these sizes of itself and of its frame."""
    made = saved(flat("P", (4, 4), 0), "GIF")
    at = 13 + (3 << (made[10] & 7) + 1 if made[10] & 128 else 0)
    first = made.index(b",", at)
    comment = b"!\xfe" + (b"\xff" + b"x" * 255) * comment_blocks + b"\0" if comment_blocks else b""
    return (made[:6] + struct.pack("<HH", width, height) + made[10:at] + comment + made[at : first + 5]
            + struct.pack("<HH", *frame) + made[first + 9 :])


def webp(width: int, height: int) -> bytes:
    body = b"VP8X" + struct.pack("<I", 10) + bytes(4) + (width - 1).to_bytes(3, "little") + (
        height - 1).to_bytes(3, "little")
    whole = saved(flat("RGB", (8, 8), "red"), "WEBP")
    return b"RIFF" + struct.pack("<I", 4 + len(body) + len(whole) - 12) + b"WEBP" + body + whole[12:]


FRAME = b"\0\x11\x08\0\x10\0\x10\x03" + bytes(9)


def jpeg_parts(*parts: tuple[int, bytes]) -> bytes:
    return b"\xff\xd8" + b"".join(bytes([0xFF, code]) + body for code, body in parts) + b"\xff\xd9"


@pytest.mark.parametrize(("frame", "scan_components", "between", "streams"), [
    (0xC0, 3, b"", True), (0xC1, 3, b"", True),
    (0xC2, 3, b"", False),                # progressive: the decoder holds all of it, even for one scan
    (0xC0, 1, b"", False),                # a scan for each colour: the same
    (0xC0, 3, b"\xff\xff\xff", True),
])
def test_only_a_jpeg_that_streams_is_called_so(frame: int, scan_components: int, between: bytes, streams: bool):
    scan = bytes([0, 6 + 2 * scan_components, scan_components]) + bytes(3 + 2 * scan_components)
    data = jpeg_parts((frame, FRAME), (0xDA, scan + b"\x12\xff\0\x34\xff\xd3\x56"))
    assert jpeg_scans(data[:2] + between + data[2:]) == JpegScans(streams, 1)


def test_the_true_frame_of_a_jpeg_cannot_be_hidden_behind_a_marker_without_a_length():
    comment = b"\xff\xc0" + FRAME
    data = jpeg_parts((0x01, b"\0\x19"), (0xC2, FRAME), (0xFE, bytes([0, 2 + len(comment)]) + comment),
                      (0xDA, b"\0\x0c\x03" + bytes(9)))
    assert jpeg_scans(data) == JpegScans(False, 1)


def test_a_gif_reaches_its_decoder_without_comments_and_later_frames(monkeypatch: pytest.MonkeyPatch):
    frames = [flat("RGB", (8, 8), "red"), flat("RGB", (8, 8), "blue")]
    whole = saved(frames[0], "GIF", save_all=True, append_images=frames[1:], comment="x" * 900)
    kept, moves = gif_first_frame(whole)
    assert moves and b"xxx" in whole and b"xxx" not in kept and len(kept) < len(whole) - 900
    assert decode(kept) == decode(saved(frames[0], "GIF"))

    opened, reached = decoding._opened, list[bytes]()
    monkeypatch.setattr(decoding, "_opened", lambda kind, data: (reached.append(data), opened(kind, data))[1])
    decode(whole)
    assert reached == [kept]


def bombs() -> Iterator[tuple[str, str, Callable[[], bytes]]]:
    """(name, what is expected: a reason of refusal, or the size of the picture, how to make it)."""
    small = saved(flat("RGB", (64, 64), "red"), "JPEG")
    progressive = saved(flat("RGB", (64, 64), "red"), "JPEG", progressive=True)
    exif = b"\xff\xe1\x00\x0aExif\0\0xx"
    yield "png of 900 megapixels", "pixels", partial(png, 30_000, 30_000)
    yield "png of 2**62 pixels", "pixels", partial(png, 2**31 - 1, 2**31 - 1)
    yield "png of 100 megapixels, whole", "pixels", lambda: png(10_000, 10_000, rows=zeros(10_000 * 10_001))
    yield "png at the limit, 16 bit", "2048x1280", partial(png, 8000, 5000, depth=16, colour=6,
                                                           rows=zeros(5000 * 64_001))
    yield "png with more rows than it says", "8x8", lambda: png(8, 8, rows=zeros(200_000_000))
    for name in (b"zTXt", b"iCCP"):
        more = chunk(name, b"a\0\0" + zeros(200_000_000))
        yield f"png with a {name.decode()} of 200 MB", "damaged", partial(png, 8, 8, more, rows=zeros(72))
    yield "jpeg that claims 4 gigapixels", "pixels", partial(with_jpeg_size, small, 65_500, 65_500)
    yield "jpeg that claims 150 megapixels", "2048x1366", partial(with_jpeg_size, small, 15_000, 10_000)
    yield "progressive jpeg of 100 megapixels", "pixels", partial(with_jpeg_size, progressive, 10_000, 10_000)
    yield "jpeg of 100 megapixels, a scan each", "pixels", partial(with_jpeg_size, one_scan_each(), 10_000, 10_000)
    yield "jpeg of 100 megapixels", "2048x2048", lambda: saved(flat("L", (10_000, 10_000), 99), "JPEG")
    yield "jpeg of many scans", "damaged", partial(scans, MAX_SCANS + 1)
    yield "jpeg of a few scans", "64x64", partial(scans, 5)
    yield "jpeg of 2 million parts", "damaged", partial(after_marker, small, b"\xff\xd8", exif * 2_000_000)
    yield "jpeg of some parts", "64x64", partial(after_marker, small, b"\xff\xd8", exif * (MAX_SEGMENTS // 2))
    yield "gif that claims 4 gigapixels", "pixels", partial(gif, 65_535, 65_535, (4, 4))
    yield "gif with a frame of 4 gigapixels", "damaged", partial(gif, 4, 4, (65_535, 65_535))
    yield "gif of 24 MB of comments", "4x4", partial(gif, 4, 4, (4, 4), 94_000)
    yield "webp that claims 268 megapixels", "pixels", partial(webp, 16_383, 16_383)
    yield "webp at the limit", "2048x2048", lambda: saved(flat("RGBA", (4000, 4000), (9, 9, 9, 99)), "WEBP",
                                                          lossless=True, quality=0, method=0)
    yield "bmp that claims 4 gigapixels", "pixels", lambda: (
        lambda data: data[:18] + struct.pack("<ii", 65_000, -65_000) + data[26:])(saved(corner(), "BMP"))
    yield "bmp at the limit, empty", "damaged", lambda: (
        lambda data: data[:18] + struct.pack("<ii", 8000, 5000) + data[26:])(saved(corner(), "BMP"))


def read_all() -> dict[str, str]:
    """What becomes of each bomb."""
    found = {}
    for name, _, make in bombs():
        try:
            picture = decode(make())
            found[name] = f"{picture.width}x{picture.height}"
        except InvalidRequest as error:
            found[name] = str(error.params["why"])
    return found


@pytest.mark.slow
def peak_bytes() -> int:
    """The most this process ever had in memory. Not ru_maxrss: that begins with what its parent has."""
    status = Path("/proc/self/status").read_text("ascii")
    return 1024 * int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))


@pytest.mark.skipif(sys.platform != "linux", reason="limits and measures memory as Linux does")
def test_bombs_are_refused_or_read_in_bounded_memory():
    code = (f"import json, resource; resource.setrlimit(resource.RLIMIT_AS, ({MEMORY_BYTES}, {MEMORY_BYTES}));"
            "from tests.test_picture_bombs import peak_bytes, read_all;"
            "print(json.dumps([read_all(), peak_bytes()]))")
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=ROOT, capture_output=True, text=True,
                          timeout=110, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"})
    assert done.returncode == 0, done.stderr
    found, peak = json.loads(done.stdout)
    assert found == {name: expected for name, expected, _ in bombs()}
    assert peak < PEAK_BYTES
