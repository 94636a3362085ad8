"""Short-lived values that every web worker must see: attempts at signing in, one-time codes already used."""

from django.db import models


class SharedValue(models.Model):
    """One entry of the shared cache (`parties.shared_cache`); the key is a keyed hash, never an address."""

    key = models.CharField(max_length=64, primary_key=True)
    value = models.TextField()
    expires_at = models.FloatField(null=True, db_index=True)
