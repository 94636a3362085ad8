"""Files in posts: what may come in, and where it is kept."""

import os
import sqlite3
import warnings
from pathlib import Path
from typing import IO

from PIL import Image, ImageFile, UnidentifiedImageError
from werkzeug.datastructures import FileStorage

from examples.agora import store

MAX_FILES = 4
MAX_IMAGE_BYTES = 8 * 1024 * 1024
MAX_VIDEO_BYTES = 64 * 1024 * 1024
MAX_PIXELS = 40_000_000
_BOMBS = (Image.DecompressionBombWarning, Image.DecompressionBombError)
PLAYABLE = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "video/mp4", "video/webm"})


class BadUploadError(Exception):
    """A file we do not take; the message is shown to the author."""


def media_type_of(stream: IO[bytes], declared: str, size: int) -> str:
    """Say what a file really is, by its bytes. BadUploadError when it is nothing we host."""
    head = stream.read(16)
    stream.seek(0)
    if head[4:8] == b"ftyp" or head.startswith(b"\x1a\x45\xdf\xa3"):
        kind = "video/mp4" if head[4:8] == b"ftyp" else "video/webm"
    elif declared.startswith("video/"):
        kind = "application/octet-stream"  # kept as it is, offered as a download only
    else:
        kind = _image_type(stream, size)
    if size > MAX_VIDEO_BYTES:
        raise BadUploadError("A video may have 64 MB at most.")
    return kind


def _image_type(stream: IO[bytes], size: int) -> str:
    """Decode an image completely, within limits, and name its type."""
    if size > MAX_IMAGE_BYTES:
        raise BadUploadError("An image may have 8 MB at most.")
    try:
        ImageFile.LOAD_TRUNCATED_IMAGES = False  # another library in the process may have made Pillow lenient
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(stream, formats=("PNG", "JPEG", "GIF", "WEBP")) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise BadUploadError("This image is too large.")
                kind = Image.MIME[image.format or ""]
                image.load()
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, *_BOMBS) as wrong:
        raise BadUploadError("This file is not an image or video we can show.") from wrong
    stream.seek(0)
    return kind


def keep(db: sqlite3.Connection, data: Path, post_id: str, files: list[FileStorage]) -> None:
    """Check the files of a post and store them, flushed to disk before the post exists for others."""
    if len(files) > MAX_FILES:
        raise BadUploadError("A post may have four files at most.")
    for position, upload in enumerate(files, start=1):
        size = upload.stream.seek(0, os.SEEK_END)
        upload.stream.seek(0)
        kind = media_type_of(upload.stream, upload.mimetype, size)
        path = store.media_path(data, post_id, position)
        path.parent.mkdir(exist_ok=True)
        with path.open("wb") as out:
            upload.save(out)
            out.flush()
            os.fsync(out.fileno())
        name = Path((upload.filename or "file").replace("\\", "/")).name[:100]
        db.execute("INSERT INTO media VALUES (?, ?, ?, ?, ?)", (post_id, position, name, kind, size))
