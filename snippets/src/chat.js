// The conductor: owns one visitor's chat and brings wire, model, outbox, poller, memory and view together.
// It knows no jQuery and no custom element; both faces only create it.

import { h } from './dom.js';
import { composer, endQuestion, farewell, leaveForm } from './forms.js';
import { Log } from './log.js';
import { memory } from './memory.js';
import { Model } from './model.js';
import { Outbox, backOff, newKey } from './outbox.js';
import { Panel } from './panel.js';
import { Poller } from './poller.js';
import { speaker } from './strings.js';
import { Wire } from './wire.js';

/** Pauses between polls unless the server names its own. */
const INTERVAL_S = 2;
/** The longest pause: hidden pages, and pages where nothing has been said for long. */
const HIDDEN_MS = 20000;
/** A conversation is idle when nothing new has come for this long; polls then grow rarer. */
const IDLE_MS = 120000;
/** "Typing" is said at most so often; the server forgets it after 10 s. */
const TYPING_MS = 4000;
/** What time alone changes (someone stops typing, the queue moves) is asked for afresh this often. */
const FRESH_MS = 8000;
/** An answer about who is there is good for so long. */
const AVAILABILITY_MS = 30000;

const DEFAULTS = { base: '/seshat', strings: {}, askName: false, name: '', headers: {} };

let instances = 0;

export class Chat {
  /** `host` gets the events; `mount`, with class `seshat`, gets the nodes. */
  constructor(host, mount, transport, options) {
    this.options = { ...DEFAULTS, ...options };
    this.host = host;
    this.mount = mount;
    mount.classList.add('seshat');
    for (const name of ['theme', 'side']) {
      if (this.options[name]) mount.setAttribute('data-' + name, this.options[name]);
    }
    const base = this.options.base;
    this.locale = this.options.locale || host.closest('[lang]')?.lang || undefined;
    this.say = speaker({ ...(this.options.title && { title: this.options.title }), ...this.options.strings });
    this.memory = memory(base);
    this.model = new Model();
    this.wire = new Wire(base, transport, this.options.headers);
    this.outbox = new Outbox(this.model, (message) => this.deliver(message), () => this.changed());
    this.poller = new Poller(() => this.ask(), () => this.pause());

    this.opened = false;
    /** talk | leave | left: what the window shows while there is no closed chat. */
    this.mode = 'talk';
    this.availability = '';
    this.askedAt = 0;
    this.failures = 0;
    this.heardAt = this.freshAt = 0;
    this.trouble = '';

    this.build();
    this.listen();
    this.resume();
  }

  build() {
    const id = `seshat-${++instances}-`;
    const { say } = this;
    this.panel = new Panel(this.mount, say, id, {
      toggle: () => this.toggle(),
      close: () => this.close(),
      end: () => this.askEnd(true),
      escape: () => (this.confirming ? this.askEnd(false) : this.close()),
    });
    this.log = new Log(say, this.locale, (key) => this.retry(key));
    this.typing = h('p', { class: 'seshat-typing' });
    this.typingText = h('span');
    this.typing.append(h('span', { class: 'seshat-dots', 'aria-hidden': 'true' }, h('i'), h('i'), h('i')), this.typingText);
    this.composer = composer(say, id, this.options.askName, {
      send: (text, name) => this.send(text, name),
      input: (text) => this.draft(text),
    });
    this.question = endQuestion(say, { end: () => this.end(), keep: () => this.askEnd(false) });
    this.farewell = farewell(say, this.wire.transcript, {
      rate: (value) => this.rate(value),
      again: () => this.again(),
      leave: () => this.leaveInstead(),
    });
    this.form = leaveForm(say, id, { leave: (message) => this.leave(message), again: () => this.setMode('leave') });
    this.panel.body(
      this.log.scroller,
      this.typing,
      this.log.jump,
      ...this.composer.nodes,
      this.question.node,
      this.farewell.node,
      ...this.form.nodes,
    );
  }

