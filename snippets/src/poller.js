// When to ask the server. Knows time, nothing else.

export class Poller {
  /** `ask()` asks once and resolves when answered; `delay()` says how long to wait before the next time. */
  constructor(ask, delay) {
    this.ask = ask;
    this.delay = delay;
    this.running = false;
    this.busy = false;
  }

  start() {
    if (this.running) return;
    this.running = true;
    this.now();
  }

  stop() {
    this.running = false;
    clearTimeout(this.timer);
  }

  /** Asks at once; while a question is under way, right after its answer. */
  async now() {
    clearTimeout(this.timer);
    if (!this.running) return;
    if (this.busy) {
      this.again = true;
      return;
    }
    this.busy = true;
    this.again = false;
    await this.ask();
    this.busy = false;
    if (this.again) this.now();
    else this.retime();
  }

  /** The reasons for the pause have changed: measure it anew. */
  retime() {
    clearTimeout(this.timer);
    if (this.running && !this.busy) this.timer = setTimeout(() => this.now(), this.delay());
  }
}
