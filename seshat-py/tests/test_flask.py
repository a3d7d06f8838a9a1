"""The chat as a Flask blueprint, and the example site."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from typing import Any

import flask
import pytest
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client

import seshat
from seshat.integrations import User
from seshat.integrations.flask import create_blueprint

KEY = "a-start-key-of-a-page"
OWN = {"Sec-Fetch-Site": "same-origin"}
EXAMPLE = Path(__file__).parents[2] / "examples" / "flask"


def site(store: seshat.Store, **options: Any) -> flask.Flask:
    app = flask.Flask("site")
    app.register_blueprint(create_blueprint(store, **options))

    @app.get("/")
    def page() -> str:
        return flask.render_template_string("<title>{{ '<' }}</title>{{ seshat_snippet() }}")

    return app


def test_the_routes_answer_below_the_prefix(store: seshat.Store) -> None:
    client = site(store).test_client()
    started = client.post("/seshat/chats", json={"key": KEY, "text": "Hi!"}, headers=OWN)
    assert started.status_code == 201
    assert "Path=/seshat;" in started.headers["Set-Cookie"]
    sent = client.post("/seshat/messages", json={"key": "m", "text": "Hello?", "after": 1}, headers=OWN)
    assert [m["text"] for m in sent.get_json()["messages"]] == ["Hello?"]
    idle = client.get(f"/seshat/poll?after=2&rev={sent.get_json()['rev']}")
    assert (idle.status_code, idle.data) == (204, b"")
    assert "Content-Type" not in idle.headers
    assert sent.headers["Content-Length"] == str(len(sent.data))
    assert client.get("/seshat/nothing").get_json()["error"]["code"] == "not_found"
    assert client.delete("/seshat/chats").headers["Allow"] == "POST"
    assert client.head("/seshat/availability").status_code == 200


def test_the_snippet_is_markup_in_every_template(store: seshat.Store) -> None:
    page = site(store).test_client().get("/").get_data(as_text=True)
    assert page == "<title>&lt;</title>" + store.snippet()


def test_settings_for_the_widget_go_through_the_snippet(store: seshat.Store) -> None:
    app = site(store)
    template = "{{ seshat_snippet(name='<Ann>', some_thing='x') }}"
    app.add_url_rule("/named", "named", lambda: flask.render_template_string(template))
    page = app.test_client().get("/named").get_data(as_text=True)
    assert page == store.snippet(name="<Ann>", some_thing="x")
    assert 'data-base="/seshat" data-name="&lt;Ann&gt;" data-some-thing="x"></div>' in page
    with pytest.raises(seshat.InvalidError):
        store.snippet(**{"on click": "x"})


def test_the_base_is_where_the_blueprint_is(store: seshat.Store) -> None:
    app = flask.Flask("site")
    app.register_blueprint(create_blueprint(store), url_prefix="/help/chat")
    app.add_url_rule("/", "page", lambda: flask.render_template_string("{{ seshat_snippet() }}"))
    outer = Client(DispatcherMiddleware(flask.Flask("nothing"), {"/shop": app}))
    page = outer.get("/shop/").get_data(as_text=True)
    assert page == store.snippet("/shop/help/chat")
    for address in re.findall(r'(?:href|src)="([^"]+)"', page):
        assert outer.get(address).status_code == 200
    started = outer.post("/shop/help/chat/chats", json={"key": KEY}, headers=OWN)
    assert "Path=/shop/help/chat;" in started.headers["Set-Cookie"]
    assert app.test_client().get("/help/chat/availability").status_code == 200


def test_a_blueprint_within_a_blueprint(store: seshat.Store) -> None:
    outer = flask.Blueprint("outer", "outer", url_prefix="/outer")
    outer.register_blueprint(create_blueprint(store, name="chat"))
    app = flask.Flask("site")
    app.register_blueprint(outer)
    app.add_url_rule("/", "page", lambda: flask.render_template_string("{{ seshat_snippet() }}"))
    client = app.test_client()
    assert client.get("/").get_data(as_text=True) == store.snippet("/outer/seshat")
    assert client.get("/outer/seshat/availability").status_code == 200


def test_the_site_says_who_is_logged_in(store: seshat.Store) -> None:
    app = site(store, user=lambda: User(flask.session["name"], "ann@example.com") if flask.session else None)
    app.secret_key = "for this test"
    app.add_url_rule("/login", "login", lambda: flask.session.update(name="Ann") or "")
    client = app.test_client()
    leave = {"key": KEY, "text": "no address given"}
    assert client.post("/seshat/leave", json=leave, headers=OWN).status_code == 422
    client.get("/login")
    assert client.post("/seshat/leave", json=leave, headers=OWN).status_code == 201


def test_a_body_that_something_else_has_read_is_still_there(store: seshat.Store) -> None:
    app = site(store)
    app.before_request(lambda: flask.request.get_json(silent=True) and None)
    answer = app.test_client().post("/seshat/chats", json={"key": KEY, "text": "Hi!"}, headers=OWN)
    assert answer.get_json()["messages"][0]["text"] == "Hi!"


def test_a_body_that_is_too_long_is_413(store: seshat.Store) -> None:
    client = site(store, max_body=1000).test_client()
    answer = client.post("/seshat/chats", json={"key": KEY, "text": "x" * 2000}, headers=OWN)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (413, "too_long")


def test_a_wrong_option_is_told_at_once(store: seshat.Store) -> None:
    with pytest.raises(seshat.InvalidError, match="allowed_origins"):
        create_blueprint(store, allowed_origins=["*"])
    with pytest.raises(TypeError):
        create_blueprint(store, no_such_option=1)


@pytest.mark.parametrize("prefix", ["", "/", "/søk", "chat", "/a b"])
def test_a_prefix_that_cannot_work_is_told_when_it_is_registered(store: seshat.Store, prefix: str) -> None:
    with pytest.raises(seshat.InvalidError, match="^could not register the chat at url_prefix .* must start") as told:
        site(store, url_prefix=prefix)
    assert told.value.field == "url_prefix"
    outer = flask.Blueprint("outer", "outer", url_prefix=prefix)
    outer.register_blueprint(create_blueprint(store, url_prefix="/"))
    with pytest.raises(seshat.InvalidError):
        flask.Flask("site").register_blueprint(outer)
    with pytest.raises(seshat.InvalidError):
        flask.Flask("site").register_blueprint(create_blueprint(store), url_prefix=prefix or "/")


def test_a_prefix_may_end_in_a_slash_or_have_variable_parts(store: seshat.Store) -> None:
    assert site(store, url_prefix="/chat/").test_client().get("/chat/availability").status_code == 200
    app = flask.Flask("site")
    blueprint = create_blueprint(store, url_prefix="/<lang>/chat")
    blueprint.url_value_preprocessor(lambda _, values: setattr(flask.g, "lang", (values or {}).pop("lang")))
    blueprint.url_defaults(lambda _, values: values.update(lang=flask.g.lang))
    app.register_blueprint(blueprint)
    started = app.test_client().post("/pt/chat/chats", json={"key": KEY}, headers=OWN)
    assert "Path=/pt/chat;" in started.headers["Set-Cookie"]


@pytest.fixture
def shop(path: Path, monkeypatch: pytest.MonkeyPatch) -> flask.Flask:
    monkeypatch.setenv("SESHAT_DB", str(path))
    spec = importlib.util.spec_from_file_location("example_shop", EXAMPLE / "app.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "example_shop", module)
    spec.loader.exec_module(module)
    app: flask.Flask = module.app
    return app


def test_the_example_shop_serves_every_page_under_a_strict_policy(shop: flask.Flask) -> None:
    client = shop.test_client()
    pages = ["/", *(f"/tents/{slug}" for slug in ("alto-2", "brae-3", "cairn-1"))]
    for page in pages:
        answer = client.get(page)
        assert answer.status_code == 200
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        html = answer.get_data(as_text=True)
        assert "data-seshat" in html and "style=" not in html and "<style" not in html
        assert all("src=" in tag for tag in re.findall("<script[^>]*>", html)), "no inline script"
        for address in re.findall(r'(?:href|src)="(/[^"]*)"', html):
            if not address.endswith("jquery.min.js"):
                assert client.get(address).status_code == 200, address
    assert client.get("/tents/none").status_code == 404
    assert len((EXAMPLE / "app.py").read_text().splitlines()) < 40