  listen() {
    this.ears = new AbortController();
    const on = (target, type, listener) => target.addEventListener(type, listener, { signal: this.ears.signal });
    on(document, 'visibilitychange', () => (document.hidden ? this.poller.retime() : this.wake()));
    on(window, 'focus', () => this.wake());
    on(window, 'online', () => this.online());
    on(window, 'offline', () => this.setTrouble('no_network'));
    on(window, 'storage', (event) => this.memory.owns(event) && this.changed());
    on(document, 'click', (event) => {
      const link = event.target.closest?.('[data-seshat-open]');
      if (!link) return;
      event.preventDefault();
      this.open();
    });
  }

  /** Takes up what an earlier page left. No request unless there is a chat, or the window was open. */
  resume() {
    const tab = this.memory.tab();
    this.model.outgoing = tab.outgoing || [];
    this.startKey = tab.startKey;
    this.name = tab.name || this.options.name;
    this.composer.set(tab.draft || '');
    this.changed();
    if (this.memory.browser().chat === 'open') this.poller.start();
    if (tab.open) this.open({ focus: false });
    if (this.model.outgoing.length) this.outbox.flush();
  }

  // What the page, the visitor and the faces may ask for.

  open({ focus = true } = {}) {
    if (!this.opened) {
      this.opened = true;
      this.panel.show();
      this.memory.keepTab({ open: true });
      this.emit('open');
      if (this.memory.browser().chat) this.poller.start();
      else if (!this.model.outgoing.length) this.askAvailability();
      this.changed(true);
    }
    if (focus) this.focus();
  }

  close() {
    if (!this.opened) return;
    this.opened = this.confirming = false;
    this.panel.hide();
    this.memory.keepTab({ open: false });
    this.emit('close');
    this.changed();
  }

  toggle() {
    if (this.opened) this.close();
    else this.open();
  }

  destroy() {
    this.poller.stop();
    this.asking?.abort();
    this.ears.abort();
    clearTimeout(this.typingTimer);
    this.setTitle(0);
    this.panel.destroy();
    this.mount.classList.remove('seshat');
    this.gone = true;
  }

  /** Where the next keystroke should go. On phones not into the composer: its keyboard would hide the chat. */
  focus() {
    if (this.model.state === 'closed' && this.mode === 'talk') this.farewell.focus();
    else if (this.panel.phone.matches) this.panel.title.focus();
    else if (this.mode === 'talk') this.composer.input.focus();
    else this.form.focus();
  }

  emit(name, detail) {
    this.host.dispatchEvent(new CustomEvent('seshat:' + name, { bubbles: true, detail }));
  }

  // Writing.

  send(text, name) {
    clearTimeout(this.typingTimer);
    this.typedAt = 0;
    if (name) this.name = name;
    this.memory.keepTab({ draft: '', name: this.name });
    this.follow = true;
    this.outbox.add(text);
  }

  /** Tries a failed message again; after the end of a chat it opens the next one. */
  retry(key) {
    if (this.model.state === 'closed') this.forget();
    this.outbox.retry(key);
    this.composer.input.focus();
  }

