"""The chat's routes, and its snippet as a template tag, for Django.

    # settings.py
    INSTALLED_APPS = [..., "seshat.integrations.django"]
    SESHAT = {"path": "/var/lib/seshat/chat.db"}

    # urls.py
    urlpatterns = [..., path("seshat/", include("seshat.integrations.django.urls"))]

    {# base.html, after jQuery #}
    {% load seshat %}{% seshat name="customer" %}

`SESHAT` may also hold "durability", "busy_timeout" and "create" (see `seshat.open`), the options of `seshat.Web` but
for "base", which is where the urls are included, "user" (a function that tells from the request who is logged in, or
the dotted name of one) and "trusted_proxies" (leave it out where a middleware sets REMOTE_ADDR).
"""
