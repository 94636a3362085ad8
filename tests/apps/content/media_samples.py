"""Harmless and hostile files, made on the spot."""

import io
import struct
import zlib
from typing import Any

import av
import pypdfium2
from PIL import Image

SIZE = (1200, 800)


def picture(kind: str, size: tuple[int, int] = SIZE, mode: str = "RGB", **options: object) -> bytes:
    """Return a picture of a gradient in one of Pillow's formats."""
    image = Image.linear_gradient("L").resize(size).convert(mode)
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def animation(frames: int = 5) -> bytes:
    """Return a GIF of a few frames."""
    pictures = [Image.new("L", (60, 40), shade * 20) for shade in range(frames)]
    buffer = io.BytesIO()
    pictures[0].save(buffer, "GIF", save_all=True, append_images=pictures[1:], duration=100)
    return buffer.getvalue()


def video(
    container: str = "mp4", codec: str = "mpeg4", frames: int = 30, size: tuple[int, int] = (320, 240)
) -> bytes:
    """Return a short silent video of changing colours at 25 frames per second."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as output:
        stream: Any = output.add_stream(codec, rate=25)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        from_image: Any = av.VideoFrame.from_image
        for number in range(frames):
            colour = (number * 3 % 256, 120, 60)
            for packet in stream.encode(from_image(Image.new("RGB", size, colour))):
                output.mux(packet)
        for packet in stream.encode():
            output.mux(packet)
    return buffer.getvalue()


def sound(seconds: int = 1) -> bytes:
    """Return silence as WAV."""
    samples = bytes(2 * 8000 * seconds)
    head = b"RIFF" + struct.pack("<I", 36 + len(samples)) + b"WAVE"
    form = b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 16000, 2, 16)
    return head + form + b"data" + struct.pack("<I", len(samples)) + samples


def document(pages: int = 2, size: tuple[float, float] = (595, 842)) -> bytes:
    """Return a PDF of empty pages."""
    made = pypdfium2.PdfDocument.new()
    for _ in range(pages):
        made.new_page(*size)
    buffer = io.BytesIO()
    made.save(buffer)
    made.close()
    return buffer.getvalue()


def written_document(text: str = "A harmless leaflet", box: str = "0 0 300 200", extra: str = "") -> bytes:
    """Return a hand-made PDF of one page with one line of text."""
    stream = f"BT /F1 18 Tf 20 100 Td ({text}) Tj ET"
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R {extra} >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [{box}] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body, places = b"%PDF-1.7\n", []
    for number, text_of in enumerate(objects, 1):
        places.append(len(body))
        body += f"{number} 0 obj\n{text_of}\nendobj\n".encode()
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    end = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\n"
    return body + f"{end}startxref\n{len(body)}\n%%EOF\n".encode()


def png_of(width: int, height: int, rows: bytes = b"") -> bytes:
    """Return a PNG that claims a size, with whatever compressed rows it is given."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def png_with_text_bomb() -> bytes:
    """Return a small PNG whose comment unpacks to far more than the picture."""
    whole = picture("PNG", (10, 10))
    bomb = b"Comment\x00\x00" + zlib.compress(b"A" * 80_000_000, 9)
    return whole[:33] + _chunk(b"zTXt", bomb) + whole[33:]


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
