import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createWire } from '../src/wire.js';

globalThis.document = { querySelector: () => null, cookie: '' };

/** A wire whose requests are kept, and answered with the same answer each. */
function wire(answer, headers) {
  const requests = [];
  const transport = (request) => {
    requests.push(request);
    return { done: Promise.resolve(answer), abort: () => 'aborted' };
  };
  return { requests, wire: createWire('/shop/chat', transport, headers) };
}

test('polls name only what there is to name', async () => {
  const { requests, wire: it } = wire({ status: 204, text: '' });
  await it.poll(0, 0, 0);
  await it.poll(7, 9, 20);
  assert.deepEqual(
    requests.map((request) => request.url),
    ['/shop/chat/poll?after=0', '/shop/chat/poll?after=7&rev=9&wait=20'],
  );
  assert.ok(requests[1].timeout > 20000 + requests[0].timeout - 1);
});

test('an answer without content is a success without data', async () => {
  const answer = await wire({ status: 204, text: '' }).wire.poll(0, 0, 0);
  assert.deepEqual([answer.ok, answer.data], [true, undefined]);
});

test("somebody else's page is no answer", async () => {
  for (const status of [200, 201, 302]) {
    const answer = await wire({ status, text: '<h1>Log in</h1>' }).wire.availability();
    assert.deepEqual([answer.ok, answer.status], [false, 0]);
  }
  assert.equal((await wire({ status: 502, text: '<h1>Bad gateway</h1>' }).wire.availability()).status, 502);
});

test('Retry-After in seconds is obeyed, anything else is left to the back-off', async () => {
  for (const [retryAfter, delay] of [
    ['3', 3000],
    [null, 0],
    [undefined, 0],
    ['Mon, 23 Nov 2026 09:00:00 GMT', 0],
  ]) {
    assert.equal((await wire({ status: 503, text: '{}', retryAfter }).wire.availability()).delay, delay);
  }
});

test('writes are JSON and carry the tokens of the moment', async () => {
  let turn = 0;
  const { requests, wire: it } = wire({ status: 200, text: '{}' }, () => ({ 'X-Turn': String((turn += 1)) }));
  document.cookie = 'a=b; csrftoken=t0ken; c=d';
  await it.event({ type: 'end' });
  await it.availability();
  assert.equal(requests[0].body, '{"type":"end"}');
  assert.equal(requests[0].headers['Content-Type'], 'application/json');
  assert.equal(requests[0].headers['X-CSRFToken'], 't0ken');
  assert.equal(requests[1].headers['X-CSRFToken'], undefined);
  assert.deepEqual(
    requests.map((request) => request.headers['X-Turn']),
    ['1', '2'],
  );
});

test('a question that takes too long can be withdrawn', () => {
  assert.equal(wire({ status: 204 }).wire.poll(0, 0, 0).abort(), 'aborted');
});
