import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Model } from '../src/model.js';

const AT = '2026-11-22T09:14:00Z';
const line = (seq, from = 'agent', more) => ({ seq, from, text: `line ${seq}`, at: AT, name: 'Joe', ...more });
const state = (rev, messages, chat) => ({
  rev,
  messages,
  chat: { id: 1, state: 'open', read: 0, last_seq: 99, ...chat },
});
const seqs = (model) => model.messages.map((message) => message.seq);

test('a message counts once, whichever answer brings it', () => {
  const model = new Model();
  model.apply(state(2, [line(1), line(2)]), 0);
  assert.deepEqual(model.apply(state(3, [line(2), line(3)]), 1), [line(3)]);
  assert.deepEqual(model.apply(state(3, [line(1), line(2)]), 0), []);
  assert.deepEqual(seqs(model), [1, 2, 3]);
});

test('an older answer brings its messages but not its state', () => {
  const model = new Model();
  model.apply(state(9, [], { state: 'closed' }), 0);
  model.apply(state(4, [line(1)], { state: 'open' }), 0);
  assert.equal(model.state, 'closed');
  assert.deepEqual(seqs(model), [1]);
});

test('an answer that begins beyond what is there leaves no gap', () => {
  const model = new Model();
  assert.deepEqual(model.apply(state(5, [line(8)]), 7), []);
  assert.equal(model.cursor, 0);
  assert.equal(model.behind, true);
});

test('another chat replaces this one, and an earlier one never does', () => {
  const model = new Model();
  model.apply(state(5, [line(1)]), 0);
  model.apply(state(1, [line(1)], { id: 2 }), 0);
  assert.equal(model.chat.id, 2);
  model.apply(state(99, [line(1), line(2)], { id: 1 }), 0);
  assert.equal(model.chat.id, 2);
  assert.deepEqual(seqs(model), [1]);
});

test('a chat that was put away does not come back by a late answer', () => {
  const model = new Model();
  model.apply(state(5, [line(1)]), 0);
  model.reset();
  model.apply(state(6, [line(1)], { state: 'closed' }), 0);
  assert.equal(model.state, 'none');
});

test('what was on its way is on its way no more when it comes back', () => {
  const model = new Model();
  model.outgoing = [{ key: 'k', text: 'line 1', at: AT, failed: '' }];
  const [, before] = model.rows();
  assert.equal(before.status, 'pending');
  model.apply(state(2, [line(1, 'visitor', { key: 'k' })]), 0);
  const rows = model.rows();
  assert.equal(rows.length, 2);
  assert.equal(rows[1].id, before.id);
  assert.equal(rows[1].status, 'sent');
});

test("an agent's line under a visitor's key is a line of its own", () => {
  const model = new Model();
  model.outgoing = [{ key: 'k', text: 'mine', at: AT, failed: '' }];
  model.apply(state(2, [line(1, 'agent', { key: 'k' })]), 0);
  assert.equal(model.outgoing.length, 1);
});

test('lines are grouped by person, time and day', () => {
  const model = new Model();
  const at = (minute, day = 22) => ({ at: new Date(2026, 10, day, 10, minute).toISOString() });
  model.apply(
    state(9, [
      line(1, 'visitor', at(0)),
      line(2, 'visitor', at(1)),
      line(3, 'agent', at(1)),
      line(4, 'agent', { ...at(2), name: 'Ann' }),
      line(5, 'agent', { ...at(30), name: 'Ann' }),
      line(6, 'system', at(31)),
      line(7, 'agent', { ...at(31, 23), name: 'Ann' }),
    ]),
    0,
  );
  const shape = (row) =>
    row.kind === 'line' ? `${row.first ? '[' : ' '}${row.text}${row.last ? ']' : ' '}` : row.kind;
  assert.deepEqual(model.rows().map(shape), [
    'day',
    '[line 1 ',
    ' line 2]',
    '[line 3]',
    '[line 4]',
    '[line 5]',
    'system',
    'day',
    '[line 7]',
  ]);
});

test("only the agent's lines after what was seen are unread", () => {
  const model = new Model();
  model.apply(state(9, [line(1, 'visitor'), line(2, 'system'), line(3), line(4)]), 0);
  assert.equal(model.unread(0), 2);
  assert.equal(model.unread(3), 1);
});
