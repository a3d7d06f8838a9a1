// The conversation on the page: rows become list items, kept and reused by id, so that a change touches only
// what changed and the reader's place, selection and focus stay.

import { h, icon, write } from './dom.js';
import { linkParts } from './links.js';

/** So near the end counts as "at the end": the list then follows new lines. */
const NEAR_END_PX = 48;

/** `retry(key)` is called for a message that was not sent. */
export function createLog(say, locale, retry) {
  const items = new Map();
  const list = h('ol', 'list');
  // New lines are read out by the announcer of the panel, once and with their author; the log itself keeps
  // quiet, or it would read out the history and every "Sent" that becomes "Seen".
  const scroller = h(
    'div',
    {
      class: 'log',
      role: 'log',
      'aria-live': 'off',
      'aria-label': say('conversation'),
      tabindex: 0,
      onscroll() {
        atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END_PX;
        jump.hidden ||= atEnd;
      },
    },
    list,
  );
  const jump = h('button', { class: 'jump', hidden: true, onclick: toEnd }, say('new_messages'));

  let atEnd = true;
  // A keyboard, a longer draft or another foot takes room away: the end stays in sight.
  new ResizeObserver(() => atEnd && toEnd()).observe(scroller);

  function toEnd() {
    atEnd = true;
    scroller.scrollTop = scroller.scrollHeight;
    jump.hidden = true;
  }

  function create(row) {
    if (row.kind !== 'line') return h('li', row.kind);
    const bubble = h('div', { class: 'bubble', dir: 'auto' });
    for (const part of linkParts(row.text)) {
      bubble.append(
        part.href
          ? h('a', { href: part.href, target: '_blank', rel: 'noopener noreferrer nofollow' }, part.text)
          : part,
      );
    }
    const author = row.mine ? say('you') : row.name;
    return h('li', null, h('span', 'sr', author + ': '), bubble);
  }

  function update(item, row) {
    const { status } = row;
    item.className = ['mine', 'first', 'last'].reduce(
      (names, name) => names + (row[name] ? ' is-' + name : ''),
      'seshat-msg is-' + status,
    );
    const shown = row.last || row.why ? [status, row.why, row.name].join() : '';
    if (item.shown === shown) return;
    item.shown = shown;
    item.querySelector('.seshat-meta')?.remove();
    if (shown) item.append(h('div', 'meta', ...meta(row)));
  }

  /** What stands under the last bubble of a group, and under every one that was not sent. */
  function meta({ status, why, at, name, key }) {
    if (why === 'too_long') return [say(why)];
    if (why) {
      return [say('not_sent'), h('button', { class: 'retry', onclick: () => retry(key) }, say('try_again'))];
    }
    if (status === 'pending') return [say('sending')];
    const time = at.toLocaleTimeString(locale, { hour: '2-digit', minute: '2-digit' });
    const who = status ? say(status) : name;
    return [
      ...(status === 'sent' ? [icon('check')] : []),
      // Names and times keep their own direction.
      h('span', null, ...(who ? [h('bdi', null, who), ' · '] : []), h('time', { datetime: at.toISOString() }, time)),
    ];
  }

  function dayName(at) {
    const day = new Date();
    if (at.toDateString() === day.toDateString()) return say('today');
    day.setDate(day.getDate() - 1);
    if (at.toDateString() === day.toDateString()) return say('yesterday');
    return at.toLocaleDateString(locale, { weekday: 'long', day: 'numeric', month: 'long' });
  }

  return {
    scroller,
    jump,
    /** Shows `rows`; `follow` scrolls to the end wherever the reader is. */
    render(rows, follow) {
      const stay = !follow && !atEnd;
      const kept = new Set();
      let next = list.firstChild;
      for (const row of rows) {
        let item = items.get(row.id);
        if (!item) {
          items.set(row.id, (item = create(row)));
          if (stay && row.name) jump.hidden = false;
        }
        kept.add(row.id);
        if (row.kind === 'line') update(item, row);
        else write(item, row.kind === 'day' ? dayName(row.at) : row.text);
        if (item === next) next = next.nextSibling;
        else list.insertBefore(item, next);
      }
      for (const [id, item] of items) {
        if (!kept.has(id)) {
          item.remove();
          items.delete(id);
        }
      }
      if (!stay) toEnd();
    },
  };
}
