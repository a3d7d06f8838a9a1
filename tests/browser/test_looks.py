"""How it looks, and what it is like for those who do not look: pictures, axe-core, phones, other directions.

The pictures are for people: they lie in the folder SESHAT_SCREENSHOTS, if it is set.
"""

from __future__ import annotations

import pytest
from browser.conftest import Picture, Visit
from browser.shop import Shop
from browser.window import PHONE, Window
from playwright.sync_api import expect

ARABIC = """{"title":"خيام لاركفيل","online":"متصل","open":"متصل","placeholder":"اكتب رسالة…","sent":"أُرسلت",
  "seen":"شوهدت","today":"اليوم","notice_accepted":"بدأت المحادثة.","typing":"{name} يكتب…"}"""


def converse(window: Window, shop: Shop) -> None:
    """The conversation of the design's pictures."""
    window.begin("Hi! Is the Alto 2 tent in stock?")
    shop.accepts()
    window.expect_system("Your chat has started.")
    shop.heard()
    shop.says("Good morning! Yes, we have it in sage and in sand.")
    shop.says("Would you like the matching footprint? Details: https://example.com/alto-footprint")
    window.look()
    expect(window.bubbles).to_have_count(3)
    window.say("Yes please, in sage.")
    window.say("Could it arrive by Friday?")
    expect(window.message("Could it arrive by Friday?")).to_contain_text("Sent")
    shop.types()
    window.look()
    expect(window.typing).to_contain_text("Joe is typing…")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("device", ["desktop", "phone"])
def test_every_state_is_free_of_what_axe_finds(
    visit: Visit, shop: Shop, picture: Picture, scheme: str, device: str
) -> None:
    options = {"color_scheme": scheme, **({"viewport": PHONE, "has_touch": True} if device == "phone" else {})}
    window = visit(**options)
    found: dict[str, list[str]] = {}

    def state(name: str) -> None:
        picture(window, f"widget-{name}-{device}-{scheme}")
        found[name] = window.axe()

    state("launcher")
    window.open()
    expect(window.sub).to_have_text("Online")
    state("begin")
    window.launcher.click() if device == "desktop" else window.button("Close chat window").click()
    converse(window, shop)
    state("talking")
    window.button("End chat").click()
    state("question")
    window.button("Keep chatting").click()
    window.tolerate("Failed to load resource")
    window.page.route("**/seshat/messages", lambda route: route.abort())
    window.say("Oh, one more thing…")
    expect(window.message("Oh, one more thing…")).to_contain_text("Not sent.")
    shop.finishes()
    window.expect_system("The chat is now closed.")
    state("closed")
    window.button("Good").click()
    state("rated")
    shop.closes()
    # The page would trust its last answer a while longer.
    window.page.evaluate("sessionStorage.clear(); localStorage.clear()")
    window.page.context.clear_cookies()
    window.page.reload()
    window.open()
    expect(window.form).to_be_visible()
    state("leave")
    window.form.get_by_label("Your name").fill("Ann Example")
    window.form.get_by_label("Email").fill("ann@")
    window.button("Send message").click()
    state("leave-refused")
    window.form.get_by_label("Email").fill("ann@example.com")
    window.form.get_by_label("Message").fill("Do you have it in sand?")
    window.button("Send message").click()
    expect(window.button("Write another message")).to_be_visible()
    state("left")
    assert {name: said for name, said in found.items() if said} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_right_to_left_pages_get_a_mirrored_window(
    visit: Visit, shop: Shop, picture: Picture, scheme: str
) -> None:
    words = ARABIC.replace("\n", "").replace('"', "&quot;")
    window = visit(
        alter=lambda html: html.replace('<html lang="en"', '<html lang="ar" dir="rtl"').replace(
            "data-seshat ", f'data-seshat data-strings="{words}" '
        ),
        color_scheme=scheme,
        locale="ar",
    )
    window.open()
    window.say("هل خيمة Alto 2 متوفرة؟")
    shop.accepts()
    shop.says("Yes, it is. نعم، بلونين.")
    window.look()
    expect(window.bubbles).to_have_count(2)
    shop.types()
    window.look()
    expect(window.typing).to_contain_text("يكتب")
    picture(window, f"widget-talking-rtl-{scheme}")
    launcher, panel = window.launcher.bounding_box(), window.panel.bounding_box()
    assert launcher and panel
    assert launcher["x"] == panel["x"] == 20
    mine, theirs = (window.bubbles.nth(n).bounding_box() for n in (0, 1))
    assert mine and theirs
    assert mine["x"] < theirs["x"]
    assert window.axe() == []


