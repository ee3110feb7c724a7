"""What the first bytes of a file say it is, and how large, before any decoder sees it."""
from __future__ import annotations

import re
from dataclasses import dataclass

from playground.pictures.refusals import refused

MAX_SEGMENTS = 1000                       # of a JPEG; photos have some dozens
READ = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
EXTENSIONS = {"png": "PNG", "apng": "PNG", "jpg": "JPEG", "jpeg": "JPEG", "jpe": "JPEG", "jfif": "JPEG", "webp": "WEBP",
              "gif": "GIF", "bmp": "BMP", "dib": "BMP"}
_STARTS = {
    b"\x89PNG\r\n\x1a\n": "PNG", b"\xff\xd8\xff": "JPEG", b"GIF87a": "GIF", b"GIF89a": "GIF", b"BM": "BMP",
    b"II*\0": "TIFF", b"MM\0*": "TIFF", b"II+\0": "TIFF", b"MM\0+": "TIFF", b"8BPS": "a Photoshop file",
    b"\0\0\1\0": "an icon (ICO)", b"\0\0\0\x0cjP  ": "JPEG 2000", b"\xff\x4f\xff\x51": "JPEG 2000",
    b"\xff\x0a": "JPEG XL", b"\0\0\0\x0cJXL ": "JPEG XL", b"\x1aE\xdf\xa3": "a video (WebM or Matroska)",
    b"PK\3\4": "an archive (ZIP)", b"%!PS": "PostScript",
}
_BRANDS = {b"avif": "AVIF", b"avis": "AVIF", b"heic": "HEIC", b"heix": "HEIC", b"hevc": "HEIC", b"heim": "HEIC",
           b"heis": "HEIC", b"mif1": "HEIC", b"msf1": "HEIC"}
_MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])")     # not a stuffed byte, not a restart: those are picture data


def kind_of(data: bytes, name: str = "") -> str:
    """The format by content, one of READ. Raises InvalidRequest for everything else, naming what it is."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    found = next((kind for start, kind in _STARTS.items() if data.startswith(start)), "") or _container(data)
    if not found:
        raise refused("unknown", name)
    if found not in READ:
        raise refused("format", name, format=found)
    return found


def _container(data: bytes) -> str:
    """Formats whose sign is not at the very start, "" for none of them."""
    if data[4:8] == b"ftyp":
        return _BRANDS.get(data[8:12], "a video (MP4)")
    head = data[:4096].lower()
    if b"%pdf-" in head[:1024]:
        return "PDF"
    text = head.decode("utf-16", "ignore") if head[:2] in (b"\xff\xfe", b"\xfe\xff") else head.decode("utf-8", "ignore")
    text = text.lstrip("\ufeff \t\r\n")
    if not text.startswith("<"):
        return ""
    if "<svg" in text:
        return "SVG"
    return "HTML" if "<html" in text or "<!doctype html" in text else "XML"


@dataclass(frozen=True, slots=True)
class JpegScans:
    """How a JPEG is stored. streams: row by row, so that it can be read at a fraction of its size in little memory."""

    streams: bool
    count: int


def jpeg_scans(data: bytes) -> JpegScans:
    """The scans of the first picture in the file. Raises ValueError for one of far too many parts."""
    at, frame, components, count, streams = 2, 0, 0, 0, False
    for _ in range(MAX_SEGMENTS):
        marker = _MARKER.search(data, at)
        if marker is None or marker[1] == b"\xd9":         # the end: what follows is another picture, or a film
            return JpegScans(streams and count == 1, count)
        code, at = marker[1][0], marker.end()
        if code in (0x01, 0xD8):          # these two have no length
            continue
        segment = data[at : at + int.from_bytes(data[at : at + 2], "big")]
        if 0xC0 <= code <= 0xCF and code not in (0xC4, 0xC8, 0xCC):
            frame, components = code, segment[7] if len(segment) > 7 else 0
        elif code == 0xDA:
            count += 1
            if count == 1:
                streams = frame in (0xC0, 0xC1) and segment[2:3] == bytes([components])
        at += len(segment)
    raise ValueError(f"more than {MAX_SEGMENTS} segments")


def gif_first_frame(data: bytes) -> tuple[bytes, bool]:
    """(the same GIF with its first frame alone and no comments, whether there are more frames).

    The decoder gathers comments in a way that takes minutes for a large file of nothing else.
    Raises ValueError or IndexError for a damaged one.
    """
    at = 13 + _table_bytes(data[10])
    kept = data[:at]
    while data[at : at + 1] == b"!":
        end = _after_blocks(data, at + 2)
        if data[at + 1] == 0xF9:          # says which colour is transparent
            kept += data[at:end]
        at = end
    if data[at] != ord(","):
        raise ValueError("no frame")
    end = _after_blocks(data, at + 11 + _table_bytes(data[at + 9]))
    kept += data[at:end] + b";"
    while data[end : end + 1] == b"!":
        end = _after_blocks(data, end + 2)
    return kept, data[end : end + 1] == b","


def _table_bytes(flags: int) -> int:
    """Bytes of the colour table that the flags announce."""
    return 3 << (flags & 7) + 1 if flags & 128 else 0


def _after_blocks(data: bytes, at: int) -> int:
    """Where the chain of blocks that starts at `at` has ended; the end of the data when it is cut short."""
    while at < len(data) and (length := data[at]):
        at += 1 + length
    return at + 1


def webp_size(data: bytes) -> tuple[int, int]:
    """(width, height) of the canvas. Raises ValueError when the header does not say."""
    kind, body = data[12:16], data[20:30]
    if kind == b"VP8X" and len(body) == 10:
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if kind == b"VP8 " and len(body) == 10 and body[3:6] == b"\x9d\x01\x2a":
        return (int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF)
    if kind == b"VP8L" and body[:1] == b"\x2f":
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    raise ValueError("no size in the header")
