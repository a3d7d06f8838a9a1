//! The widget's files and the lines that bring them into a page.

use crate::site::{Answer, Site, get};
use seshat_web::{Options, snippet, snippet_with};

/// The addresses a page's snippet names, without the base.
fn addresses() -> (String, String) {
    let html = snippet(&Options::default());
    let between = |before: &str| html.split(before).nth(1).unwrap().split('"').next().unwrap().to_owned();
    (between("href=\"/seshat"), between("src=\"/seshat"))
}

fn fetch(path: &str) -> Answer {
    Site::new().ask(&get(path))
}

#[test]
fn the_snippet_is_three_lines_without_anything_inline() {
    let (style, script) = addresses();
    assert_eq!(
        snippet(&Options::default()),
        format!(
            "<link rel=\"stylesheet\" href=\"/seshat{style}\">\n\
             <script src=\"/seshat{script}\" defer></script>\n\
             <div data-seshat data-base=\"/seshat\"></div>\n"
        )
    );
    let elsewhere = snippet(&Options { base: "/shop/chat".into(), ..Options::default() });
    assert_eq!(
        elsewhere,
        snippet(&Options::default())
            .replace("/seshat/", "/shop/chat/")
            .replace("\"/seshat\"", "\"/shop/chat\"")
    );
}

#[test]
fn settings_become_attributes_and_nothing_else() {
    let with = |name, value| snippet_with(&Options::default(), &[(name, value)]);
    let plain = snippet(&Options::default());
    assert_eq!(snippet_with(&Options::default(), &[]).unwrap(), plain);
    let place = "<div data-seshat data-base=\"/seshat\"";
    assert_eq!(
        with("name", "customer").unwrap(),
        plain.replace(place, &format!("{place} data-name=\"customer\""))
    );
    let hostile = "\"><script>alert('1')</script>&amp;";
    let expected = " data-x-y=\"&quot;&gt;&lt;script&gt;alert('1')&lt;/script&gt;&amp;amp;\"></div>";
    assert!(with("x-y", hostile).unwrap().contains(expected));
    for name in ["", "base", "seshat", "a b", "A", "-a", "a=\"", "é", "onload\n"] {
        assert_eq!(with(name, "x").unwrap_err().field(), Some("settings"), "{name:?}");
    }
}

#[test]
fn the_files_of_the_snippet_are_served_and_kept_for_ever() {
    let (style, script) = addresses();
    for (path, kind, source) in [
        (style, "text/css; charset=utf-8", "../snippets/seshat.css"),
        (script, "text/javascript; charset=utf-8", "../snippets/seshat.jquery.js"),
    ] {
        let answer = fetch(&path);
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.header("Content-Type"), Some(kind));
        assert_eq!(answer.header("Cache-Control"), Some("public, max-age=31536000, immutable"));
        assert_eq!(answer.header("X-Content-Type-Options"), Some("nosniff"));
        assert_eq!(answer.0.body, std::fs::read(source).unwrap());
    }
}

#[test]
fn pages_from_before_an_upgrade_get_the_new_files_but_do_not_keep_them() {
    for name in
        ["seshat.css", "seshat.jquery.js", "seshat.0123456789abcdef.css", "seshat.jquery.0123456789abcdef.js"]
    {
        let answer = fetch(&format!("/assets/{name}"));
        assert_eq!(
            (answer.status(), answer.header("Cache-Control")),
            (200, Some("public, max-age=300")),
            "{name}"
        );
    }
}

#[test]
fn nothing_else_is_served() {
    for name in [
        "",
        "/",
        "seshat.js",
        "seshat.jquery.css",
        "seshat..css",
        "seshat.css/",
        "seshat.012345.css",
        "seshatcss",
        "../seshat.css",
        "seshat.0123456789abcdeg.css",
        "..%2fseshat.css",
        "SESHAT.CSS",
        "seshat.jquery.0123456789abcdef.css",
    ] {
        assert_eq!(fetch(&format!("/assets/{name}")).error(), (404, "not_found".into()), "{name}");
    }
}
