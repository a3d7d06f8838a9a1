// When to ask the server. Knows time, nothing else.

/**
 * `ask()` asks once and resolves when answered, with something true if asking again at once is no use; `pause()` says how long
 * to wait before the next time.
 */
export function createPoller(ask, pause) {
  let timer;
  let running = false;
  let busy = false;
  let again = false;

  /** Asks at once; while a question is under way, right after its answer. */
  async function now() {
    clearTimeout(timer);
    again = busy;
    if (!running || busy) return;
    busy = true;
    let calm;
    try {
      calm = await ask();
    } finally {
      busy = false;
      if (again && !calm) now();
      else retime();
    }
  }
  /** The reasons for the pause have changed: measure it anew. */
  function retime() {
    clearTimeout(timer);
    if (running && !busy) timer = setTimeout(now, pause());
  }

  return {
    now,
    retime,
    start() {
      if (running) return;
      running = true;
      now();
    },
    stop() {
      running = false;
      clearTimeout(timer);
    },
  };
}
