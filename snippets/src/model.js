// What the visitor's chat is: the server's messages, the ones still on their way, and the chat's state. Pure:
// no page, no network, no clock of its own.
//
// Answers may come out of order. Two numbers keep that harmless: a message counts once, by its `seq`; the rest
// of a state counts only if its `rev` is not behind what we have.

/** Lines further apart than this stand in groups of their own. */
const GROUP_GAP_MS = 5 * 60000;

export class Model {
  constructor() {
    /** Chats up to this number are history: late answers about them are dropped. */
    this.past = 0;
    /** Messages on their way, oldest first: {key, text, at, failed}. */
    this.outgoing = [];
    this.reset();
  }

  /** Forgets the chat, not what is on its way. */
  reset() {
    if (this.chat) this.past = this.chat.id;
    this.chat = null;
    this.rev = 0;
    this.messages = [];
    /** The last seq of an unbroken row from 1: the next poll asks for what comes after it. */
    this.cursor = 0;
  }

  get state() {
    return this.chat?.state || 'none';
  }

  /**
   * Takes in a state that was asked for with `after`. Returns the messages that are new, oldest first.
   */
  apply(state, after) {
    const { id } = state.chat;
    if (id <= this.past || id < this.chat?.id) return [];
    if (id > this.chat?.id) this.reset();
    if (state.rev >= this.rev) {
      this.chat = state.chat;
      this.rev = state.rev;
    }
    // An answer that begins beyond what we have (another tab started this chat) would leave a gap.
    if (after > this.cursor) return [];
    const fresh = (state.messages || []).filter((message) => message.seq > this.cursor);
    for (const message of fresh) {
      this.messages.push(message);
      this.cursor = message.seq;
      if (message.from === 'visitor' && message.key) this.sent(message.key);
    }
    return fresh;
  }

  /** Whether there are messages we have not got yet: one answer brings so many at most. */
  get behind() {
    return this.cursor < this.chat?.last_seq;
  }

  /** All that the visitor said. */
  said() {
    return this.messages
      .filter((message) => message.from === 'visitor')
      .map((message) => message.text)
      .join('\n');
  }

  /** A message is no longer on its way. */
  sent(key) {
    this.outgoing = this.outgoing.filter((message) => message.key !== key);
  }

  /** How many of the agent's lines lie after `seen`. */
  unread(seen) {
    return this.messages.filter((message) => message.from === 'agent' && message.seq > seen).length;
  }

  /** The rows of the conversation: days, system lines, and bubbles that know their place in a group. */
  rows() {
    const rows = [];
    let before;
    for (const { seq, key, from = 'visitor', name, text, code, at, failed } of [...this.messages, ...this.outgoing]) {
      const mine = from === 'visitor';
      const row = {
        // The key comes back with the message: what was on its way keeps its place on the page.
        id: (mine && key) || String(seq),
        key,
        kind: from === 'system' ? from : 'line',
        mine,
        name: from === 'agent' ? name : '',
        text,
        code,
        at: new Date(at),
        status: !mine ? '' : failed ? 'failed' : !seq ? 'pending' : seq <= this.chat.read ? 'seen' : 'sent',
        why: failed,
        first: true,
        last: true,
      };
      const day = row.at.toDateString();
      if (before?.at.toDateString() !== day) {
        rows.push({ id: day, kind: 'day', at: row.at });
      } else if (
        before.kind === row.kind &&
        before.mine === mine &&
        before.name === row.name &&
        row.at - before.at < GROUP_GAP_MS
      ) {
        row.first = before.last = false;
      }
      rows.push((before = row));
    }
    return rows;
  }
}
