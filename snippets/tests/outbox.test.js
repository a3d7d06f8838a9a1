import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { Model } from '../src/model.js';
import { backOff, createOutbox, newKey } from '../src/outbox.js';

/** An outbox whose server answers as told; `sent` is what it was given. */
function outbox(...verdicts) {
  const model = new Model();
  const sent = [];
  const box = createOutbox(
    model,
    async (message) => {
      sent.push({ ...message });
      const verdict = verdicts.shift() ?? 'done';
      return typeof verdict === 'string' ? { verdict, delay: 0, why: 'refused' } : verdict;
    },
    () => {},
  );
  return { model, box, sent, texts: () => sent.map((message) => message.text) };
}

const settle = async (ms = 0) => {
  for (let n = 0; n < 20; n += 1) await Promise.resolve();
  if (ms) mock.timers.tick(ms);
  for (let n = 0; n < 20; n += 1) await Promise.resolve();
};

test('messages go out one after another, in order', async () => {
  const { box, texts, model } = outbox();
  box.add('one');
  box.add('two');
  await settle();
  assert.deepEqual(texts(), ['one', 'two']);
  assert.deepEqual(model.outgoing, []);
});

test('a message is tried again under the same key, then given up with all behind it', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const { box, sent, model } = outbox('again', 'again', 'again');
  box.add('one');
  box.add('two');
  await settle(10000);
  await settle(10000);
  assert.equal(sent.length, 3);
  assert.equal(new Set(sent.map((message) => message.key)).size, 1);
  assert.deepEqual(
    model.outgoing.map((message) => message.failed),
    ['network', 'network'],
  );
  box.retry(null, 'network');
  await settle();
  assert.deepEqual(
    sent.slice(3).map((message) => message.text),
    ['one', 'two'],
  );
  assert.equal(sent[3].key, sent[0].key);
  mock.timers.reset();
});

test('a pause that is too long to watch is not waited for', async () => {
  const { box, sent, model } = outbox({ verdict: 'again', delay: 120000 });
  box.add('one');
  await settle();
  assert.equal(sent.length, 1);
  assert.equal(model.outgoing[0].failed, 'network');
});

test('a refused message does not hold up the next', async () => {
  const { box, texts, model } = outbox('fail');
  box.add('one');
  box.add('two');
  await settle();
  assert.deepEqual(texts(), ['one', 'two']);
  assert.deepEqual(
    model.outgoing.map((message) => [message.text, message.failed]),
    [['one', 'refused']],
  );
});

test('a message is sent anew at once when the way has changed', async () => {
  const { box, texts } = outbox('redo');
  box.add('one');
  await settle();
  assert.deepEqual(texts(), ['one', 'one']);
});

test('what XML cannot carry is replaced, whole characters are not', async () => {
  const { box, texts } = outbox();
  box.add('a\u0000b\ud800c\uffff 😀\n\t');
  await settle();
  assert.deepEqual(texts(), ['a\ufffdb\ufffdc\ufffd 😀\n\t']);
});

test('keys are long, plain and different', () => {
  const keys = new Set(Array.from({ length: 1000 }, newKey));
  assert.equal(keys.size, 1000);
  for (const key of keys) assert.match(key, /^[\w-]{32,64}$/);
});

test('keys need no secure context', () => {
  const { randomUUID } = crypto;
  try {
    Object.defineProperty(crypto, 'randomUUID', { value: undefined, configurable: true });
    assert.match(newKey(), /^[0-9a-f]{32}$/);
  } finally {
    Object.defineProperty(crypto, 'randomUUID', { value: randomUUID, configurable: true });
  }
});

test('pauses double, stay within their bounds and differ', () => {
  for (const [failures, most] of [
    [1, 1000],
    [2, 2000],
    [3, 4000],
    [9, 60000],
    [99, 60000],
  ]) {
    const pauses = Array.from({ length: 50 }, () => backOff(failures, 1000, 60000));
    assert.ok(Math.min(...pauses) >= most / 2 && Math.max(...pauses) <= most);
    assert.ok(new Set(pauses).size > 40);
  }
});
