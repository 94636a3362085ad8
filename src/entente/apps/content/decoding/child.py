"""The confined subprocess: `python -m entente.apps.content.decoding.child FD PARTIAL MEMORY CPU`.

Reads one file from an inherited descriptor, writes one frame to standard output, ends. It limits itself
before it reads a byte, loads only the decoder the first bytes ask for, then gives up the right to open
anything at all, and only then decodes. Whatever goes wrong in here is an outcome, or a death the parent names.
"""

import os
import sys
import warnings
from dataclasses import replace
from typing import IO

from entente.apps.content.decoding import confinement, lengths, sniffing
from entente.apps.content.decoding.limits import EXCERPT_CHARACTERS, Limits
from entente.apps.content.decoding.results import Decoded, clean_text, pack

_MARKUP = frozenset({"text/html", "image/svg+xml", "application/xml"})


def decode_file(source: IO[bytes], *, partial: bool, confine: bool) -> Decoded:
    """Sniff and decode one file; `partial` means that only its beginning is here."""
    head = source.read(sniffing.HEAD_BYTES)
    media_type = sniffing.sniff(head)
    size_bytes = source.seek(0, os.SEEK_END)
    source.seek(0)
    _prepare(media_type)
    confined = confinement.filter_system_calls() if confine else True
    decoded = _decode(source, head, size_bytes, media_type, partial=partial)
    if not partial and decoded.outcome in {"ok", "damaged"} and lengths.is_cut(source, media_type):
        decoded = replace(decoded, outcome="truncated")
    notes = (*decoded.notes, *(("partial_input",) if partial else ()), *(() if confined else ("unconfined",)))
    return replace(decoded, notes=notes, text_excerpt=clean_text(decoded.text_excerpt)[:EXCERPT_CHARACTERS])


def _prepare(media_type: str) -> None:
    """Load what decoding this type needs, while files can still be opened."""
    if media_type in sniffing.DECODED_IMAGES:
        from entente.apps.content.decoding import pictures

        pictures.prepare()
    elif media_type in sniffing.DECODED_MEDIA:
        from entente.apps.content.decoding import media

        media.prepare()
    elif media_type == "application/pdf":
        from entente.apps.content.decoding import documents

        documents.prepare()


def _decode(source: IO[bytes], head: bytes, size_bytes: int, media_type: str, *, partial: bool) -> Decoded:
    if media_type == "text/plain":
        return Decoded("ok", media_type, text_excerpt=_excerpt(head))
    if media_type in _MARKUP:
        # Markup could load or run things; it is shown as the text it is and never drawn.
        return Decoded("unsupported", media_type, text_excerpt=_excerpt(head), notes=("markup_not_rendered",))
    if media_type not in sniffing.DECODED:
        return Decoded("unsupported", media_type)
    if partial and media_type not in sniffing.DECODED_MEDIA:
        return Decoded("too_large", media_type)
    return _decode_binary(source, size_bytes, media_type)


def _decode_binary(source: IO[bytes], size_bytes: int, media_type: str) -> Decoded:
    if media_type in sniffing.DECODED_MEDIA:
        from entente.apps.content.decoding import media

        return media.decode_media(source, media_type)
    if media_type in sniffing.DECODED_IMAGES:
        from entente.apps.content.decoding import pictures

        return pictures.decode_picture(source, size_bytes, media_type)
    from entente.apps.content.decoding import documents

    return documents.decode_document(source)


def _excerpt(head: bytes) -> str:
    return (sniffing.decoded_text(head) or "")[:EXCERPT_CHARACTERS]


def main(arguments: list[str]) -> int:
    """Run once; the arguments are the descriptor, whether it is partial, and the limits."""
    descriptor, partial, memory_bytes, cpu_seconds = (int(argument) for argument in arguments)
    limits = Limits(memory_bytes=memory_bytes, cpu_seconds=cpu_seconds)
    answer = os.dup(1)
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)  # libraries that print must not print into the frame
    os.dup2(silent, 2)
    confinement.limit_resources(limits)
    confinement.drop_privileges()
    warnings.simplefilter("ignore")
    try:
        with os.fdopen(descriptor, "rb") as source:
            frame = pack(decode_file(source, partial=bool(partial), confine=True))
    except MemoryError:
        frame = pack(Decoded("memory"))
    view = memoryview(frame)
    while view:
        view = view[os.write(answer, view) :]
    # Nothing is left to clean up, and finalisers of libraries have no business after hostile input.
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
