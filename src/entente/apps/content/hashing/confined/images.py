"""Pictures: PDQ, and PDQ of the eight views. Confined."""

from entente.apps.content.hashing.results import PDQ, PDQ_DIHEDRAL, Hashed
from entente.core.signals import pdq
from entente.core.signals.errors import ImageTooLarge, ImageTooSmall, NotDecodable


def hash_picture(content: bytes, wanted: frozenset[str]) -> Hashed:
    """Return the hashes of the first frame of a picture, and their quality."""
    try:
        views = pdq.dihedral_hashes(content) if PDQ_DIHEDRAL in wanted else (pdq.hash_image(content),)
    except ImageTooLarge as error:
        return Hashed("image_too_large", message=str(error))
    except ImageTooSmall as error:
        return Hashed("image_too_small", message=str(error))
    except NotDecodable as error:
        if isinstance(error.__cause__, PermissionError | ImportError):
            raise error.__cause__ from None  # something was not loaded in time: no fault of the file
        return Hashed("not_decodable", message=str(error))
    values = [view.value for view in views]
    signals = {name: values if name == PDQ_DIHEDRAL else values[:1] for name in (PDQ, PDQ_DIHEDRAL)}
    quality = views[0].quality
    return Hashed(
        "ok" if quality >= pdq.USABLE_QUALITY else "low_quality",
        {name: found for name, found in signals.items() if name in wanted},
        quality,
    )
