// Building nodes. Text only ever becomes text nodes, so nothing anyone types is markup, and neither a strict
// Content-Security-Policy nor Trusted Types has anything to refuse.

/**
 * An element: attributes as given, `on…` functions as listeners, children as nodes or text. A class gets the
 * prefix `seshat-`; a string in place of the attributes is the class.
 */
export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  if (tag === 'button') element.type = 'button';
  if (typeof attributes === 'string') attributes = { class: attributes };
  for (const name in attributes) {
    attribute(element, name, name === 'class' ? 'seshat-' + attributes[name] : attributes[name]);
  }
  element.append(...children);
  return element;
}

/**
 * Sets an attribute or listener. Null and undefined take an attribute away, and so does false, except for
 * `aria-…`, where it is a word like any other.
 */
export function attribute(element, name, value) {
  if (typeof value === 'function') element.addEventListener(name.slice(2), value);
  else if (value == null || (value === false && !/^aria/.test(name))) element.removeAttribute(name);
  else element.setAttribute(name, value);
}

/** A button of the large kind. */
export function button(label, onclick, quiet) {
  return h('button', { class: quiet ? 'btn is-quiet' : 'btn', onclick }, label);
}

/** Writes text only where it differs, so that nothing is announced or redrawn for the same words. */
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

const ICONS = {
  chat: 'M12 4c5 0 9 3.4 9 7.6s-4 7.6-9 7.6c-1.1 0-2.2-.2-3.2-.5L4 20.5l1.3-3.7C3.9 15.4 3 13.6 3 11.6 3 7.4 7 4 12 4M8.5 10h7M8.5 13.4h4.5',
  down: 'M6 9.5l6 6 6-6',
  cross: 'M7 7l10 10M17 7L7 17',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  up: 'M12 19V5m-6 6 6-6 6 6',
  good: 'M7 11v9H4v-9zm0 0 4-8a2.5 2.5 0 0 1 2.4 3l-.8 3.5H19a2 2 0 0 1 2 2.3l-1 6.2a2 2 0 0 1-2 2H7',
  bad: 'M17 13V4h3v9zm0 0-4 8a2.5 2.5 0 0 1-2.4-3l.8-3.5H5a2 2 0 0 1-2-2.3l1-6.2a2 2 0 0 1 2-2h11',
};

/** One of the drawn signs. They say nothing to screen readers; the button around them has the words. */
export function icon(name) {
  const [svg, path] = ['svg', 'path'].map((tag) => document.createElementNS('http://www.w3.org/2000/svg', tag));
  attribute(svg, 'viewBox', '0 0 24 24');
  attribute(svg, 'aria-hidden', true);
  attribute(path, 'd', ICONS[name]);
  svg.append(path);
  return svg;
}
