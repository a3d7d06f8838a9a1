// The calls of the HTTP contract. Knows addresses and bodies; how bytes travel is the transport's business.
//
// A transport is a function ({method, url, body, headers, timeout}) -> {done, abort}, where `done` is a promise
// that never rejects: {status, text, retryAfter}; status 0 means that no answer came.

/** Longer than any web server's own patience for one request. */
const TIMEOUT_MS = 20000;

/** The transport for pages without jQuery's $.ajax. */
export function fetchTransport({ method, url, body, headers, timeout }) {
  const control = new AbortController();
  const timer = setTimeout(() => control.abort(), timeout);
  const done = fetch(url, { method, body, headers, signal: control.signal, credentials: 'same-origin' })
    .then(async (answer) => ({
      status: answer.status,
      text: await answer.text(),
      retryAfter: answer.headers.get('Retry-After'),
    }))
    .catch(() => ({ status: 0 }))
    .finally(() => clearTimeout(timer));
  return { done, abort: () => control.abort() };
}

/** Retry-After in milliseconds; it may be seconds or a date (RFC 9110 §10.2.3). */
function delayOf(retryAfter) {
  if (!retryAfter) return 0;
  const ms = isNaN(retryAfter) ? Date.parse(retryAfter) - Date.now() : retryAfter * 1000;
  return Math.max(0, ms) || 0;
}

function understand({ status, text, retryAfter }) {
  let data = null;
  try {
    data = JSON.parse(text);
  } catch {
    // A success without JSON is somebody else's page (a proxy, a log-in form): no answer of ours.
    if (status >= 200 && status < 300 && status !== 204) status = 0;
  }
  return { status, ok: status >= 200 && status < 300, data, delay: delayOf(retryAfter) };
}

export class Wire {
  /** `headers` is an object or a function returning one, asked at each call (CSRF tokens change). */
  constructor(base, transport, headers) {
    this.base = base.replace(/\/+$/, '');
    this.transport = transport;
    this.headers = headers;
  }

  call(method, path, body, timeout = TIMEOUT_MS) {
    const headers = { Accept: 'application/json' };
    if (body) {
      Object.assign(headers, { 'Content-Type': 'application/json' }, forgeryTokens());
    }
    Object.assign(headers, typeof this.headers === 'function' ? this.headers() : this.headers);
    const { done, abort } = this.transport({
      method,
      url: this.base + path,
      headers,
      body: body && JSON.stringify(body),
      timeout,
    });
    const answer = done.then(understand);
    answer.abort = abort;
    return answer;
  }

  availability() {
    return this.call('GET', '/availability');
  }

  start(chat) {
    return this.call('POST', '/chats', chat);
  }

  send(message) {
    return this.call('POST', '/messages', message);
  }

  poll(after, rev, wait) {
    const query = `?after=${after}` + (rev ? `&rev=${rev}` : '') + (wait ? `&wait=${wait}` : '');
    return this.call('GET', '/poll' + query, null, TIMEOUT_MS + wait * 1000);
  }

  event(event) {
    return this.call('POST', '/events', event);
  }

  leave(message) {
    return this.call('POST', '/leave', message);
  }

  get transcript() {
    return this.base + '/transcript';
  }
}

/** What frameworks ask for beside the cookie: Rails, Laravel and Flask-WTF by a meta tag, Django by a cookie. */
function forgeryTokens() {
  const meta = document.querySelector('meta[name=csrf-token]');
  const cookie = /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie);
  const headers = {};
  if (meta) headers['X-CSRF-Token'] = meta.content;
  if (meta || cookie) headers['X-CSRFToken'] = meta ? meta.content : decodeURIComponent(cookie[1]);
  return headers;
}
