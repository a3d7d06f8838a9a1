// SPDX-License-Identifier: GPL-3.0-or-later
//! A filter over the bytes of an XML stream that makes every stanza shallow, small and unambiguous before the
//! parser sees it.
//!
//! The parser below builds trees by recursion: a message of a few thousand nested elements, which any account
//! may send, overflows the stack and ends the process. Its message type joins two `<body>` elements, or a body
//! that is split by a child, into one text: `!FIN<x/>ISH` would read as a command. And an attribute longer than
//! its token limit ends the stream, as a stanza of megabytes ends our memory.
//!
//! Ending the stream for such a stanza would let anybody keep us offline: servers deliver again what was not
//! acknowledged. So what is too much is left out, what remains stays well-formed and counts as one stanza
//! (XEP-0198 §4), and its last child is a [mark](MARK_NAMESPACE) by which it is known not to be trusted.
//!
//! The filter takes the server for granted as well-formed: whatever it passes on is still checked by the parser.

/// Elements inside one another, the stream itself included. Real stanzas stay under 20.
pub const MAX_DEPTH: usize = 64;
/// Bytes of one stanza: the usual limit of servers for what accounts send.
pub const MAX_STANZA: usize = 256 * 1024;
/// Bytes of one tag with its attributes: two addresses of the greatest length (RFC 7622 §3.1) fit, and none can
/// reach the parser's limit of 8 192 bytes for one value.
const MAX_TAG: usize = 8 * 1024;
/// The namespace of the mark that ends a stanza from which something was left out.
pub const MARK_NAMESPACE: &str = "urn:seshat:malformed";
const MARK: &[u8] = b"<malformed xmlns='urn:seshat:malformed'/>";

/// Where in the text of the stream we are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Text,
    /// Inside `<…>`; the quotation mark of the attribute value we are in, if any.
    Tag(Option<u8>),
}

/// Takes the stream in pieces of any size and gives out what may pass.
pub struct Filter {
    place: Place,
    /// The tag being read, up to its limit.
    tag: Vec<u8>,
    tag_overlong: bool,
    /// The last two bytes of the tag, however long it is.
    tail: [u8; 2],
    /// How many open elements were passed on: 1 inside the stream, 2 inside a stanza.
    depth: usize,
    /// How many open elements are being left out.
    skipping: usize,
    /// Inside `&…;` of a text.
    entity: bool,
    stanza: Stanza,
    /// The open elements of the stanza that were passed on, the outermost first.
    open: Vec<Kind>,
}

/// What an element is, as far as it matters here. Copies of messages inside others count like the others.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Message { has_body: bool },
    Body,
    Other,
}

/// What is known of the stanza being read.
#[derive(Default)]
struct Stanza {
    size: usize,
    /// Its texts are left out from here on.
    cut: bool,
    /// Something was left out, or may be misread.
    malformed: bool,
}

impl Filter {
    /// At the beginning of a stream.
    pub fn new() -> Self {
        Filter {
            place: Place::Text,
            tag: Vec::new(),
            tag_overlong: false,
            tail: [0; 2],
            depth: 0,
            skipping: 0,
            entity: false,
            stanza: Stanza::default(),
            open: Vec::new(),
        }
    }

    /// Filters the next piece; what may pass is appended to `out`.
    pub fn feed(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        for &byte in piece {
            match self.place {
                Place::Text if byte == b'<' => {
                    self.place = Place::Tag(None);
                    self.tag.clear();
                    self.tag.push(byte);
                    self.tag_overlong = false;
                    self.tail = [0; 2];
                }
                Place::Text => self.text(byte, out),
                Place::Tag(quote) => self.in_tag(byte, quote, out),
            }
        }
    }

    fn text(&mut self, byte: u8, out: &mut Vec<u8>) {
        if self.depth >= 2 {
            self.stanza.size += 1;
            if self.skipping > 0 {
                return;
            }
            // A text is cut between characters only, never inside one or inside an entity.
            let inside_character = byte & 0xC0 == 0x80 || self.entity;
            if self.stanza.size > MAX_STANZA && (self.stanza.cut || !inside_character) {
                self.stanza.cut = true;
                self.stanza.malformed = true;
                return;
            }
            self.entity = match byte {
                b'&' => true,
                b';' => false,
                _ => self.entity,
            };
        }
        out.push(byte);
    }

