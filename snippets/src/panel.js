// The frame: launcher, window, its head, its banner, and the voice that reads new lines out.

import { attribute, h, icon, write } from './dom.js';

/** Here the window fills the screen and is modal; the stylesheet has the same condition. */
const PHONE = '(max-width:480px),(max-height:480px)';
/** A browser's own bars come and go within this height; a keyboard takes more. */
const KEYBOARD_PX = 80;

/** `on`: toggle(), close(), askEnd(), escape(). `body` are the nodes under the head; `ears` ends the listening. */
export function createPanel(mount, say, id, body, ears, on) {
  const iconButton = (name, key, onclick) =>
    h('button', { class: 'icon', 'aria-label': say(key), onclick }, icon(name));
  const phone = matchMedia(PHONE);
  const screen = window.visualViewport;

  const avatar = h('span', { class: 'avatar', 'aria-hidden': true });
  const title = h('h2', { class: 'title', id: id + 'title', tabindex: -1 });
  const dot = h('span', 'dot');
  const sub = h('span');
  const end = iconButton('cross', 'end', on.askEnd);
  const banner = h('p', { class: 'banner', role: 'status' });
  // What is outside a modal dialog is silent, and what is inside a closed one too: hence two.
  const [inside, outside] = [0, 1].map(() => h('p', { class: 'sr', role: 'status' }));
  const dialog = h(
    'dialog',
    {
      class: 'panel',
      'aria-labelledby': title.id,
      onkeydown(event) {
        if (event.key !== 'Escape' || event.isComposing) return;
        event.preventDefault();
        event.stopPropagation();
        on.escape();
      },
      // Android's way back closes a modal dialog without a key.
      onclose: () => dialog.open || on.close(),
    },
    h(
      'div',
      'head',
      avatar,
      h('div', 'who', title, h('p', 'sub', dot, sub)),
      end,
      iconButton('down', 'close', on.close),
    ),
    banner,
    inside,
    ...body,
  );
  const badge = h('span', { class: 'badge', 'aria-hidden': true });
  const launcher = h(
    'button',
    { class: 'launcher', 'aria-expanded': false, onclick: on.toggle },
    icon('chat'),
    icon('down'),
    badge,
  );

  function show() {
    // `show()` would move the focus, also after a reload, when nobody asked for it.
    if (phone.matches) dialog.showModal();
    else attribute(dialog, 'open', true);
    attribute(launcher, 'aria-expanded', true);
    fit();
  }
  function refit() {
    if (!dialog.open) return;
    dialog.close();
    show();
  }
  /** On a phone the keyboard covers part of the window: keep the composer above it. */
  function fit() {
    const covered = screen && dialog.open && phone.matches && innerHeight - screen.height > KEYBOARD_PX;
    attribute(dialog, 'data-vv', covered);
    if (!covered) return;
    dialog.style.setProperty('--seshat-vh', screen.height + 'px');
    dialog.style.setProperty('--seshat-vtop', screen.offsetTop + 'px');
  }

  mount.replaceChildren(dialog, launcher, outside);
  phone.addEventListener('change', refit, ears);
  screen?.addEventListener('resize', fit, ears);
  screen?.addEventListener('scroll', fit, ears);

  return {
    show,
    hide() {
      const held = dialog.contains(mount.getRootNode().activeElement);
      dialog.close();
      attribute(launcher, 'aria-expanded', false);
      if (held) launcher.focus();
    },
    small: () => phone.matches,
    focus: () => title.focus(),
    focused: () => dialog.contains(mount.getRootNode().activeElement),
    render(now) {
      write(title, now.title);
      write(avatar, now.initial);
      write(sub, now.sub);
      attribute(dot, 'data-state', now.dot);
      dot.hidden = !now.dot;
      end.hidden = !now.ending;
      write(banner, now.banner);
      write(badge, now.unread > 9 ? '9+' : String(now.unread));
      badge.hidden = !now.unread;
      const unread = now.unread ? ', ' + say('unread', { n: now.unread }) : '';
      attribute(launcher, 'aria-label', say('launcher') + unread);
    },
    /** Reads `text` out: in the window while it is open, else beside it. */
    announce(text) {
      (dialog.open ? inside : outside).replaceChildren(h('span', null, text));
    },
  };
}
