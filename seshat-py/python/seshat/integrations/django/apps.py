"""Seshat as one of a site's `INSTALLED_APPS`."""

from __future__ import annotations

from django.apps import AppConfig


class SeshatConfig(AppConfig):
    """Brings the template tag. There are no models: the store is a file of its own."""

    name = "seshat.integrations.django"
    label = "seshat"
    verbose_name = "Seshat"