    fn in_tag(&mut self, byte: u8, quote: Option<u8>, out: &mut Vec<u8>) {
        if self.tag.len() < MAX_TAG {
            self.tag.push(byte);
        } else {
            self.tag_overlong = true;
        }
        let is_element = !self.tag.starts_with(b"<!") && !self.tag.starts_with(b"<?");
        match (quote, byte) {
            (Some(open), _) if byte == open => self.place = Place::Tag(None),
            (Some(_), _) => {}
            (None, b'"' | b'\'') if is_element => self.place = Place::Tag(Some(byte)),
            (None, b'>') if is_element || self.other_ends() => {
                self.place = Place::Text;
                self.entity = false;
                self.finish_tag(out);
            }
            _ => {}
        }
        self.tail = [self.tail[1], byte];
    }

    /// Does this `>` end a declaration, a comment or a CDATA section?
    fn other_ends(&self) -> bool {
        if self.tag.starts_with(b"<![CDATA[") {
            self.tail == *b"]]"
        } else if self.tag.starts_with(b"<!--") {
            self.tail == *b"--"
        } else if self.tag.starts_with(b"<?") {
            self.tail[1] == b'?'
        } else {
            true
        }
    }

    fn finish_tag(&mut self, out: &mut Vec<u8>) {
        if self.depth >= 2 {
            self.stanza.size += self.tag.len();
        }
        match self.tag.get(1) {
            Some(b'/') => self.close(out),
            Some(b'?' | b'!') => self.other(out),
            _ => self.open(out),
        }
    }

    /// CDATA, declarations and comments; the parser refuses what XMPP forbids.
    fn other(&mut self, out: &mut Vec<u8>) {
        if self.skipping > 0 {
            return;
        }
        if self.depth >= 2 && (self.tag_overlong || self.stanza.size > MAX_STANZA) {
            self.stanza.malformed = true;
            return;
        }
        out.extend_from_slice(&self.tag);
    }

    fn open(&mut self, out: &mut Vec<u8>) {
        let empty = self.tail[1] == b'/';
        let name = local_name(&self.tag);
        // After login the server begins a new stream inside the old one's bytes (RFC 6120 §6.4.6).
        if self.depth == 0 || (self.depth == 1 && name == b"stream") {
            self.depth = 1;
            out.extend_from_slice(&self.tag);
            return;
        }
        if self.skipping > 0 {
            self.skipping += usize::from(!empty);
            return;
        }
        if self.depth == 1 {
            self.stanza = Stanza { size: self.tag.len(), ..Stanza::default() };
            self.open.clear();
            self.open_stanza(empty, out);
            return;
        }
        if self.tag_overlong || self.depth >= MAX_DEPTH || self.stanza.size > MAX_STANZA {
            self.stanza.malformed = true;
            self.skipping = usize::from(!empty);
            return;
        }
        // A `body` elsewhere is another thing, such as XHTML's.
        let kind = match self.open.last_mut() {
            Some(Kind::Message { has_body }) if name == b"body" => {
                self.stanza.malformed |= *has_body;
                *has_body = true;
                Kind::Body
            }
            Some(Kind::Body) => {
                self.stanza.malformed = true;
                Kind::Other
            }
            _ => Kind::of(name),
        };
        if !empty {
            self.depth += 1;
            self.open.push(kind);
        }
        out.extend_from_slice(&self.tag);
    }

    fn open_stanza(&mut self, empty: bool, out: &mut Vec<u8>) {
        if !empty {
            self.open.push(Kind::of(local_name(&self.tag)));
        }
        if !self.tag_overlong {
            self.depth += usize::from(!empty);
            out.extend_from_slice(&self.tag);
            return;
        }
        // Without its attributes the stanza has no sender, so it can have no effect.
        let name = full_name(&self.tag).to_vec();
        self.stanza.malformed = true;
        out.push(b'<');
        out.extend_from_slice(&name);
        out.push(b'>');
        if empty {
            out.extend_from_slice(MARK);
            out.extend_from_slice(b"</");
            out.extend_from_slice(&name);
            out.push(b'>');
        } else {
            self.depth += 1;
        }
    }

