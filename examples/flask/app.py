"""A small tent shop with a chat: `python app.py`, or `gunicorn --threads 8 app:app`. See README.md."""

import os

import flask

import seshat
from seshat.integrations.flask import create_blueprint

TENTS = {
    "alto-2": ("Alto 2", "Two people, three seasons, one pole less", "1.9 kg", "420"),
    "brae-3": ("Brae 3", "Room for three and a wet dog", "2.8 kg", "510"),
    "cairn-1": ("Cairn 1", "For one, above the tree line", "1.2 kg", "380"),
}
CSP = "; ".join((
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'",
    "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'",
))

app = flask.Flask(__name__)
app.register_blueprint(create_blueprint(seshat.open(os.environ.get("SESHAT_DB", "chat.db"))))

@app.get("/")
def shop():
    return flask.render_template("shop.html", tents=TENTS)

@app.get("/tents/<slug>")
def tent(slug):
    return flask.render_template("tent.html", slug=slug, tent=TENTS.get(slug) or flask.abort(404))

@app.after_request
def strict(response):
    response.headers["Content-Security-Policy"] = CSP
    return response

if __name__ == "__main__":
    app.run(port=int(os.environ.get("PORT", "5000")))