  async deliver(message) {
    const { model } = this;
    const after = model.cursor;
    const starting = !model.chat && !this.memory.browser().chat;
    if (starting && !this.startKey) this.startKey = newKey();
    this.keepOutgoing();
    const answer = starting
      ? await this.wire.start({
          key: this.startKey,
          text: message.text,
          name: this.name || undefined,
          email: this.options.email,
          fields: this.options.fields,
          page: location.href,
          locale: this.locale || navigator.language,
        })
      : await this.wire.send({ key: message.key, text: message.text, after });
    if (this.gone) return { verdict: 'done' };

    if (answer.ok) {
      this.heard();
      if (starting) {
        this.startKey = undefined;
        this.remember('open');
      }
      const { fresh, behind } = this.take(answer.data, starting ? 0 : after);
      this.poller.start();
      if (behind) this.poller.now();
      else this.poller.retime();
      // A chat that was there already (another tab's) has not got this text by being found.
      const said = answer.status === 201 || fresh.some((m) => m.from === 'visitor' && m.text === message.text);
      return { verdict: said ? 'done' : 'redo' };
    }
    const { status, delay } = answer;
    if (status === 401 && !starting) {
      this.forget();
      return { verdict: 'redo' };
    }
    if (status === 409) {
      this.remember('open');
      this.poller.start();
      this.poller.now();
    }
    if (status === 413) return { verdict: 'fail', why: 'too_long' };
    if (status === 0 || status === 429 || status >= 500) {
      this.setTrouble(status === 429 ? 'slow_down' : this.troubleOf(answer));
      return { verdict: 'again', delay };
    }
    this.report(answer);
    return { verdict: 'fail', why: 'refused' };
  }

  draft(text) {
    this.memory.keepTab({ draft: text });
    if (this.model.state !== 'open') return;
    clearTimeout(this.typingTimer);
    if (!text) return this.tellTyping(false);
    if (!(Date.now() - this.typedAt < TYPING_MS)) this.tellTyping(true);
    this.typingTimer = setTimeout(() => this.tellTyping(false), TYPING_MS * 1.5);
    return undefined;
  }

  tellTyping(typing) {
    if (!typing && !this.typedAt) return;
    this.typedAt = typing ? Date.now() : 0;
    this.wire.event({ type: 'typing', typing });
  }

  // Hearing.

  async ask() {
    const { model } = this;
    const after = model.cursor;
    const moving = model.state === 'waiting' || model.chat?.agent?.typing;
    const rev = moving && Date.now() - this.freshAt > FRESH_MS ? 0 : model.rev;
    const asked = Date.now();
    this.asking = this.wire.poll(after, rev, this.wait || 0);
    const answer = await this.asking;
    this.asking = null;
    this.quick = Date.now() - asked < 1000;
    if (this.gone) return;

    if (answer.status === 204) {
      this.heard();
    } else if (answer.ok && answer.data.chat) {
      this.heard();
      this.freshAt = Date.now();
      const { fresh, behind } = this.take(answer.data, after);
      this.more = behind || fresh.length >= 100;
    } else if (answer.status === 401) {
      this.heard();
      this.forget();
      if (this.opened && !model.outgoing.length) this.askAvailability();
    } else if (answer.status === 429 || answer.status === 0 || answer.status >= 500) {
      this.failures += 1;
      this.notBefore = Date.now() + answer.delay;
      if (this.failures > 1 || !navigator.onLine) this.setTrouble(this.troubleOf(answer));
    } else {
      this.poller.stop();
      this.report(answer);
    }
    this.changed();
  }

  /** Milliseconds to the next poll. */
  pause() {
    if (this.failures) {
      return Math.max(this.notBefore - Date.now(), backOff(this.failures, this.interval() * 2, 60000));
    }
    if (this.more) return 0;
    // A server that answers a long poll at once cannot hold it just now.
    if (this.wait && !this.quick) return 50;
    const idle = Date.now() - this.talkedAt > IDLE_MS || !this.opened;
    return Math.min(HIDDEN_MS, this.interval() * (document.hidden ? 10 : idle ? 3 : 1));
  }

  interval() {
    return (this.intervalS || INTERVAL_S) * 1000;
  }

  /** Takes in a state; tells page and screen reader what is new. */
  take(state, after) {
    const { model } = this;
    const before = model.state;
    const first = !before || before === 'none';
    const taken = model.apply(state, after);
    if (state.availability) this.availability = state.availability;
    this.intervalS = state.poll?.interval;
    this.wait = state.poll?.wait;
    for (const message of taken.fresh) {
      this.talkedAt = Date.now();
      if (first) continue;
      this.emit('message', message);
      if (message.from !== 'visitor') {
        const text = this.log.notice(message);
        this.panel.announce(message.from === 'agent' ? `${message.name}: ${text}` : text);
      }
    }
    if (model.state !== before) {
      this.emit('state', { state: model.state, reason: model.chat?.reason });
      if (model.state === 'closed') this.ended();
      else this.remember('open');
    }
    this.changed();
    return taken;
  }