    fn close(&mut self, out: &mut Vec<u8>) {
        if self.skipping > 0 {
            self.skipping -= 1;
            return;
        }
        self.depth = self.depth.saturating_sub(1);
        self.open.pop();
        if self.depth == 1 && self.stanza.malformed {
            out.extend_from_slice(MARK);
        }
        out.extend_from_slice(&self.tag);
    }
}

impl Kind {
    fn of(name: &[u8]) -> Kind {
        if name == b"message" { Kind::Message { has_body: false } } else { Kind::Other }
    }
}

/// The name in `<name …>` with its prefix.
fn full_name(tag: &[u8]) -> &[u8] {
    let name = tag.get(1..).unwrap_or_default();
    let end = name.iter().position(|byte| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>'));
    name.get(..end.unwrap_or(name.len())).unwrap_or_default()
}

/// The name without its prefix.
fn local_name(tag: &[u8]) -> &[u8] {
    full_name(tag).rsplit(|byte| *byte == b':').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: &str = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' id=\"a>b\">";

    fn through(stanzas: &str) -> String {
        let input = format!("{OPEN}{stanzas}");
        let whole = filtered(input.as_bytes(), usize::MAX);
        for piece in [1, 2, 7] {
            assert_eq!(filtered(input.as_bytes(), piece), whole, "in pieces of {piece}");
        }
        whole.strip_prefix(OPEN).unwrap().to_owned()
    }

    fn filtered(input: &[u8], piece: usize) -> String {
        let (mut filter, mut out) = (Filter::new(), Vec::new());
        for piece in input.chunks(piece.min(input.len())) {
            filter.feed(piece, &mut out);
        }
        String::from_utf8(out).unwrap()
    }

    fn mark() -> &'static str {
        std::str::from_utf8(MARK).unwrap()
    }

    #[test]
    fn ordinary_stanzas_pass_to_the_byte() {
        let stanzas = "<message from='a@x/\"&gt;' type=\"chat\"><body>1 &lt; 2, Grüße 🐱</body><active xmlns='c'/></message>\n \
            <presence/><iq type='result'><query><item/><item></item></query></iq><![CDATA[ <x> ]]>\
            <message><html><body><p>second</p></body></html><body>first</body></message></stream:stream>";
        assert_eq!(through(stanzas), stanzas);
    }

    #[test]
    fn what_is_nested_too_deep_is_left_out() {
        let bomb = format!("<message>{}{}<body>hi</body></message>", "<x>".repeat(4000), "</x>".repeat(4000));
        let kept = MAX_DEPTH - 2;
        let expected = format!(
            "<message>{}{}<body>hi</body>{}</message>",
            "<x>".repeat(kept),
            "</x>".repeat(kept),
            mark()
        );
        assert_eq!(through(&bomb), expected);
    }

    #[test]
    fn what_is_too_big_is_cut_between_characters_and_marked() {
        let big =
            format!("<message><body>{}</body><x><y>z</y></x></message><presence/>", "ü&amp;".repeat(60_000));
        let small = through(&big);
        assert!(small.len() < MAX_STANZA + 200, "{}", small.len());
        assert!(
            small.ends_with(&format!("</body>{}</message><presence/>", mark())),
            "{}",
            &small[small.len() - 99..]
        );
        let body = small.strip_prefix("<message><body>").unwrap().split("</body>").next().unwrap();
        assert_eq!(body.replace("ü&amp;", "").trim_end_matches('ü'), "");
    }

    #[test]
    fn many_small_elements_are_too_big_as_well() {
        let small = through(&format!("<iq>{}</iq><presence/>", "<a><b/></a>".repeat(50_000)));
        assert!(small.len() < MAX_STANZA + 200, "{}", small.len());
        assert!(small.ends_with(&format!("{}</iq><presence/>", mark())));
    }

    #[test]
    fn a_body_that_could_be_misread_is_marked() {
        for stanza in [
            "<message><body>!FIN<x/>ISH</body></message>",
            "<message><body>!FIN<x>y</x>ISH</body></message>",
            "<message><body>!FIN</body><body>ISH</body></message>",
            "<message><body/><body xml:lang='de'>!FINISH</body></message>",
            "<message><r><f><message><body>!FIN<x/>ISH</body></message></f></r></message>",
        ] {
            let inside = stanza.strip_suffix("</message>").unwrap();
            assert_eq!(through(stanza), format!("{inside}{}</message>", mark()));
        }
    }

    #[test]
    fn an_overlong_tag_costs_its_element_or_the_stanzas_attributes() {
        let long = "y".repeat(20_000);
        let child =
            format!("<message from='a@x'><x a='{long}>'><z/></x><w a='{long}'/><body>hi</body></message>");
        assert_eq!(through(&child), format!("<message from='a@x'><body>hi</body>{}</message>", mark()));
        let stanza = format!("<message from='{long}'><body>hi</body></message><presence from='{long}'/>");
        assert_eq!(
            through(&stanza),
            format!("<message><body>hi</body>{0}</message><presence>{0}</presence>", mark())
        );
    }

    #[test]
    fn a_stream_may_begin_anew() {
        let again =
            format!("<success/>{OPEN}<stream:features><bind/></stream:features>{}", "<presence/>".repeat(3));
        assert_eq!(through(&again), again);
    }

    /// A tree of elements, often deeper or bigger than allowed.
    fn grow(seed: &mut u64, depth: usize, out: &mut String) {
        let mut roll = |sides: u64| {
            *seed ^= *seed << 13;
            *seed ^= *seed >> 7;
            *seed ^= *seed << 17;
            *seed % sides
        };
        let name = ["body", "message", "x", "stream:x", "y"][roll(5) as usize];
        let value = "v>".repeat(if roll(40) == 0 { 6000 } else { 2 });
        match roll(4) {
            0 => *out += &format!("<{name} a='{value}'/>"),
            1 => *out += &"t&amp;ü".repeat(if roll(30) == 0 { 20_000 } else { 3 }),
            _ => {
                *out += &format!("<{name} a=\"{value}\">");
                let children = if depth > 150 { 0 } else { roll(4) };
                for _ in 0..children {
                    grow(seed, depth + 1, out);
                }
                *out += &format!("</{name}>");
            }
        }
    }

    #[test]
    fn whatever_is_well_formed_stays_so_within_the_limits_and_counts_as_many_stanzas() {
        let mut seed = 0x5e5_4a7;
        let mut marked = 0;
        for _ in 0..300 {
            let mut stanza = String::from("<message>");
            for _ in 0..8 {
                grow(&mut seed, 2, &mut stanza);
            }
            stanza += "</message>";
            let passed = filtered(format!("{OPEN}{stanza}<presence/>").as_bytes(), 4096);
            let passed = passed.strip_prefix(OPEN).unwrap();
            assert!(passed.len() <= MAX_STANZA + MAX_TAG + 200, "{}", passed.len());
            marked += usize::from(passed.contains(mark()));
            let (mut open, mut stanzas) = (Vec::new(), 0);
            for piece in passed.split('<').skip(1) {
                let tag = &piece[..=piece.find("'>").or(piece.find("\">")).or(piece.find('>')).unwrap()];
                let name = tag.split([' ', '>', '/']).find(|part| !part.is_empty()).unwrap();
                let empty = piece.contains("/>");
                match tag.strip_prefix('/') {
                    Some(_) => assert_eq!(open.pop(), Some(name)),
                    None if !empty => open.push(name),
                    None => {}
                }
                assert!(open.len() < MAX_DEPTH);
                stanzas += usize::from(open.is_empty());
            }
            assert_eq!((open.len(), stanzas), (0, 2));
        }
        assert!((30..300).contains(&marked), "{marked}");
    }
}
