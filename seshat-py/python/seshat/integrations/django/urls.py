"""The chat's routes: `path("seshat/", include("seshat.integrations.django.urls"))`."""

from __future__ import annotations

from django.urls import path

from seshat.integrations.django.views import call

app_name = "seshat"
urlpatterns = [path("<path:rest>", call, name="call")]
