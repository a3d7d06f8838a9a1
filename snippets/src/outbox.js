// Sends what the visitor wrote: one message at a time, in order, each under a key of its own, so that trying
// again can never say a thing twice.

/** Tries before a message shows "Try again". */
const TRIES = 3;

/** A key nobody can guess; `randomUUID` exists on https only. */
export function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Exponential back-off with jitter: a site that comes back is not met by everybody at once. */
export function backOff(failures, firstMs, mostMs) {
  return Math.min(mostMs, firstMs * 2 ** (failures - 1)) * (0.5 + Math.random() / 2);
}

export class Outbox {
  /**
   * `deliver(message)` sends one and answers {verdict, delay}: `done`; `again` (trying later may help, not
   * before `delay`); `redo` (at once, the way has changed); `fail` with `why`. `changed()` is called after each step.
   */
  constructor(model, deliver, changed) {
    this.model = model;
    this.deliver = deliver;
    this.changed = changed;
    this.busy = false;
  }

  add(text) {
    this.model.outgoing.push({ key: newKey(), text, at: new Date().toISOString(), failed: '' });
    this.changed();
    this.flush();
  }

  /** Puts failed messages back in the row: one by its key, or with `why` all that failed for that reason. */
  retry(key, why) {
    for (const message of this.model.outgoing) {
      if (message.key === key || (why && message.failed === why)) message.failed = '';
    }
    this.changed();
    this.flush();
  }

  async flush() {
    if (this.busy) return;
    this.busy = true;
    let failures = 0;
    for (;;) {
      const message = this.model.outgoing.find((waiting) => !waiting.failed);
      if (!message) break;
      const { verdict, why, delay } = await this.deliver(message);
      if (verdict === 'done') {
        this.model.sent(message.key);
        failures = 0;
      } else if (verdict === 'fail') {
        message.failed = why;
      } else if (verdict === 'again') {
        failures += 1;
        if (failures < TRIES) {
          await new Promise((wake) => setTimeout(wake, Math.max(delay, backOff(failures, 1500, 8000))));
        } else {
          // What stands behind it in the row must not overtake it.
          for (const waiting of this.model.outgoing) waiting.failed ||= 'network';
        }
      }
      this.changed();
    }
    this.busy = false;
  }
}
