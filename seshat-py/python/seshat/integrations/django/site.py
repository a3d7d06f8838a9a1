"""What the setting `SESHAT` says, made when the first request asks for it: settings may be read late, and servers
fork early."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, NamedTuple, Optional

from django import conf
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.http import HttpRequest
from django.urls import reverse
from django.utils.module_loading import import_string

import seshat
from seshat.integrations import AnyUser, Proxies

_OPEN = ("durability", "busy_timeout", "create")


class Site(NamedTuple):
    """The contract over the site's store, and who is asking."""

    web: seshat.Web
    user: Callable[[HttpRequest], AnyUser]
    proxies: Proxies


_site: Optional[Site] = None
_making = threading.Lock()


def site() -> Site:
    """The site of this process, made at the first call."""
    global _site
    if _site is None:
        with _making:
            if _site is None:
                _site = _make()
    return _site


def base() -> str:
    """Where the urls are included, as the browser sees it."""
    return reverse("seshat:call", args=["_"])[: -len("/_")]


def _make() -> Site:
    given = getattr(conf.settings, "SESHAT", None)
    if not isinstance(given, dict) or "path" not in given:
        raise ImproperlyConfigured('could not find the store: set SESHAT = {"path": "/where/chat.db"}')
    if "base" in given:
        raise ImproperlyConfigured("SESHAT may not say \"base\": it is where the urls are included")
    options: dict[str, Any] = dict(given)
    user = options.pop("user", None)
    if isinstance(user, str):
        user = import_string(user)
    proxies = Proxies(options.pop("trusted_proxies", ()))
    store = seshat.open(options.pop("path"), **{name: options.pop(name) for name in _OPEN if name in options})
    try:
        return Site(seshat.Web(store, **options), user or _nobody, proxies)
    except TypeError as error:
        raise ImproperlyConfigured(f"could not use the setting SESHAT: {error}") from error


def _nobody(_request: HttpRequest) -> AnyUser:
    return None


def _forget(*, setting: str, **_: Any) -> None:
    """Tests change settings while they run."""
    global _site
    if setting == "SESHAT":
        _site = None


setting_changed.connect(_forget, dispatch_uid="seshat")
