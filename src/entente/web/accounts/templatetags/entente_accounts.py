"""Small words for the people pages."""

from collections.abc import Collection

from django import template

from entente.apps.parties.roles import Role

register = template.Library()


@register.filter
def role_labels(held: Collection[str]) -> list[str]:
    """Return the roles in the order of duty, in the reader's language."""
    return [str(role.label) for role in Role if role in held]
