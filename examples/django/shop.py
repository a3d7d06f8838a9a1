"""A small tea shop with a chat: `python shop.py`, or `gunicorn --threads 8 shop:app`. See README.md."""

import os
import sys
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.management import execute_from_command_line
from django.core.management.utils import get_random_secret_key
from django.core.wsgi import get_wsgi_application
from django.shortcuts import render
from django.urls import include, path

HERE = Path(__file__).parent
TEAS = [("Fogbank", "Smoked over alder", "9.50"), ("Low Tide", "Green, with kelp", "8.00"), ("Lantern", "Black, for evenings", "7.20")]
CSP = "; ".join((
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'",
    "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'",
))

settings.configure(
    SECRET_KEY=os.environ.get("SECRET_KEY") or get_random_secret_key(),
    ALLOWED_HOSTS=["localhost", "127.0.0.1"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.staticfiles", "seshat.integrations.django"],
    MIDDLEWARE=["django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [HERE / "templates"], "APP_DIRS": True}],
    STATIC_URL="/static/",
    STATICFILES_DIRS=[HERE / "static"],
    SESHAT={"path": os.environ.get("SESHAT_DB", HERE / "chat.db")},
)

def shop(request):
    sample = request.POST.get("tea") if request.method == "POST" else None
    response = render(request, "shop.html", {"teas": TEAS, "sample": sample})
    response.headers["Content-Security-Policy"] = CSP
    return response

urlpatterns = [
    path("", shop),
    path("seshat/", include("seshat.integrations.django.urls")),
]

# Serves static/ too, so that this file is all there is; a real site leaves that to its web server.
app = StaticFilesHandler(get_wsgi_application())

if __name__ == "__main__":
    execute_from_command_line([*sys.argv[:1], "runserver", "--noreload", "--insecure", os.environ.get("PORT", "8000")])
