// All that is seen, as a function of the chat: `render` brings the page in line with what it is told. It asks
// nothing and decides nothing; what the visitor does goes to `on`.

import { h } from './dom.js';
import { createComposer, createFarewell, createLeaveForm, createQuestion } from './forms.js';
import { createLog } from './log.js';
import { createPanel } from './panel.js';

let instances = 0;

/** A system line in the page's words, or in the server's where the page has none. */
export function notice(say, message) {
  return (message.code && say('notice_' + message.code)) || message.text;
}

export function createView(mount, say, locale, askName, transcript, ears, on) {
  const id = `seshat-${++instances}-`;
  const log = createLog(say, locale, on.retry);
  const who = h('span');
  const typing = h('p', 'typing', h('span', { class: 'dots', 'aria-hidden': true }, h('i'), h('i'), h('i')), who);
  const composer = createComposer(say, id, askName, on);
  const question = createQuestion(say, on);
  const farewell = createFarewell(say, transcript, on);
  const form = createLeaveForm(say, id + 'leave-', on);
  const panel = createPanel(
    mount,
    say,
    id,
    [log.scroller, typing, log.jump, ...composer.nodes, question.node, farewell.node, ...form.nodes],
    ears,
    on,
  );

  /** The conversation's rows with what only this page says: the greeting, the place in the queue. */
  function rowsOf({ model, availability }) {
    const aside = (key, text) => ({ id: key, kind: 'system', text });
    const rows = model.rows();
    for (const row of rows) if (row.kind === 'system') row.text = notice(say, row);
    if (model.state === 'waiting') {
      const { position } = model.chat;
      rows.push(aside('waiting', say('thanks') + (position ? ' ' + say('position', { n: position }) : '')));
    } else if (!rows.length && availability) {
      rows.push(aside('greeting', say(availability === 'away' ? 'greeting_away' : 'greeting')));
    }
    return rows;
  }

  return {
    panel,
    composer,
    form,
    question,
    /**
     * Where the next keystroke should go. On phones not into the composer: its keyboard would hide the chat. At the
     * end of a chat not to a button: whoever is still typing would press it.
     */
    focus({ mode, model }) {
      if (panel.small() || (mode === 'talk' && model.state === 'closed')) panel.focus();
      else (mode === 'talk' ? composer : form).focus();
    },
    render(now) {
      const { model, mode, availability, confirming } = now;
      const { chat, state } = model;
      const agent = chat?.agent;
      const talking = mode === 'talk';
      const closed = talking && state === 'closed';
      const live = talking && (state === 'waiting' || state === 'open');
      const types = live && agent?.typing;
      const asking = live && confirming;

      panel.render({
        title: talking ? agent?.name || say('title') : say('leave'),
        initial: Array.from((talking && agent?.name) || say('title'))[0],
        sub: say(closed || live ? state : availability || 'connecting'),
        dot: closed ? 'offline' : live && state === 'open' ? 'online' : availability,
        ending: live && !confirming,
        banner: now.trouble ? say(now.trouble) : state === 'waiting' && availability === 'offline' ? say('nobody') : '',
        unread: now.unread,
      });
      log.scroller.hidden = !talking;
      if (talking) log.render(rowsOf(now), now.follow);
      else log.jump.hidden = true;
      typing.hidden = !talking || closed;
      typing.classList.toggle('is-on', !!types);
      who.textContent = types ? say('typing', agent) : '';
      composer.render(talking && !closed && !asking, state === 'none');
      question.node.hidden = !asking;
      farewell.node.hidden = !closed;
      if (closed) farewell.render(!!agent, chat.rating);
      form.render(mode);
    },
  };
}
