// The frame: launcher, window, its head, its banner, and the voice that reads new lines out.

import { h, icon, write } from './dom.js';

/** Here the window fills the screen and is modal; the stylesheet has the same condition. */
const PHONE = '(max-width:480px),(max-height:480px)';

export class Panel {
  /** `on`: toggle(), close(), end(), escape(). */
  constructor(mount, say, id, on) {
    this.mount = mount;
    this.say = say;
    this.on = on;
    this.avatar = h('span', { class: 'seshat-avatar', 'aria-hidden': 'true' });
    this.title = h('h2', { class: 'seshat-title', id: id + 'title', tabindex: -1 });
    this.dot = h('span', { class: 'seshat-dot' });
    this.sub = h('span');
    this.end = this.iconButton('cross', 'end', on.end);
    this.banner = h('p', { class: 'seshat-banner', role: 'status' });
    this.voice = h('p', { class: 'seshat-sr', role: 'status' });
    this.dialog = h(
      'dialog',
      { class: 'seshat-panel', id: id + 'panel', 'aria-labelledby': id + 'title' },
      h(
        'header',
        { class: 'seshat-head' },
        this.avatar,
        h('div', { class: 'seshat-who' }, this.title, h('p', { class: 'seshat-sub' }, this.dot, this.sub)),
        this.end,
        this.iconButton('down', 'close', on.close),
      ),
      this.banner,
      this.voice,
    );
    this.badge = h('span', { class: 'seshat-badge', 'aria-hidden': 'true' });
    this.launcher = h(
      'button',
      { type: 'button', class: 'seshat-launcher', 'aria-expanded': 'false', 'aria-controls': id + 'panel', onclick: on.toggle },
      icon('chat', 'seshat-i-chat'),
      icon('down', 'seshat-i-close'),
      this.badge,
    );
    this.outside = h('p', { class: 'seshat-sr', role: 'status' });
    this.dialog.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || event.isComposing) return;
      event.preventDefault();
      event.stopPropagation();
      on.escape();
    });
    // The system's own way back (Android's gesture) closes a modal dialog without a key.
    this.dialog.addEventListener('cancel', (event) => {
      event.preventDefault();
      on.close();
    });
    mount.replaceChildren(this.dialog, this.launcher, this.outside);

    this.phone = matchMedia(PHONE);
    this.refit = () => {
      if (!this.dialog.open) return;
      this.dialog.close();
      this.show();
    };
    this.phone.addEventListener('change', this.refit);
    this.fit = () => this.fitKeyboard();
    window.visualViewport?.addEventListener('resize', this.fit);
    window.visualViewport?.addEventListener('scroll', this.fit);
  }

  iconButton(name, key, onclick) {
    return h('button', { type: 'button', class: 'seshat-icon', 'aria-label': this.say(key), onclick }, icon(name));
  }

  body(...nodes) {
    this.dialog.append(...nodes);
  }

  show() {
    // `show()` would move the focus, also after a reload, when nobody asked for it.
    if (this.phone.matches) this.dialog.showModal();
    else this.dialog.setAttribute('open', '');
    this.launcher.setAttribute('aria-expanded', 'true');
    this.fitKeyboard();
  }

  hide() {
    const held = this.mount.getRootNode().activeElement;
    const inside = this.dialog.contains(held);
    this.dialog.close();
    this.launcher.setAttribute('aria-expanded', 'false');
    if (inside) this.launcher.focus();
  }

  /** On a phone the keyboard covers part of the window: keep the composer above it. */
  fitKeyboard() {
    const view = window.visualViewport;
    const covered = view && this.dialog.open && this.phone.matches && window.innerHeight - view.height > 80;
    this.dialog.toggleAttribute('data-vv', !!covered);
    if (!covered) return;
    this.dialog.style.setProperty('--seshat-vh', view.height + 'px');
    this.dialog.style.setProperty('--seshat-vtop', view.offsetTop + 'px');
  }

  render({ title, initial, sub, dot, ending, banner, unread }) {
    write(this.title, title);
    write(this.avatar, initial);
    write(this.sub, sub);
    this.dot.setAttribute('data-state', dot);
    this.dot.hidden = !dot;
    this.end.hidden = !ending;
    write(this.banner, banner);
    write(this.badge, unread > 9 ? '9+' : String(unread));
    this.badge.hidden = !unread;
    const label = this.say('open') + (unread ? ', ' + this.say(unread === 1 ? 'unread_one' : 'unread', { n: unread }) : '');
    if (this.launcher.getAttribute('aria-label') !== label) this.launcher.setAttribute('aria-label', label);
  }

  /** Reads `text` out: in the window while it is open (what is outside a modal one is silent), else beside it. */
  announce(text) {
    const [voice, other] = this.dialog.open ? [this.voice, this.outside] : [this.outside, this.voice];
    other.textContent = '';
    voice.textContent = text;
  }

  destroy() {
    this.phone.removeEventListener('change', this.refit);
    window.visualViewport?.removeEventListener('resize', this.fit);
    window.visualViewport?.removeEventListener('scroll', this.fit);
    if (this.dialog.open) this.dialog.close();
    this.mount.replaceChildren();
  }
}
