// The conversation on the page: rows become list items, kept and reused by id, so that a change touches only
// what changed and the reader's place, selection and focus stay.

import { h, icon, write } from './dom.js';
import { linkParts } from './links.js';

/** So near the end counts as "at the end": the list then follows new lines. */
const NEAR_END_PX = 48;

export class Log {
  constructor(say, locale, retry) {
    this.say = say;
    this.locale = locale;
    this.retry = retry;
    this.nodes = new Map();
    this.list = h('ol', { class: 'seshat-list' });
    // New lines are read out by the announcer of the panel, once and with their author; the log itself keeps
    // quiet, or it would read out the history and every "Sent" that becomes "Seen".
    this.scroller = h(
      'div',
      { class: 'seshat-log', role: 'log', 'aria-live': 'off', 'aria-label': say('conversation'), tabindex: 0 },
      this.list,
    );
    this.jump = h(
      'button',
      { type: 'button', class: 'seshat-jump', hidden: true, onclick: () => this.toEnd() },
      say('new_messages'),
    );
    this.scroller.addEventListener('scroll', () => {
      if (this.atEnd()) this.jump.hidden = true;
    });
  }

  atEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
  }

  toEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.jump.hidden = true;
  }

  /** Shows `rows`; `follow` scrolls to the end wherever the reader is. */
  render(rows, follow) {
    const stay = !follow && !this.atEnd();
    const kept = new Set();
    let added = false;
    let next = this.list.firstChild;
    for (const row of rows) {
      const id = String(row.id);
      kept.add(id);
      let node = this.nodes.get(id);
      if (!node) {
        node = this.create(row);
        this.nodes.set(id, node);
        added ||= row.kind === 'line' && !row.mine;
      }
      this.update(node, row);
      if (node === next) next = next.nextSibling;
      else this.list.insertBefore(node, next);
    }
    for (const [id, node] of this.nodes) {
      if (!kept.has(id)) {
        node.remove();
        this.nodes.delete(id);
      }
    }
    if (!stay) this.toEnd();
    else if (added) this.jump.hidden = false;
  }

  create(row) {
    if (row.kind === 'day') return h('li', { class: 'seshat-day' });
    if (row.kind === 'system') return h('li', { class: 'seshat-system' });
    const bubble = h('div', { class: 'seshat-bubble', dir: 'auto' });
    for (const part of linkParts(row.text)) {
      bubble.append(
        part.href
          ? h('a', { href: part.href, target: '_blank', rel: 'noopener noreferrer nofollow' }, part.text)
          : part,
      );
    }
    return h(
      'li',
      { class: 'seshat-msg' },
      h('span', { class: 'seshat-sr' }, (row.mine ? this.say('you') : row.name) + ': '),
      bubble,
    );
  }

  update(node, row) {
    if (row.kind === 'day') return write(node, this.dayName(row.at));
    if (row.kind === 'system') return write(node, this.notice(row));
    const { status } = row;
    node.classList.toggle('is-mine', row.mine);
    node.classList.toggle('is-first', row.first);
    node.classList.toggle('is-last', row.last);
    node.classList.toggle('is-pending', status === 'pending');
    node.classList.toggle('is-failed', status === 'failed');
    const shown = row.last || status === 'failed' ? status + (row.why || '') + row.name : null;
    if (node.shown === shown) return undefined;
    node.shown = shown;
    node.querySelector('.seshat-meta')?.remove();
    if (shown !== null) node.append(this.meta(row));
    return undefined;
  }

  meta(row) {
    const { say } = this;
    const meta = h('div', { class: 'seshat-meta' });
    if (row.status === 'failed') {
      meta.append(say(row.why === 'too_long' ? 'too_long' : 'not_sent'));
      if (row.why !== 'too_long') {
        meta.append(
          h('button', { type: 'button', class: 'seshat-retry', onclick: () => this.retry(row.key) }, say('try_again')),
        );
      }
    } else if (row.status === 'pending') {
      meta.append(say('sending'));
    } else {
      if (row.status === 'sent') meta.append(icon('check'));
      const time = row.at.toLocaleTimeString(this.locale, { hour: '2-digit', minute: '2-digit' });
      const who = row.mine ? say(row.status) : row.name;
      if (who) meta.append(h('span', null, who + ' · ', h('time', { datetime: row.at.toISOString() }, time)));
      else meta.append(h('time', { datetime: row.at.toISOString() }, time));
    }
    return meta;
  }

  /** A system line in the page's words, or in the server's where the page has none. */
  notice(row) {
    return (row.code && this.say('notice_' + row.code)) || row.text;
  }

  dayName(at) {
    const today = new Date();
    if (at.toDateString() === today.toDateString()) return this.say('today');
    today.setDate(today.getDate() - 1);
    if (at.toDateString() === today.toDateString()) return this.say('yesterday');
    return at.toLocaleDateString(this.locale, { weekday: 'long', day: 'numeric', month: 'long' });
  }
}
