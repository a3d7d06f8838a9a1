// Finds web addresses in a message. Only http and https ever become links.

// A link ends before white space, quotes and angle brackets, and before the invisible characters that could
// make an address read differently from what it is.
const ADDRESS = /https?:\/\/[^\s<>"\u200b-\u200f\u202a-\u202e\u2066-\u2069]+/gi;

/** The address without the punctuation of the sentence around it. */
function trim(address) {
  let end = address.replace(/[.,;:!?'*\u2026]+$/, '');
  while (end.endsWith(')') && end.split(')').length > end.split('(').length) {
    end = end.slice(0, -1).replace(/[.,;:!?'*]+$/, '');
  }
  return end;
}

function parse(address) {
  try {
    const url = new URL(address);
    // "https://bank.example@evil.example" shows one site and opens another.
    return /^https?:$/.test(url.protocol) && !url.username ? url : null;
  } catch {
    return null;
  }
}

/** The parts of a text, in order: strings, and `{href, text}` for links. */
export function linkParts(text) {
  const parts = [];
  let done = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const shown = trim(match[0]);
    const url = parse(shown);
    if (!url) continue;
    if (match.index > done) parts.push(text.slice(done, match.index));
    parts.push({ href: url.href, text: shown });
    done = match.index + shown.length;
  }
  if (done < text.length) parts.push(text.slice(done));
  return parts;
}
