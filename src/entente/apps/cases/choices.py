"""Choices of the spine that its screens offer too."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    """How somebody was told of a threat to life: at once by telephone, for the record in writing."""

    TELEPHONE = "telephone", _("by telephone")
    WRITING = "writing", _("in writing")
    BOTH = "both", _("by telephone and in writing")
