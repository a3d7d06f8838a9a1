// The jQuery face: $('#chat').seshat({...}), and by itself on every [data-seshat].

import { createChat } from './chat.js';
import { fetchTransport } from './wire.js';

/** Requests through $.ajax, so that the site's own ajax set-up (tokens, prefilters, error pages) applies. */
function ajaxTransport($) {
  return ({ method, url, body, headers, timeout }) => {
    const request = $.ajax({
      url,
      method,
      headers,
      data: body,
      contentType: 'application/json',
      processData: false,
      dataType: 'text',
      timeout,
      // A poll every two seconds must not set off the site's "loading" signs.
      global: method !== 'GET',
    });
    const done = new Promise((resolve) => {
      const settle = (xhr) =>
        resolve({ status: xhr.status, text: xhr.responseText, retryAfter: xhr.getResponseHeader('Retry-After') });
      request.then(
        (data, word, xhr) => settle(xhr),
        (xhr) => settle(xhr),
      );
    });
    return { done, abort: () => request.abort() };
  };
}

/** Options from `data-…` attributes; `data-strings` is JSON. */
function optionsOf(element) {
  const { seshat, strings, askName, ...options } = element.dataset;
  if (askName !== undefined) options.askName = askName !== 'false';
  if (strings) options.strings = JSON.parse(strings);
  return options;
}

function install($) {
  const chats = new WeakMap();
  const transport = $.ajax ? ajaxTransport($) : fetchTransport;

  /** With options (or nothing) makes a chat of each element; with a word does that: open, start, close, toggle, destroy. */
  $.fn.seshat = function seshat(wish) {
    return this.each(function each() {
      const chat = chats.get(this);
      if (typeof wish === 'string') {
        chat?.[wish]();
        if (wish === 'destroy') chats.delete(this);
      } else if (!chat) {
        chats.set(this, createChat(this, this, transport, { ...optionsOf(this), ...wish }));
      }
    });
  };
  $(() => $('[data-seshat]').seshat());
}

if (window.jQuery) install(window.jQuery);
else document.addEventListener('DOMContentLoaded', () => window.jQuery && install(window.jQuery));