def test_on_a_phone_the_window_is_the_screen_and_keeps_the_focus(visit: Visit, shop: Shop) -> None:
    window = visit(viewport=PHONE, has_touch=True, is_mobile=True, reduced_motion="reduce")
    window.launcher.tap()
    expect(window.panel).to_be_visible()
    assert window.panel.bounding_box() == {"x": 0, "y": 0, **PHONE}
    assert window.page.evaluate("() => document.querySelector('.seshat-panel').matches(':modal')")
    expect(window.title).to_be_focused()
    expect(window.launcher).to_be_hidden()
    for _ in range(8):
        window.page.keyboard.press("Tab")
        assert window.page.evaluate("() => !!document.activeElement.closest('.seshat-panel, body:not(:has(*:focus))')")
    window.page.keyboard.press("Escape")
    expect(window.panel).to_be_hidden()
    expect(window.launcher).to_be_focused()


def test_turning_a_phone_or_narrowing_a_window_keeps_it_open(visit: Visit) -> None:
    window = visit()
    window.open()
    window.type("half a thought")
    window.page.set_viewport_size({"width": 390, "height": 844})
    expect(window.panel).to_be_visible()
    # The page hears of its new size a moment after it has it.
    window.page.wait_for_function("() => document.querySelector('.seshat-panel').matches(':modal')")
    window.page.set_viewport_size({"width": 1280, "height": 800})
    expect(window.panel).to_be_visible()
    window.page.wait_for_function("() => !document.querySelector('.seshat-panel').matches(':modal')")
    expect(window.input).to_have_value("half a thought")
    window.page.keyboard.press("Escape")
    expect(window.panel).to_be_visible(visible=False)


def test_it_still_fits_at_four_hundred_percent(visit: Visit, picture: Picture) -> None:
    window = visit(viewport={"width": 320, "height": 256})
    window.open()
    expect(window.input).to_be_visible()
    expect(window.input).to_be_in_viewport()
    assert window.page.evaluate("() => document.documentElement.scrollWidth") <= 320
    picture(window, "widget-begin-zoomed")


def test_those_who_want_less_motion_get_none(visit: Visit) -> None:
    window = visit(reduced_motion="reduce")
    window.open()
    assert window.page.evaluate("() => document.getAnimations().length") == 0


def test_forced_colours_leave_everything_to_be_seen(visit: Visit, shop: Shop, picture: Picture) -> None:
    window = visit(forced_colors="active")
    converse(window, shop)
    picture(window, "widget-talking-forced-colours")
    for part in (window.panel, window.launcher, window.bubbles.first):
        expect(part).to_have_css("border-top-style", "solid")


def test_a_theme_can_be_pinned(visit: Visit) -> None:
    window = visit(color_scheme="dark", alter=lambda html: html.replace("data-seshat ", 'data-seshat data-theme="light" '))
    window.open()
    expect(window.panel).to_have_css("background-color", "rgb(255, 255, 255)")
    other = visit(color_scheme="light", alter=lambda html: html.replace("data-seshat ", 'data-seshat data-theme="dark" '))
    other.open()
    expect(other.panel).to_have_css("background-color", "rgb(23, 24, 29)")


def test_new_lines_are_read_out_once_and_the_history_is_not(visit: Visit, shop: Shop) -> None:
    window = visit()
    window.begin("Hi!")
    voice = window.panel.locator(".seshat-sr[role=status]")
    shop.accepts()
    window.expect_system("Your chat has started.")
    expect(voice).to_have_text("Your chat has started.")
    shop.says("Hello.")
    window.expect_message("Hello.")
    expect(voice).to_have_text("Joe: Hello.")
    expect(window.page.locator(".seshat-log")).to_have_attribute("role", "log")
    expect(window.message("Hello.")).to_contain_text("Joe: ")
    window.page.reload()
    expect(window.message("Hello.")).to_be_visible()
    expect(voice).to_have_text("")
    window.launcher.click()
    shop.says("Are you there?")
    window.look()
    expect(window.root.locator("> .seshat-sr[role=status]")).to_have_text("Joe: Are you there?")


def test_everything_can_be_reached_by_keyboard_in_reading_order(visit: Visit, shop: Shop) -> None:
    window = visit()
    converse(window, shop)
    window.title.focus()
    reached = []
    for _ in range(6):
        window.page.keyboard.press("Tab")
        reached.append(
            window.page.evaluate("() => document.activeElement.getAttribute('aria-label') || document.activeElement.href")
        )
    assert reached == [
        "End chat",
        "Close chat window",
        "Conversation",
        "https://example.com/alto-footprint",
        "Message",
        "Send",
    ]


def test_the_picture_for_the_readme(visit: Visit, shop: Shop, picture: Picture) -> None:
    """The shop with a conversation open, twice as sharp; the repository keeps one as docs/widget.png."""
    window = visit(viewport={"width": 1200, "height": 752}, device_scale_factor=2)
    converse(window, shop)
    # What one sees first: the conversation, not the cursor in the composer.
    window.page.evaluate("document.activeElement.blur()")
    window.page.mouse.move(5, 5)
    assert picture(window, "widget").stat().st_size > 50_000
