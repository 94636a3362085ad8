"""A copy that a person brings: the form of its two doors, the console and the link of a hand, and taking it in.

The files go the way of every copy: sealed as they come, digested, decoded only in the confined process. Nothing of them is
read here.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from entente.apps.content.services import IncomingPart, receive_snapshot
from entente.apps.content.services.receiving import MAX_PARTS
from entente.apps.kernel.config import config

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

    from entente.apps.content.models import Snapshot
    from entente.apps.kernel.actors import Actor

_MEGABYTE: Final = 1_000_000


class _FilesInput(forms.ClearableFileInput):
    """A picker of one or several files."""

    allow_multiple_selected = True


class _FilesField(forms.FileField):
    """One or several files, none of them empty."""

    widget = _FilesInput

    @override
    def clean(self, data: Any, initial: Any = None) -> Any:
        """Check each file as a single one is checked."""
        given = data if isinstance(data, list | tuple) else [data]
        return [super(_FilesField, self).clean(one, initial) for one in given or [None]]


class CopyForm(forms.Form):
    """The files of one item, as the platform holds them."""

    parts = _FilesField(
        label=gettext_lazy("The files of the item"),
        help_text=gettext_lazy(
            "All of one item: its pictures, its film, its text. They are not opened here."
        ),
    )

    @override
    def clean(self) -> dict[str, Any]:
        """Refuse too many files, or too much, with the limit in words."""
        given = super().clean() or {}
        files = given.get("parts", [])
        limit = config().limits.snapshot_bytes
        if len(files) > MAX_PARTS:
            self.add_error("parts", _("A copy has at most %(limit)d files.") % {"limit": MAX_PARTS})
        if sum(file.size for file in files) > limit:
            self.add_error(
                "parts", _("A copy may have %(limit)d MB at most.") % {"limit": limit // _MEGABYTE}
            )
        return given


def take_in(
    form: CopyForm, *, snapshot_id: UUID, case_id: UUID, method: str, actor: "Actor", at: datetime
) -> "Snapshot":
    """Take the files of a valid form in as the copy of an item. Raises what `receive_snapshot` raises."""
    files: list[UploadedFile[bytes]] = form.cleaned_data["parts"]
    return receive_snapshot(
        snapshot_id=snapshot_id,
        case_id=case_id,
        parts=[IncomingPart(chunks=file.chunks(), declared_type=file.content_type or "") for file in files],
        method=method,
        actor=actor,
        at=at,
    )
