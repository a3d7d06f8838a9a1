"""The chat's routes as a Flask blueprint, and its snippet in every template.

>>> import flask, seshat, tempfile, os
>>> folder = tempfile.TemporaryDirectory()
>>> store = seshat.open(os.path.join(folder.name, "chat.db"))
>>> app = flask.Flask(__name__)
>>> app.register_blueprint(create_blueprint(store))
>>> app.test_client().get("/seshat/availability").json
{'availability': 'offline'}
>>> store.close(); folder.cleanup()

With Flask-WTF's CSRFProtect either `csrf.exempt(blueprint)`, or print its token in a `<meta name=csrf-token>`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

import flask
from markupsafe import Markup

from seshat import InvalidError, Store, Web
from seshat.integrations import AnyUser, Proxies
from seshat.integrations.wsgi import answer

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def create_blueprint(
    store: Store,
    *,
    name: str = "seshat",
    url_prefix: str = "/seshat",
    user: Callable[[], AnyUser] | None = None,
    trusted_proxies: Iterable[str] = (),
    **options: Any,
) -> flask.Blueprint:
    """A blueprint with the chat's routes, which also gives templates `seshat_snippet()`. Keywords of that are
    settings for the widget: `seshat_snippet(name="customer")`.

    `user` tells who is logged in. `trusted_proxies` are the addresses or networks of proxies ("unix" for one behind a
    Unix socket) whose X-Forwarded-For and X-Forwarded-Proto count (leave it out with werkzeug's ProxyFix).
    `options` are those of `seshat.Web`, but for `base`, which is where the blueprint is registered.
    """
    web = Web(store, **options)
    proxies = Proxies(trusted_proxies)
    blueprint = flask.Blueprint(name, __name__, url_prefix=url_prefix)
    endpoint = f"{name}.call"

    @blueprint.record
    def _remember_endpoint(state: Any) -> None:
        nonlocal endpoint
        endpoint = f"{state.name_prefix}.{state.name}.call".lstrip(".")

    @blueprint.record
    def _check_prefix(state: Any) -> None:
        """Tells of a wrong place now, not with the first visitor. A variable part may turn out to be anything."""
        prefix = state.url_prefix or ""
        try:
            web.snippet(re.sub("<[^<>]*>", "x", prefix).rstrip("/"))
        except InvalidError as cause:
            error = InvalidError(f"could not register the chat at url_prefix {prefix!r}: {cause}")
            error.field = "url_prefix"
            raise error from None

    def base() -> str:
        """Where the blueprint is, as the browser sees it."""
        return flask.url_for(endpoint, rest="_", _external=False)[: -len("/_")]

    @blueprint.route("/<path:rest>", methods=_METHODS, provide_automatic_options=False)
    def call(rest: str) -> flask.Response:
        who = user() if user else None
        said = answer(web, flask.request.environ, _body(web.max_body), proxies, who, base())
        response = flask.Response(said.body, said.status)
        # Without what Flask takes for granted, such as a type for no content.
        response.headers.clear()
        response.headers.extend(said.headers)
        return response

    @blueprint.app_template_global("seshat_snippet")
    def snippet(**settings: str) -> Markup:
        return Markup(web.snippet(base(), **settings))

    return blueprint


def _body(limit: int) -> bytes:
    """The body, also when something before us has read and kept it."""
    request = flask.request
    if request.content_length is None or request.content_length > limit:
        return request.stream.read(limit + 1)
    return request.get_data()