  ended() {
    this.poller.stop();
    this.remember('closed');
    const focused = this.panel.dialog.contains(document.activeElement);
    this.confirming = false;
    if (this.opened && focused) setTimeout(() => this.focus());
  }

  /** An answer came: whatever stood in the way is over. */
  heard() {
    this.failures = 0;
    this.setTrouble('');
  }

  troubleOf(answer) {
    return answer.status === 0 && !navigator.onLine ? 'no_network' : 'trouble';
  }

  setTrouble(key) {
    if (key === this.trouble) return;
    this.trouble = key;
    this.changed();
  }

  /** What only the site's makers can mend. */
  report(answer) {
    const error = answer.data?.error || {};
    if (answer.status !== 409 && answer.status !== 422) this.setTrouble('unavailable');
    this.emit('error', { status: answer.status, ...error });
  }

  wake() {
    if (document.hidden) return;
    this.changed();
    if (!(this.failures && this.notBefore > Date.now())) this.poller.now();
  }

  online() {
    this.setTrouble('');
    this.failures = 0;
    this.asking?.abort();
    this.poller.now();
    this.outbox.retry(null, 'network');
  }

  // The ends and beginnings of chats.

  remember(chat) {
    this.memory.keepBrowser({ chat });
  }

  /** No chat any more: the next message starts one. */
  forget() {
    this.poller.stop();
    this.model.reset();
    this.more = false;
    this.memory.keepBrowser({ chat: undefined, seen: 0 });
  }

  again() {
    this.forget();
    this.setMode('talk');
    this.askAvailability();
    this.composer.input.focus();
  }

  askEnd(confirming) {
    this.confirming = confirming;
    this.changed();
    if (confirming) this.question.focus();
    else this.composer.input.focus();
  }

  async end() {
    const answer = await this.wire.event({ type: 'end' });
    this.confirming = false;
    if (!answer.ok && answer.status !== 409) this.setTrouble(this.troubleOf(answer));
    else if (answer.data?.chat) this.take(answer.data, answer.data.messages?.[0]?.seq - 1 || 0);
    this.changed();
    this.poller.now();
  }

  rate(value) {
    const { chat } = this.model;
    chat.rating = chat.rating === value ? 0 : value;
    this.changed();
    this.wire.event({ type: 'rate', rating: chat.rating });
  }

  // Nobody there.

  async askAvailability() {
    if (Date.now() - this.askedAt < AVAILABILITY_MS) return;
    this.askedAt = Date.now();
    const answer = await this.wire.availability();
    if (this.gone) return;
    if (answer.ok) {
      this.heard();
      this.availability = answer.data.availability;
      if (!this.model.chat) this.setMode(this.availability === 'offline' ? 'leave' : 'talk');
    } else {
      this.askedAt = 0;
      if (answer.status && answer.status < 500 && answer.status !== 429) this.report(answer);
      else this.setTrouble(this.troubleOf(answer));
    }
    this.changed();
  }

  setMode(mode) {
    if (mode === this.mode) return;
    const focused = this.panel.dialog.contains(document.activeElement);
    this.mode = mode;
    this.changed();
    if (focused && !(this.panel.phone.matches && mode === 'leave')) this.focus();
  }

  /** Nobody came: the words are there already, only the address is missing. */
  leaveInstead() {
    this.form.prefill(this.model.messages.filter((m) => m.from === 'visitor').map((m) => m.text).join('\n'));
    this.forget();
    this.setMode('leave');
  }

