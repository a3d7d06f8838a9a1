// The foot of the panel: the composer, the question before the end, the farewell; and the form for messages
// left while nobody is there.

import { h, icon, write } from './dom.js';

/** As the server's limits (characters). */
const MAX_TEXT = 4000;
const MAX_NAME = 100;
const MAX_EMAIL = 254;

/** The line one writes in. `on.send(text, name)`, `on.input(text)`. */
export function composer(say, id, askName, on) {
  const input = h('textarea', {
    class: 'seshat-input',
    rows: 1,
    maxlength: MAX_TEXT,
    placeholder: say('placeholder'),
    'aria-label': say('message'),
    enterkeyhint: 'send',
    oninput: () => {
      refresh();
      on.input(input.value);
    },
    onkeydown: (event) => {
      // Enter that ends an input method's composition belongs to the input method.
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      submit();
    },
  });
  const button = h('button', { type: 'submit', class: 'seshat-send', 'aria-label': say('send') }, icon('up'));
  const name = h('input', { id: id + 'name', maxlength: MAX_NAME, autocomplete: 'name' });
  const who = h(
    'div',
    { class: 'seshat-field seshat-pre', hidden: true },
    h('label', { for: id + 'name' }, say('your_name')),
    name,
  );
  const form = h(
    'form',
    {
      class: 'seshat-compose',
      novalidate: true,
      onsubmit: (event) => {
        event.preventDefault();
        submit();
      },
    },
    input,
    button,
  );
  const grows = window.CSS && CSS.supports('field-sizing', 'content');

  function refresh() {
    button.setAttribute('aria-disabled', String(!input.value.trim()));
    if (!grows) {
      input.style.height = 'auto';
      input.style.height = input.scrollHeight + 2 + 'px';
    }
  }
  function submit() {
    const text = input.value.trim();
    input.focus();
    if (!text) return;
    input.value = '';
    refresh();
    on.send(text, name.value.trim());
  }

  refresh();
  return {
    nodes: [who, form],
    input,
    set(text) {
      input.value = text;
      refresh();
    },
    render(visible, fresh) {
      form.hidden = !visible;
      who.hidden = !(visible && fresh && askName);
    },
  };
}

/** "End this chat?", in place of the composer. */
export function endQuestion(say, on) {
  const yes = h('button', { type: 'button', class: 'seshat-btn', onclick: on.end }, say('end'));
  const node = h(
    'div',
    { class: 'seshat-end', role: 'group', 'aria-label': say('end_question'), hidden: true },
    h('p', { class: 'seshat-ask' }, say('end_question')),
    h(
      'div',
      { class: 'seshat-row' },
      h('button', { type: 'button', class: 'seshat-btn is-quiet', onclick: on.keep }, say('keep')),
      yes,
    ),
  );
  return { node, focus: () => yes.focus() };
}

/** What stands at the foot of a closed chat. */
export function farewell(say, transcript, on) {
  const rating = (value, key) =>
    h(
      'button',
      { type: 'button', 'aria-label': say(key), 'data-value': value, onclick: () => on.rate(value) },
      icon(key),
    );
  const good = rating(1, 'good');
  const bad = rating(-1, 'bad');
  const rate = h('fieldset', { class: 'seshat-rate' }, h('legend', null, say('rate')), good, bad);
  const leave = h('button', { type: 'button', class: 'seshat-btn is-quiet', onclick: on.leave }, say('leave'));
  const record = h('a', { class: 'seshat-btn is-quiet', href: transcript, download: '' }, say('transcript'));
  const again = h('button', { type: 'button', class: 'seshat-btn', onclick: on.again }, say('new_chat'));
  const node = h('div', { class: 'seshat-end', hidden: true }, rate, h('div', { class: 'seshat-row' }, record, leave, again));
  return {
    node,
    focus: () => again.focus(),
    /** `answered`: somebody was there, so there is something to rate and to keep. */
    render(answered, value) {
      rate.hidden = record.hidden = !answered;
      leave.hidden = answered;
      good.setAttribute('aria-pressed', String(value === 1));
      bad.setAttribute('aria-pressed', String(value === -1));
    },
  };
}

/** The form for the time when nobody is there. `on.leave({name, email, text})`, `on.again()`. */
export function leaveForm(say, id, on) {
  const fields = {};
  const errors = {};

  function field(name, control) {
    const error = h('span', { class: 'seshat-error', id: id + name + '-error' });
    fields[name] = control;
    errors[name] = error;
    control.id = id + name;
    control.addEventListener('input', () => tell(name, ''));
    return h('div', { class: 'seshat-field' }, h('label', { for: control.id }, say('leave_' + name)), control, error);
  }
  function tell(name, sentence) {
    write(errors[name], sentence);
    for (const [attribute, value] of [['aria-invalid', 'true'], ['aria-describedby', errors[name].id]]) {
      if (sentence) fields[name].setAttribute(attribute, value);
      else fields[name].removeAttribute(attribute);
    }
  }
  function show(problems) {
    let first = null;
    for (const name of Object.keys(fields)) {
      tell(name, problems[name] || '');
      if (problems[name]) first ||= fields[name];
    }
    if (first) first.focus();
    return !first;
  }
  function submit(event) {
    event.preventDefault();
    const value = (name) => fields[name].value.trim();
    const complete = show({
      email: /^[^\s@]+@[^\s@]+\.[^\s@.]{2,}$/.test(value('email')) ? '' : say('error_email'),
      text: value('text') ? '' : say('error_text'),
    });
    if (complete && !busy) on.leave({ name: value('name'), email: value('email'), text: value('text') });
  }

  let busy = false;
  const general = h('p', { class: 'seshat-error', role: 'alert' });
  const button = h('button', { class: 'seshat-btn' }, say('leave_send'));
  const form = h(
    'form',
    { class: 'seshat-form', novalidate: true, onsubmit: submit, hidden: true },
    h('p', { class: 'seshat-lead' }, say('leave_lead')),
    field('name', h('input', { autocomplete: 'name', maxlength: MAX_NAME })),
    field('email', h('input', { type: 'email', autocomplete: 'email', maxlength: MAX_EMAIL, required: true })),
    field('text', h('textarea', { maxlength: MAX_TEXT, required: true, placeholder: say('leave_placeholder') })),
    general,
    button,
  );
  const thanks = h(
    'div',
    { class: 'seshat-form seshat-done', hidden: true },
    icon('check'),
    h('p', { tabindex: -1 }, say('left')),
    h('button', { type: 'button', class: 'seshat-btn is-quiet', onclick: on.again }, say('left_again')),
  );
  return {
    nodes: [form, thanks],
    focus: () => (thanks.hidden ? fields.name : thanks.children[1]).focus(),
    prefill(text) {
      fields.text.value ||= text;
    },
    clear() {
      fields.text.value = '';
    },
    busy(now) {
      busy = now;
      button.setAttribute('aria-disabled', String(now));
    },
    /** What the server says of the fields, and of the whole. */
    problems(byField, sentence) {
      const placed = !show(byField);
      write(general, placed ? '' : sentence);
    },
    render(mode) {
      form.hidden = mode !== 'leave';
      thanks.hidden = mode !== 'left';
    },
  };
}
