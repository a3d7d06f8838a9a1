"""The one view: it carries bytes between Django and the contract."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from seshat.integrations import DRAIN, respond
from seshat.integrations.django.site import site


# Exempt from Django's CSRF check because the contract has a stricter one of its own, on every call that changes
# anything: the browser must say that the request comes from this site (Sec-Fetch-Site, else Origin), and its type
# must be JSON, which no form of another site can send. Django's needs a cookie that pages from a cache do not set.
@csrf_exempt
def call(request: HttpRequest, rest: str) -> HttpResponse:
    """Answers one request of the widget."""
    here = site()
    said = respond(
        here.web,
        request.method or "GET",
        request.path,
        request.META.get("QUERY_STRING", ""),
        list(request.headers.items()),
        _body(request, here.web.max_body),
        client=request.META.get("REMOTE_ADDR", ""),
        # Django's own word, so that SECURE_PROXY_SSL_HEADER counts.
        scheme="https" if request.is_secure() else "http",
        proxies=here.proxies,
        user=here.user(request),
        base=request.path[: -len(rest) - 1],
    )
    response = HttpResponse(said.body, status=said.status)
    # Without what Django takes for granted, such as a type for no content.
    del response.headers["Content-Type"]
    for name, value in said.headers:
        response.headers[name] = value
    return response


def _body(request: HttpRequest, limit: int) -> bytes:
    """The body, or one byte more than `limit` of it. Not by `request.body`: that has a limit of its own."""
    body: bytes = request.read(limit + 1)
    read = len(body)
    while len(body) > limit and read < DRAIN and (chunk := request.read(65536)):
        read += len(chunk)
    return body