  async leave(message) {
    this.leaveKey ||= newKey();
    this.form.busy(true);
    const answer = await this.wire.leave({ key: this.leaveKey, page: location.href, ...message });
    this.form.busy(false);
    if (answer.ok) {
      this.leaveKey = undefined;
      this.heard();
      this.form.clear();
      this.form.problems({}, '');
      this.setMode('left');
      return;
    }
    const error = answer.data?.error;
    this.form.problems(error?.fields || {}, answer.status === 429 ? this.say('slow_down') : this.say('error_leave'));
  }

  // Showing.

  /** Whether the visitor is looking at the conversation right now. */
  get watching() {
    return this.opened && !document.hidden;
  }

  keepOutgoing() {
    const { outgoing } = this.model;
    this.memory.keepTab({ outgoing, startKey: this.startKey });
  }

  /** Something has changed: brings memory and page up to date. */
  changed(follow) {
    if (this.gone) return;
    const { model, say } = this;
    const { chat, state } = model;
    const agent = chat?.agent;
    this.keepOutgoing();
    const unread = this.countUnread();

    const talking = this.mode === 'talk';
    const closed = state === 'closed' && talking;
    const live = state === 'waiting' || state === 'open';
    const there = this.availability;
    let sub = there ? say(there) : say('connecting');
    let dot = there;
    if (closed) [sub, dot] = [say('closed'), 'offline'];
    else if (state === 'waiting') sub = say('waiting');
    else if (state === 'open') [sub, dot] = [say('online'), 'online'];
    const title = talking ? agent?.name || say('title') : say('leave');
    this.panel.render({
      title,
      initial: Array.from((talking && agent?.name) || say('title'))[0] || '',
      sub,
      dot,
      ending: live && talking && !this.confirming,
      banner: this.trouble ? say(this.trouble) : state === 'waiting' && there === 'offline' ? say('nobody') : '',
      unread,
    });

    this.log.scroller.hidden = !talking;
    this.log.jump.hidden ||= !talking;
    if (talking) this.log.render(this.rows(), follow || this.follow);
    this.follow = false;
    const types = talking && state === 'open' && agent?.typing;
    this.typing.hidden = !talking || closed;
    this.typing.classList.toggle('is-on', !!types);
    this.typingText.textContent = types ? say('typing', { name: agent.name }) : '';
    this.composer.render(talking && !closed && !this.confirming, state === 'none');
    this.question.node.hidden = !(talking && this.confirming && live);
    this.farewell.node.hidden = !closed;
    if (closed) this.farewell.render(!!agent, chat.rating);
    this.form.render(this.mode);
  }

  /** The conversation's rows with what only this page says: the greeting, the place in the queue. */
  rows() {
    const { model, say } = this;
    const rows = model.rows();
    const aside = (id, text) => ({ id, kind: 'system', text });
    if (!rows.length && !model.chat && this.availability) {
      rows.push(aside('greeting', say(this.availability === 'away' ? 'greeting_away' : 'greeting')));
    }
    if (model.state === 'waiting') {
      const { position } = model.chat;
      rows.push(aside('waiting', say('thanks_waiting') + (position ? ' ' + say('position', { n: position }) : '')));
    }
    return rows;
  }

  countUnread() {
    const { model } = this;
    let { seen = 0 } = this.memory.browser();
    if (this.watching && this.mode === 'talk' && model.unread(seen)) {
      seen = model.cursor;
      this.memory.keepBrowser({ seen });
      this.wire.event({ type: 'read', seq: seen });
    }
    const unread = model.unread(seen);
    if (unread !== this.unread) {
      this.unread = unread;
      this.setTitle(unread);
      this.emit('unread', { count: unread });
    }
    return unread;
  }

  setTitle(unread) {
    const bare = document.title.replace(/^\(\d+\) /, '');
    const title = unread ? `(${unread}) ${bare}` : bare;
    if (document.title !== title) document.title = title;
  }
}
