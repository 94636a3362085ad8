"""Reading an uploaded form: JSON, or a PDF whose boxes are filled in, with its PAdES signature where there is one.

A PDF is hostile until proved otherwise, so it is read only in a limited subprocess
(`entente.apps.arrivals.pdf_child`); what comes back is a small JSON document that is checked again here.
"""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext as _

from entente.apps.kernel.config import config
from entente.apps.kernel.errors import Invalid, TooLarge
from entente.apps.parties import queries as parties
from entente.core.law.orders import RemovalOrderForm

_SOURCE_ROOT: Final = Path(__file__).resolve().parents[3]
_WALL_SECONDS: Final = 25
_MAX_OUTPUT: Final = 4_000_000
_MAX_INDEX_DIGITS: Final = 9


class UploadUnreadable(Invalid):
    """The file is neither JSON nor a PDF we can read; it can still be typed in."""

    code = "upload_unreadable"
    title = "This file cannot be read"


@dataclass(frozen=True, slots=True)
class ReadUpload:
    """What an upload says. `form` is Annex I as JSON where boxes were found; `problems` are for people to read."""

    kind: str
    form: dict[str, Any] | None
    text: str = ""
    signature: dict[str, Any] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def read_upload(name: str, data: bytes, at: datetime) -> ReadUpload:
    """Read an uploaded form. Raises UploadUnreadable, TooLarge."""
    limit = config().limits.upload_bytes
    if len(data) > limit:
        raise TooLarge(_("A form may have %(limit)s bytes at most.") % {"limit": limit}, limit=limit)
    if data[:1024].lstrip().startswith(b"%PDF-"):
        return _read_pdf(data, at)
    return _read_json(name, data)


def _read_json(name: str, data: bytes) -> ReadUpload:
    try:
        written = json.loads(data)
    except (ValueError, RecursionError):
        raise UploadUnreadable(
            _(
                "%(name)s is neither a PDF nor JSON. Type the order in instead; the file stays with the message."
            )
            % {"name": name}
        ) from None
    if not isinstance(written, dict):
        raise UploadUnreadable(_("%(name)s holds JSON, but no form.") % {"name": name})
    form = RemovalOrderForm.from_json(written)
    problems = tuple(_("Not understood: %(box)s") % {"box": box} for box in form.unread)
    return ReadUpload(kind="json", form=written, text=form.section_b.reasons, problems=problems)


def _read_pdf(data: bytes, at: datetime) -> ReadUpload:
    anchors = {
        str(authority): [certificate.pem for certificate in certificates]
        for authority, certificates in parties.trusted_certificates(at=at).items()
    }
    answer = _run_child(data, {"at": at.isoformat(), "anchors": anchors})
    if answer is None:
        raise UploadUnreadable(
            _("This PDF cannot be read safely. Type the order in instead; the file stays with the message.")
        )
    boxes = {str(key): value for key, value in dict(answer.get("fields") or {}).items()}
    form = unflatten(boxes)
    signature = dict(answer.get("signature") or {})
    if signature.get("valid"):
        # A letter may be sealed and have no boxes: then nobody signed what is typed into ours from it.
        signature["covers_form"] = bool(form)
    return ReadUpload(
        kind="pdf",
        form=form or None,
        text=str(answer.get("text") or "")[:20_000],
        signature=signature,
        problems=tuple(str(line) for line in answer.get("problems") or ()),
    )


def unflatten(boxes: dict[str, Any]) -> dict[str, Any]:
    """Turn box names such as `section_b.contents.0.url` into the nested form; item 10 comes after item 9."""
    form: dict[str, Any] = {}
    for name, value in sorted(boxes.items()):
        if value in ("", None):
            continue
        target = form
        *parents, last = name.split(".")
        for parent in parents:
            step = target.setdefault(parent, {})
            if not isinstance(step, dict):
                break
            target = step
        else:
            target[last] = value
    section = form.get("section_b")
    if isinstance(section, dict) and isinstance(section.get("contents"), dict):
        section["contents"] = [section["contents"][key] for key in sorted(section["contents"], key=_place)]
    if isinstance(section, dict) and isinstance(section.get("types"), dict):
        section["types"] = [
            name for name, ticked in section["types"].items() if ticked in (True, "Yes", "/Yes", "On")
        ]
    return form


def _place(index: str) -> tuple[bool, int, str]:
    """Return where an entry of a list stands: numbers by their value, and whatever is no number after them."""
    is_number = index.isascii() and index.isdigit() and len(index) <= _MAX_INDEX_DIGITS
    return (not is_number, int(index) if is_number else 0, index)


def _run_child(data: bytes, question: dict[str, Any]) -> dict[str, Any] | None:
    # In memory: an order names what it is about, and what arrives lies in plain text on no disk.
    with os.fdopen(os.memfd_create("form", os.MFD_CLOEXEC), "w+b") as pdf:
        pdf.write(data)
        pdf.flush()
        pdf.seek(0)
        command = [
            sys.executable,
            "-P",
            "-s",
            "-B",
            "-m",
            "entente.apps.arrivals.pdf_child",
            str(pdf.fileno()),
        ]
        with subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=(pdf.fileno(),),
            cwd="/",
            env={"PYTHONPATH": str(_SOURCE_ROOT), "LC_ALL": "C.UTF-8"},
            start_new_session=True,
        ) as process:
            try:
                written, _nothing = process.communicate(json.dumps(question).encode(), timeout=_WALL_SECONDS)
            except subprocess.TimeoutExpired:
                return None
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
    if process.returncode != 0 or len(written) > _MAX_OUTPUT:
        return None
    try:
        answer = json.loads(written)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None
