// The foot of the panel: the composer, the question before the end, the farewell; and the form for messages
// left while nobody is there.

import { attribute, button, h, icon, write } from './dom.js';

/** As the server's limits (characters). */
const MAX_TEXT = 4000;
const MAX_NAME = 100;
const MAX_EMAIL = 254;

/** Complete enough to answer to; whether it exists only a mail can show. */
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@.]{2,}$/;

/** The line one writes in. `on.send(text, name)`, `on.draft(text)`. */
export function createComposer(say, id, askName, on) {
  const name = h('input', { id: id + 'name', maxlength: MAX_NAME, autocomplete: 'name' });
  const who = h('div', 'field seshat-pre', h('label', { for: name.id }, say('leave_name')), name);
  const input = h('textarea', {
    class: 'input',
    rows: 1,
    maxlength: MAX_TEXT,
    placeholder: say('placeholder'),
    'aria-label': say('message'),
    enterkeyhint: 'send',
    oninput() {
      refresh();
      on.draft(input.value);
    },
    onkeydown(event) {
      // Enter that ends an input method's composition belongs to the input method.
      if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) submit(event);
    },
  });
  const send = h('button', { type: 'submit', class: 'send', 'aria-label': say('send') }, icon('up'));
  const form = h('form', { class: 'compose', onsubmit: submit }, input, send);
  const grows = CSS.supports('field-sizing', 'content');

  function refresh() {
    attribute(send, 'aria-disabled', !input.value.trim());
    if (grows) return;
    input.style.height = 'auto';
    input.style.height = input.scrollHeight + 2 + 'px';
  }
  function set(text) {
    input.value = text;
    refresh();
  }
  function submit(event) {
    event.preventDefault();
    input.focus();
    const text = input.value.trim();
    if (!text) return;
    set('');
    on.send(text, name.value.trim());
  }

  return {
    nodes: [who, form],
    set,
    focus: () => input.focus(),
    render(visible, fresh) {
      form.hidden = !visible;
      who.hidden = !(visible && fresh && askName);
    },
  };
}

/** "End this chat?", in place of the composer. */
export function createQuestion(say, on) {
  const yes = button(say('end'), on.end);
  const node = h(
    'div',
    { class: 'end', role: 'group', 'aria-label': say('end_question') },
    h('p', 'ask', say('end_question')),
    h('div', 'row', button(say('keep'), on.keep, true), yes),
  );
  return { node, focus: () => yes.focus() };
}

/** What stands at the foot of a closed chat. */
export function createFarewell(say, transcript, on) {
  const [good, bad] = ['good', 'bad'].map((key, i) =>
    h('button', { 'aria-label': say(key), onclick: () => on.rate(i ? -1 : 1) }, icon(key)),
  );
  const rate = h('fieldset', 'rate', h('legend', null, say('rate')), good, bad);
  const leave = button(say('leave'), on.leaveInstead, true);
  const record = h('a', { class: 'btn is-quiet', href: transcript, download: '' }, say('transcript'));
  const again = button(say('new_chat'), on.again);
  return {
    node: h('div', 'end', rate, h('div', 'row', record, leave, again)),
    /** `answered`: somebody was there, so there is something to rate and to keep. */
    render(answered, value) {
      rate.hidden = record.hidden = !answered;
      leave.hidden = answered;
      attribute(good, 'aria-pressed', value === 1);
      attribute(bad, 'aria-pressed', value === -1);
    },
  };
}

/** The form for the time when nobody is there. `on.leave({name, email, text})`, `on.leaveMore()`. */
export function createLeaveForm(say, id, on) {
  const errors = {};
  let busy = false;

  const fields = {
    name: h('input', { autocomplete: 'name', maxlength: MAX_NAME }),
    email: h('input', { type: 'email', autocomplete: 'email', maxlength: MAX_EMAIL, required: true }),
    text: h('textarea', { maxlength: MAX_TEXT, required: true, placeholder: say('leave_placeholder') }),
  };
  const names = Object.keys(fields);
  const general = h('p', { class: 'error', role: 'alert' });
  const send = h('button', { type: 'submit', class: 'btn' }, say('leave_send'));
  const form = h(
    'form',
    { class: 'form', novalidate: true, onsubmit: submit },
    h('p', 'lead', say('leave_lead')),
    ...names.map(field),
    general,
    send,
  );
  const thanks = h('p', { tabindex: -1 }, say('left'));
  const done = h('div', 'form seshat-done', icon('check'), thanks, button(say('left_again'), on.leaveMore, true));

  function field(name) {
    const control = fields[name];
    control.id = id + name;
    control.oninput = () => tell(name);
    errors[name] = h('span', { class: 'error', id: id + name + '-error' });
    return h('div', 'field', h('label', { for: control.id }, say('leave_' + name)), control, errors[name]);
  }
  function tell(name, sentence) {
    write(errors[name], sentence || '');
    attribute(fields[name], 'aria-invalid', !!sentence);
    attribute(fields[name], 'aria-describedby', sentence ? errors[name].id : null);
  }
  /** Says what is wrong with which field, and goes to the first of them. */
  function complain(problems) {
    for (const name of names) tell(name, problems[name]);
    const first = names.find((name) => problems[name]);
    if (first) fields[first].focus();
    return first;
  }
  function submit(event) {
    event.preventDefault();
    if (busy) return;
    const [name, email, text] = names.map((name) => fields[name].value.trim());
    write(general, '');
    const wrong = complain({ email: !EMAIL.test(email) && say('error_email'), text: !text && say('error_text') });
    if (!wrong) on.leave({ name, email, text });
  }

  return {
    nodes: [form, done],
    focus: () => (done.hidden ? fields.name : thanks).focus(),
    prefill: (text) => (fields.text.value ||= text),
    clear: () => (fields.text.value = ''),
    busy(now) {
      busy = now;
      attribute(send, 'aria-disabled', now);
    },
    /** What the server says: of the fields, or else of the whole. */
    refused(problems, sentence) {
      if (!complain(problems)) write(general, sentence);
    },
    render(mode) {
      form.hidden = mode !== 'leave';
      done.hidden = mode !== 'left';
    },
  };
}
