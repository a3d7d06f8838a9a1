// What survives a reload: per tab the open panel, the draft and what is on its way; per browser whether there
// is a chat and how much of it was seen. Storage may be full, forbidden or absent; then nothing survives, and
// nothing breaks.

function load(store, key) {
  try {
    return JSON.parse(window[store].getItem(key)) || {};
  } catch {
    return {};
  }
}

function save(store, key, value) {
  try {
    window[store].setItem(key, JSON.stringify(value));
  } catch {
    // See above.
  }
}

/** `tab` and `browser` read; `keepTab` and `keepBrowser` change some of their entries. */
export function memory(base) {
  const key = 'seshat:' + base;
  return {
    tab: () => load('sessionStorage', key),
    browser: () => load('localStorage', key),
    keepTab: (change) => save('sessionStorage', key, { ...load('sessionStorage', key), ...change }),
    keepBrowser: (change) => save('localStorage', key, { ...load('localStorage', key), ...change }),
    owns: (event) => event.key === key,
  };
}
