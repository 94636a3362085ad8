"""Pictures and their stills: one frame, made small, in grey and blurred first. Runs confined."""

import io
import warnings
from typing import IO

from PIL import AvifImagePlugin, Image, ImageFile, ImageFilter, ImageOps, UnidentifiedImageError

from entente.apps.content.decoding.limits import LONGEST_SIDE_PIXELS, MAX_GIF_COUNT_BYTES, MAX_PIXELS
from entente.apps.content.decoding.results import Decoded, Outcome
from entente.apps.content.decoding.sniffing import DECODED_IMAGES

_BACKGROUND = (128, 128, 128)
_BLUR_DIVISOR = 24  # a radius of a 24th of the longest side leaves colours and large shapes, no faces


def prepare() -> None:
    """Load the readers and set Pillow's own limits; after this no file needs to be opened."""
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # threads are not permitted in here
    Image.init()


def decode_picture(source: IO[bytes], size_bytes: int, media_type: str) -> Decoded:
    """Return the still of an image's first frame; of a cut one, what is there of it."""
    try:
        with Image.open(source, formats=[DECODED_IMAGES[media_type]]) as image:
            return _decode_opened(image, size_bytes, media_type)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return Decoded("too_large", media_type)
    except UnidentifiedImageError:
        return Decoded("damaged", media_type)
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError) as error:
        return Decoded(_fault_of(error), media_type)


def _decode_opened(image: Image.Image, size_bytes: int, media_type: str) -> Decoded:
    width, height = image.size
    if width * height > MAX_PIXELS:
        return Decoded("too_large", media_type, width, height)
    outcome: Outcome = "ok"
    small: Image.Image | None
    # Pillow's switch is global, and other libraries turn it on: a cut picture must first be known as cut.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        small = _reduced(image)
    except (OSError, EOFError, IndexError, ValueError, SyntaxError) as error:
        if (outcome := _fault_of(error)) == "too_large":
            return Decoded(outcome, media_type, width, height)
        small = _salvaged(image)
    if small is None:
        return Decoded(outcome, media_type, width, height)
    frames, notes = _frames(image, size_bytes) if outcome == "ok" else (None, ())
    return stills(small, Decoded(outcome, media_type, width, height, frames, notes=notes))


def _reduced(image: Image.Image) -> Image.Image:
    longest = max(image.size)
    if longest > LONGEST_SIDE_PIXELS:
        image.draft("RGB", (2 * LONGEST_SIDE_PIXELS, 2 * LONGEST_SIDE_PIXELS))
    image.load()
    return ImageOps.exif_transpose(_flat(image))


def _salvaged(image: Image.Image) -> Image.Image | None:
    """Return what could be read of a cut picture, or None."""
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        return _reduced(image)
    except (OSError, EOFError, IndexError, ValueError, SyntaxError):
        return None
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False


def _flat(image: Image.Image) -> Image.Image:
    """Return a small RGB copy: reduced before it is converted, transparency laid over grey."""
    turned = image.getexif().get(0x0112, 1)  # the orientation survives the conversion below
    if image.mode in {"P", "1", "L", "RGB"} and "transparency" not in image.info:
        plain = image if image.mode in {"L", "RGB"} else image.convert("RGB")
    elif image.mode in {"RGBA", "LA", "PA", "La", "RGBa", "P", "L", "RGB"}:
        plain = image.convert("RGBA")
    else:
        plain = image.convert("RGB")
    plain = plain.copy() if plain is image else plain
    plain.thumbnail((LONGEST_SIDE_PIXELS, LONGEST_SIDE_PIXELS), reducing_gap=2.0)
    if plain.mode == "RGBA":
        laid = Image.new("RGB", plain.size, _BACKGROUND)
        laid.paste(plain, mask=plain.getchannel("A"))
        plain = laid
    flat = plain.convert("RGB")
    flat.getexif()[0x0112] = turned
    return flat


def _frames(image: Image.Image, size_bytes: int) -> tuple[int | None, tuple[str, ...]]:
    if not getattr(image, "is_animated", False):
        return 1, ()
    if image.format == "GIF" and size_bytes > MAX_GIF_COUNT_BYTES:
        return None, ("animated", "frames_not_counted")
    return int(getattr(image, "n_frames", 1)), ("animated",)


def stills(picture: Image.Image, facts: Decoded) -> Decoded:
    """Return `facts` with three PNG stills of a picture: blurred grey, grey, colour; no metadata in them."""
    colour = picture.convert("RGB")
    colour.thumbnail((LONGEST_SIDE_PIXELS, LONGEST_SIDE_PIXELS))
    grey = colour.convert("L")
    blurred = grey.filter(ImageFilter.GaussianBlur(max(2.0, max(grey.size) / _BLUR_DIVISOR)))
    return Decoded(
        facts.outcome,
        facts.sniffed_type,
        facts.width,
        facts.height,
        facts.frames,
        facts.duration_ms,
        facts.text_excerpt,
        facts.notes,
        blurred=_png(blurred),
        grey=_png(grey),
        colour=_png(colour),
    )


def _png(image: Image.Image) -> bytes:
    clean = Image.frombytes(image.mode, image.size, image.tobytes())
    buffer = io.BytesIO()
    clean.save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()


def _fault_of(error: Exception) -> Outcome:
    words = str(error).lower()
    if "too large" in words or "exceeds" in words or "decompressed data" in words:
        return "too_large"
    cut = ("truncated", "unexpected end", "not enough", "end of file", "premature", "incomplete")
    return "truncated" if isinstance(error, EOFError) or any(word in words for word in cut) else "damaged"
