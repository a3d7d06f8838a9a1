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
    return this.chat ? this.chat.state : 'none';
  }

  /**
   * Takes in a state that was asked for with `after`. Returns the messages that are new, oldest first, and
   * `behind`: whether the answer leaves a gap, so that one must ask again.
   */
  apply(state, after) {
    const id = state.chat.id;
    if (id <= this.past) return { fresh: [], behind: false };
    if (this.chat && id !== this.chat.id) {
      if (id < this.chat.id) return { fresh: [], behind: false };
      this.reset();
    }
    if (state.rev >= this.rev) {
      this.chat = state.chat;
      this.rev = state.rev;
    }
    if (after > this.cursor) return { fresh: [], behind: true };
    const fresh = (state.messages || []).filter((message) => message.seq > this.cursor);
    for (const message of fresh) {
      this.messages.push(message);
      this.cursor = message.seq;
      if (message.from === 'visitor' && message.key) this.sent(message.key);
    }
    return { fresh, behind: false };
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
    const read = this.chat ? this.chat.read || 0 : 0;
    const lines = [
      ...this.messages.map((message) => ({
        id: message.from === 'visitor' && message.key ? message.key : message.seq,
        kind: message.from === 'system' ? 'system' : 'line',
        mine: message.from === 'visitor',
        name: message.from === 'agent' ? message.name : '',
        text: message.text,
        code: message.code,
        at: new Date(message.at),
        status: message.from === 'visitor' ? (message.seq <= read ? 'seen' : 'sent') : '',
      })),
      ...this.outgoing.map((message) => ({
        id: message.key,
        key: message.key,
        kind: 'line',
        mine: true,
        name: '',
        text: message.text,
        at: new Date(message.at),
        status: message.failed ? 'failed' : 'pending',
        why: message.failed,
      })),
    ];
    const rows = [];
    let before = null;
    for (const line of lines) {
      const day = line.at.toDateString();
      if (!before || before.at.toDateString() !== day) {
        rows.push({ id: 'day ' + day, kind: 'day', at: line.at });
        before = null;
      }
      const joins =
        before &&
        line.kind === 'line' &&
        before.kind === 'line' &&
        before.mine === line.mine &&
        before.name === line.name &&
        line.at - before.at < GROUP_GAP_MS;
      line.first = !joins;
      line.last = true;
      if (joins) before.last = false;
      rows.push(line);
      before = line;
    }
    return rows;
  }
}
