"""`{% load seshat %}{% seshat %}`: the lines of HTML a page needs to have the chat."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString, mark_safe

from seshat.integrations.django.site import base, site

register = template.Library()


@register.simple_tag
def seshat(**settings: object) -> SafeString:
    """The snippet. Keywords are settings for the widget: `{% seshat name="customer" %}`."""
    given = {name: str(value) for name, value in settings.items()}
    # The library escapes what the settings say.
    return mark_safe(site().web.snippet(base(), **given))
