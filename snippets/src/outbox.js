// Sends what the visitor wrote: one message at a time, in order, each under a key of its own, so that trying
// again can never say a thing twice.

/** Tries before a message shows "Try again". */
const TRIES = 3;
/** Nobody watches "Sending…" for longer than this. */
const PATIENCE_MS = 30000;
/** What the server would replace, because XML cannot carry it. Replaced here, the text comes back as it went. */
const FORBIDDEN = /[\0-\x08\v\f\x0e-\x1f\ud800-\udfff\ufffe\uffff]/gu;

/** A key nobody can guess; `randomUUID` exists on https only. */
export function newKey() {
  return crypto.randomUUID
    ? crypto.randomUUID()
    : Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Exponential back-off with jitter: a site that comes back is not met by everybody at once. */
export function backOff(failures, firstMs, mostMs) {
  return Math.min(mostMs, firstMs * 2 ** (failures - 1)) * (0.5 + Math.random() / 2);
}

/**
 * `deliver(message)` sends one and answers {verdict, delay, why}: `done`; `again` (trying later may help, not before
 * `delay`); `redo` (at once, the way has changed); `fail` for `why`; `stop`. `changed()` is called after each step.
 */
export function createOutbox(model, deliver, changed) {
  let busy = false;

  async function flush() {
    if (busy) return;
    busy = true;
    let failures = 0;
    let message;
    while ((message = model.outgoing.find((waiting) => !waiting.failed))) {
      const { verdict, why, delay } = await deliver(message);
      if (verdict === 'stop') return;
      if (verdict === 'done') {
        model.sent(message.key);
        failures = 0;
      } else if (verdict === 'fail') {
        message.failed = why;
      } else if (verdict === 'again') {
        failures += 1;
        if (failures < TRIES && delay < PATIENCE_MS) {
          await new Promise((wake) => setTimeout(wake, Math.max(delay, backOff(failures, 1500, 8000))));
        } else {
          // What stands behind it in the row must not overtake it.
          for (const waiting of model.outgoing) waiting.failed ||= 'network';
        }
      }
      changed();
    }
    busy = false;
  }

  return {
    flush,
    add(text) {
      model.outgoing.push({
        key: newKey(),
        text: text.replace(FORBIDDEN, '\ufffd'),
        at: new Date().toISOString(),
        failed: '',
      });
      changed();
      flush();
    },
    /** Puts failed messages back in the row: one by its key, or all that failed for the reason `why`. */
    retry(key, why) {
      for (const message of model.outgoing) {
        if (message.key === key || message.failed === why) message.failed = '';
      }
      changed();
      flush();
    },
  };
}
