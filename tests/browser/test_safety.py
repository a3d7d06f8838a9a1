"""Nothing that anybody types is ever markup, and the strictest policies hold."""

from __future__ import annotations

import pytest
from browser.conftest import Visit
from browser.shop import Shop
from playwright.sync_api import expect

EVE = "eve@example.com"
PAYLOADS = [
    "<img src=x onerror=\"document.title='owned'\">",
    "<script>document.title='owned'</script>",
    "</li></ol><svg onload=document.title='owned'>",
    "\"><iframe srcdoc=\"<script>parent.document.title='owned'</script>\">",
    "javascript:document.title='owned'",
    "https://example.com/\"onmouseover=\"document.title='owned'",
    "{{constructor.constructor('document.title=1')()}} ${document.title='owned'} &lt;b&gt;&amp;",
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_markup_is_text_wherever_it_comes_from(visit: Visit, shop: Shop, payload: str) -> None:
    shop.desk.set_agents([(EVE, payload)])
    shop.desk.presence(EVE)
    window = visit()
    title = window.page.title()
    window.begin(payload)
    shop.accepts(EVE)
    shop.says(payload, EVE)
    window.look()
    expect(window.bubbles).to_have_count(2)
    assert window.texts() == [payload, payload]
    expect(window.title).to_have_text(payload)
    shop.desk.typing(EVE)
    window.look()
    expect(window.typing).to_contain_text(payload)
    # Only what the widget is made of, and links to where they say.
    allowed = "svg, path, div, dialog, span, bdi, h2, p, button, ol, li, a, time, i, form, textarea, input, label"
    strangers = window.page.evaluate(
        """(allowed) => [...document.querySelectorAll('.seshat *')]
          .filter((node) => !node.matches(allowed + ', fieldset, legend') || node.hasAttribute('style')
            || [...node.attributes].some((attribute) => /^on/i.test(attribute.name)))
          .map((node) => node.outerHTML)""",
        allowed,
    )
    assert strangers == []
    hrefs = window.page.eval_on_selector_all(".seshat-bubble a", "links => links.map((link) => link.href)")
    assert all(href.startswith("https://example.com/") for href in hrefs)
    window.page.mouse.move(10, 10)
    expect(window.page).to_have_title(title)


def test_an_address_that_shows_one_site_and_opens_another_is_no_link(visit: Visit, shop: Shop) -> None:
    window = visit()
    window.begin("Hi!")
    shop.accepts()
    shop.says("https://bank.example@evil.example/ https://\u202egro.elpmaxe")
    expect(window.bubbles).to_have_count(2)
    window.look()
    expect(window.page.locator(".seshat-bubble a")).to_have_count(0)


def test_hostile_pages_do_not_hold_the_window_up(visit: Visit, shop: Shop) -> None:
    """Characters no XML can carry, half a surrogate pair, and very long words."""
    window = visit()
    window.open()
    window.page.evaluate(
        """() => {
          const input = document.querySelector('.seshat-input');
          input.value = 'a\\u0000b\\ud800c\\u0008 ' + 'W'.repeat(300);
          input.dispatchEvent(new Event('input', { bubbles: true }));
        }"""
    )
    window.input.press("Enter")
    expect(window.page.locator(".seshat-msg")).to_contain_text("Sent")
    shop.accepts()
    (heard,) = shop.heard()
    assert heard.startswith("a\ufffdb\ufffdc\ufffd WWW")
    assert window.texts() == [heard]
    assert window.page.evaluate("() => document.querySelector('.seshat-log').scrollWidth") <= 384


def test_the_strict_policy_is_really_there(visit: Visit) -> None:
    """The control: what the other tests would notice, if the widget did it."""
    window = visit()
    window.tolerate("Content Security Policy", "TrustedHTML")
    window.page.evaluate("document.body.setAttribute('style', 'color: red')")
    refused = window.page.evaluate("() => { try { document.body.innerHTML += '<b>'; } catch (e) { return e.name; } }")
    assert refused == "TypeError"
    assert any("Content Security Policy" in said for said in window.complaints)
