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

/** `delay` is Retry-After in milliseconds; one given as a date leaves the pause to our own back-off. */
function understand({ status, text, retryAfter }) {
  let data;
  try {
    data = JSON.parse(text);
  } catch {
    // A success without JSON is somebody else's page (a proxy, a log-in form): no answer of ours.
    if (status < 400 && status !== 204) status = 0;
  }
  return { status, ok: status > 199 && status < 300, data, delay: retryAfter * 1000 || 0 };
}

/** `headers()`, if given, is asked at each call for more of them (tokens change). */
export function createWire(base, transport, headers) {
  /** The answer's promise, which never rejects, and can be told to `abort`. */
  function call(method, path, body, waitMs = 0) {
    const { done, abort } = transport({
      method,
      url: base + path,
      headers: {
        Accept: 'application/json',
        ...(body && { 'Content-Type': 'application/json', ...forgeryTokens() }),
        ...headers?.(),
      },
      body: body && JSON.stringify(body),
      timeout: TIMEOUT_MS + waitMs,
    });
    return Object.assign(done.then(understand), { abort });
  }
  const post = (path) => (body) => call('POST', path, body);

  return {
    availability: () => call('GET', '/availability'),
    poll: (after, rev, wait) =>
      call(
        'GET',
        `/poll?after=${after}${rev ? '&rev=' + rev : ''}${wait ? '&wait=' + wait : ''}`,
        undefined,
        wait * 1000,
      ),
    start: post('/chats'),
    send: post('/messages'),
    event: post('/events'),
    leave: post('/leave'),
    transcript: base + '/transcript',
  };
}

/** What frameworks ask for beside the cookie: Rails, Laravel and Flask-WTF by a meta tag, Django by a cookie. */
function forgeryTokens() {
  const meta = document.querySelector('meta[name=csrf-token]')?.content;
  const cookie = /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1];
  return { ...(meta && { 'X-CSRF-Token': meta }), ...(cookie && { 'X-CSRFToken': cookie }) };
}
