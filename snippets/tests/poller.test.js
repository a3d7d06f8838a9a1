import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { createPoller } from '../src/poller.js';

beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
afterEach(() => mock.timers.reset());

const settle = async () => {
  for (let n = 0; n < 10; n += 1) await Promise.resolve();
};

/** A poller whose questions are answered by hand. */
function poller() {
  const open = [];
  const it = { asked: 0, pause: 2000 };
  it.poller = createPoller(
    () => {
      it.asked += 1;
      return new Promise((resolve) => open.push(resolve));
    },
    () => it.pause,
  );
  it.answer = async (calm) => {
    open.shift()(calm);
    await settle();
  };
  return it;
}

test('one question at a time, and a pause after each answer', async () => {
  const it = poller();
  it.poller.start();
  it.poller.start();
  mock.timers.tick(10000);
  assert.equal(it.asked, 1);
  await it.answer();
  mock.timers.tick(1999);
  assert.equal(it.asked, 1);
  mock.timers.tick(1);
  assert.equal(it.asked, 2);
});

test('who asks while a question is under way gets another right after it', async () => {
  const it = poller();
  it.poller.start();
  it.poller.now();
  it.poller.now();
  assert.equal(it.asked, 1);
  await it.answer();
  assert.equal(it.asked, 2);
  await it.answer();
  assert.equal(it.asked, 2);
});

test('when asking again at once is no use, not even the impatient do', async () => {
  const it = poller();
  it.poller.start();
  it.poller.now();
  await it.answer(true);
  assert.equal(it.asked, 1);
  mock.timers.tick(2000);
  assert.equal(it.asked, 2);
});

test('a pause that has become longer or shorter counts at once', async () => {
  const it = poller();
  it.poller.start();
  await it.answer();
  it.pause = 20000;
  it.poller.retime();
  mock.timers.tick(19999);
  assert.equal(it.asked, 1);
  it.pause = 0;
  it.poller.retime();
  mock.timers.tick(1);
  assert.equal(it.asked, 2);
});

test('one that was stopped asks no more until it is started', async () => {
  const it = poller();
  it.poller.start();
  it.poller.stop();
  await it.answer();
  mock.timers.tick(60000);
  it.poller.now();
  assert.equal(it.asked, 1);
  it.poller.start();
  assert.equal(it.asked, 2);
});
