// The conductor: owns one visitor's chat and brings wire, model, outbox, poller, memory and view together.
// It knows no jQuery and no custom element; both faces only create it.

import { memory } from './memory.js';
import { Model } from './model.js';
import { backOff, createOutbox, newKey } from './outbox.js';
import { createPoller } from './poller.js';
import { speaker } from './strings.js';
import { createView, notice } from './view.js';
import { createWire } from './wire.js';

/** Pauses between polls unless the server names its own. */
const INTERVAL_S = 2;
/** The longest pause of a page that is hidden. */
const HIDDEN_MS = 20000;
/** A conversation is idle when nothing new has come for this long; polls then grow rarer. */
const IDLE_MS = 120000;
/** The longest pause between failed polls. */
const FAILING_MS = 60000;
/** "Typing" is said at most so often; the server forgets it after 10 s. */
const TYPING_MS = 4000;
/** What time alone changes (someone stops typing, the queue moves) is asked for afresh this often. */
const FRESH_MS = 8000;
/** An answer about who is there is good for so long. */
const AVAILABILITY_MS = 30000;

/** `host` gets the events; `mount` gets the class `seshat` and the nodes. */
export function createChat(host, mount, transport, options) {
  const base = (options.base || '/seshat').replace(/\/+$/, '');
  const say = speaker(options);
  const locale = options.locale || localeOf(host);
  const model = new Model();
  const store = memory(base);
  const wire = createWire(base, transport, options.headers);
  const outbox = createOutbox(model, deliver, keep);
  const poller = createPoller(ask, pause);
  // Given to addEventListener, an AbortController brings its own `signal`.
  const ears = new AbortController();

  let opened = false;
  let gone = false;
  /** talk | leave | left: what the window shows. */
  let mode = 'talk';
  let availability = '';
  let confirming = false;
  let unread = 0;
  /** The key of the sentence in the banner. */
  let trouble = '';
  let failures = 0;
  let notBefore = 0;
  let heardAt = 0;
  let freshAt = 0;
  let talkedAt = 0;
  let askedAt = 0;
  let asked;
  let typedAt = 0;
  let typingTimer;
  let asking;
  let quick = false;
  let server = {};
  let { startKey, name = options.name, draft = '', open: wasOpen, outgoing = [] } = store.tab();
  let leaveKey;

  const view = createView(mount, say, locale, options.askName, wire.transcript, ears, {
    toggle,
    close,
    askEnd: () => askEnd(true),
    keep: () => askEnd(false),
    escape: () => (confirming ? askEnd(false) : close()),
    retry,
    send,
    draft: drafted,
    end,
    rate,
    again,
    leaveInstead,
    leave,
    leaveMore: () => setMode('leave'),
  });
  const { panel, composer, form } = view;

  // What the visitor, the page and the faces may ask for.

  function open(quiet) {
    if (!opened) {
      opened = true;
      panel.show();
      store.keepTab({ open: true });
      emit('open');
      if (store.browser().chat) poller.start();
      else if (!model.outgoing.length) askAvailability();
      render(true);
    }
    if (quiet !== true) focus();
  }

  function close() {
    if (!opened) return;
    opened = confirming = false;
    panel.hide();
    store.keepTab({ open: false });
    emit('close');
    render();
  }

  /** Opens the window and, unless there is one, begins a chat before anything is said. */
  async function start() {
    if (model.state === 'closed' || store.browser().chat === 'closed') forget();
    open();
    if (model.outgoing.length || store.browser().chat) return;
    await askAvailability();
    if (availability && mode === 'talk' && !model.chat) deliver({});
  }

  function toggle() {
    if (opened) close();
    else open();
  }

  function destroy() {
    gone = true;
    poller.stop();
    asking?.abort();
    ears.abort();
    clearTimeout(typingTimer);
    setTitle(0);
    mount.replaceChildren();
    mount.classList.remove('seshat');
  }

  function focus() {
    view.focus({ mode, model });
  }

  function emit(event, detail) {
    host.dispatchEvent(new CustomEvent('seshat:' + event, { bubbles: true, detail }));
  }

  // Writing.

  function send(text, ownName) {
    clearTimeout(typingTimer);
    typedAt = 0;
    name = ownName || name;
    store.keepTab({ draft: '', name });
    outbox.add(text);
    render(true);
  }

  /** Tries a failed message again; after the end of a chat it opens the next one. */
  function retry(key) {
    if (model.state === 'closed') forget();
    outbox.retry(key);
    composer.focus();
  }

  async function deliver(message) {
    const after = model.cursor;
    const starting = !model.chat && store.browser().chat !== 'open';
    if (starting) startKey ||= newKey();
    keep();
    const { text, key } = message;
    const answer = await (starting
      ? wire.start({
          key: startKey,
          text,
          name,
          email: options.email,
          fields: options.fields,
          page: location.href,
          locale: locale || navigator.language,
        })
      : wire.send({ key, text, after }));
    if (gone) return { verdict: 'stop' };
    const { status, delay } = answer;

    if (answer.ok) {
      heard();
      if (starting) startKey = undefined;
      const fresh = take(answer.data, starting ? 0 : after);
      poller.start();
      poller.retime();
      // A chat that was there already (another tab's) has not got this text by being found.
      const said = status === 201 || fresh.some((line) => line.from === 'visitor' && line.text === text);
      return { verdict: said ? 'done' : 'redo' };
    }
    if (status === 401 && !starting) {
      forget();
      return { verdict: 'redo' };
    }
    if (status === 409) {
      poller.start();
      poller.now();
    }
    if (status === 413) return { verdict: 'fail', why: 'too_long' };
    if (passing(answer)) {
      setTrouble(status === 429 ? 'slow_down' : undefined);
      return { verdict: 'again', delay };
    }
    report(answer);
    return { verdict: 'fail', why: 'refused' };
  }

  /** Keeps what is on its way, and shows it. */
  function keep() {
    store.keepTab({ outgoing: model.outgoing, startKey });
    render();
  }

  function drafted(text) {
    store.keepTab({ draft: text });
    if (model.state !== 'open') return;
    clearTimeout(typingTimer);
    if (!text) tellTyping(false);
    else {
      if (Date.now() - typedAt > TYPING_MS) tellTyping(true);
      typingTimer = setTimeout(tellTyping, TYPING_MS, false);
    }
  }

  function tellTyping(on) {
    if (!on && !typedAt) return;
    typedAt = on ? Date.now() : 0;
    wire.event({ type: 'typing', on });
  }

  // Hearing.

  async function ask() {
    const after = model.cursor;
    const moving = model.state === 'waiting' || model.chat?.agent?.typing;
    const asked = Date.now();
    const question = wire.poll(after, moving && asked - freshAt > FRESH_MS ? 0 : model.rev, server.wait || 0);
    asking = question;
    const answer = await question;
    quick = !answer.data && Date.now() - asked < 1000;
    if (gone || asking !== question) return 0;

    if (answer.ok) {
      heard();
      if (answer.data) {
        freshAt = Date.now();
        take(answer.data, after);
      }
    } else if (answer.status === 401) {
      forget();
      if (opened && !model.outgoing.length) askAvailability();
      render();
    } else if (passing(answer)) {
      failures += 1;
      notBefore = Date.now() + answer.delay;
      if (failures > 1 || !navigator.onLine) setTrouble();
    } else {
      poller.stop();
      report(answer);
    }
    return failures;
  }

  /** Milliseconds to the next poll. */
  function pause() {
    const interval = (server.interval || INTERVAL_S) * 1000;
    if (failures) return Math.max(notBefore - Date.now(), backOff(failures, interval * 2, FAILING_MS));
    // A server that answers a long poll at once, and with nothing, cannot hold it just now.
    if (model.behind || (server.wait && !quick)) return 50;
    const idle = !opened || (talkedAt && Date.now() - talkedAt > IDLE_MS);
    return Math.min(HIDDEN_MS, interval * (document.hidden ? 10 : idle ? 3 : 1));
  }

  /** Takes in a state that was asked for with `after`; tells page and screen reader what is new. */
  function take(state, after) {
    const before = model.state;
    const fresh = model.apply(state, after);
    availability = state.availability;
    server = state.poll || {};
    if (fresh.length) talkedAt = Date.now();
    // What a page finds when it begins is history, no news.
    if (before !== 'none') {
      for (const line of fresh) emit('message', line);
      const heardNow = fresh.filter((line) => line.from !== 'visitor');
      if (heardNow.length) {
        panel.announce(
          heardNow.map((line) => (line.from === 'agent' ? line.name + ': ' + line.text : notice(say, line))).join('\n'),
        );
      }
    }
    if (model.state !== before) {
      const closed = model.state === 'closed';
      store.keepBrowser({ chat: closed ? 'closed' : 'open' });
      emit('state', model.chat);
      if (closed) {
        const held = panel.focused();
        poller.stop();
        confirming = false;
        render();
        if (held) focus();
      }
    }
    render();
    return fresh;
  }

  /** No answer, too much, or the server's own trouble: it may be better next time. */
  function passing({ status }) {
    return !status || status === 429 || status >= 500;
  }

  function setTrouble(key = navigator.onLine ? 'trouble' : 'no_network') {
    trouble = key;
    render();
  }

  /** An answer came: whatever stood in the way is over. */
  function heard() {
    heardAt = Date.now();
    failures = 0;
    if (trouble) setTrouble('');
  }

  /** What only the site's makers can mend. */
  function report({ status, data }) {
    if (status !== 409 && status !== 422) setTrouble('unavailable');
    emit('error', { status, ...data?.error });
  }

  function wake() {
    if (document.hidden) return poller.retime();
    render();
    // Coming back is both a focus and a change of visibility: once is enough.
    if (Date.now() > Math.max(notBefore, heardAt + 500)) poller.now();
    return undefined;
  }

  function online() {
    heard();
    asking?.abort();
    asking = null;
    poller.now();
    outbox.retry(null, 'network');
  }

  // The ends and beginnings of chats.

  /** No chat any more: the next message starts one. */
  function forget() {
    poller.stop();
    model.reset();
    askedAt = 0;
    store.keepBrowser({ chat: undefined, seen: 0 });
  }

  function again() {
    forget();
    setMode('talk');
    askAvailability();
    render();
    composer.focus();
  }

  function askEnd(now) {
    confirming = now;
    render();
    (now ? view.question : composer).focus();
  }

  async function end() {
    const after = model.cursor;
    const answer = await wire.event({ type: 'end', after });
    confirming = false;
    if (answer.ok) take(answer.data, after);
    else {
      setTrouble();
      poller.now();
    }
  }

  function rate(rating) {
    const { chat } = model;
    chat.rating = chat.rating === rating ? 0 : rating;
    render();
    wire.event({ type: 'rate', rating: chat.rating });
  }

  // Nobody there.

  function askAvailability() {
    if (Date.now() - askedAt > AVAILABILITY_MS) {
      askedAt = Date.now();
      asked = learnAvailability();
    }
    return asked;
  }

  async function learnAvailability() {
    const answer = await wire.availability();
    if (gone) return;
    if (answer.ok) {
      heard();
      ({ availability } = answer.data);
      if (!model.chat) setMode(availability === 'offline' ? 'leave' : 'talk');
      render();
    } else {
      askedAt = 0;
      if (passing(answer)) setTrouble();
      else report(answer);
    }
  }

  function setMode(next) {
    if (next === mode) return;
    const held = panel.focused();
    mode = next;
    render();
    if (held) focus();
  }

  /** Nobody came: the words are there already, only the address is missing. */
  function leaveInstead() {
    form.prefill(model.said());
    forget();
    setMode('leave');
  }

  async function leave(message) {
    leaveKey ||= newKey();
    form.busy(true);
    const answer = await wire.leave({ key: leaveKey, page: location.href, ...message });
    form.busy(false);
    if (answer.ok) {
      leaveKey = '';
      heard();
      form.clear();
      setMode('left');
    } else {
      form.refused(answer.data?.error?.fields || {}, say(answer.status === 429 ? 'slow_down' : 'error_leave'));
    }
  }

  // Showing.

  /** Brings the page in line with the chat. */
  function render(follow) {
    if (gone) return;
    countUnread();
    view.render({ model, mode, availability, confirming, trouble, unread, follow });
  }

  function countUnread() {
    let { seen = 0 } = store.browser();
    if (opened && !document.hidden && mode === 'talk' && model.unread(seen)) {
      seen = model.cursor;
      store.keepBrowser({ seen });
      wire.event({ type: 'read', seq: seen });
    }
    const count = model.unread(seen);
    if (count === unread) return;
    unread = count;
    setTitle(count);
    emit('unread', { count });
  }

  function setTitle(count) {
    const bare = document.title.replace(/^\(\d+\) /, '');
    document.title = count ? `(${count}) ${bare}` : bare;
  }

  mount.classList.add('seshat');
  for (const key of ['theme', 'side']) {
    if (options[key]) mount.dataset[key] = options[key];
  }
  for (const [target, type, listener] of [
    [document, 'visibilitychange', wake],
    [window, 'focus', wake],
    [window, 'online', online],
    [window, 'offline', () => setTrouble()],
    [window, 'storage', (event) => store.owns(event) && render()],
    [
      document,
      'click',
      (event) => {
        if (!event.target.closest?.('[data-seshat-start]')) return;
        event.preventDefault();
        start();
      },
    ],
  ]) {
    target.addEventListener(type, listener, ears);
  }

  // Take up what an earlier page left. No request unless there is a chat, or the window was open.
  model.outgoing = outgoing;
  composer.set(draft);
  render();
  if (store.browser().chat === 'open') poller.start();
  if (wasOpen) open(true);
  outbox.flush();

  return { open, start, close, toggle, destroy };
}

/** The page's language in the visitor's own variety: "en" read by someone from Britain is "en-GB". */
function localeOf(element) {
  const lang = element.closest('[lang]')?.lang || navigator.language;
  return navigator.languages.find((own) => own.split('-')[0] === lang) || lang;
}
