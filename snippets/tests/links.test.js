import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linkParts } from '../src/links.js';

const links = (text) =>
  linkParts(text)
    .filter((part) => part.href)
    .map((part) => part.text);
const whole = (text) =>
  linkParts(text)
    .map((part) => part.text ?? part)
    .join('');

test('a text without addresses is one part', () => {
  assert.deepEqual(linkParts('a < b && c'), ['a < b && c']);
});

test('punctuation around an address is not part of it', () => {
  assert.deepEqual(links('See https://a.example/x. Or (http://b.example/y)!'), [
    'https://a.example/x',
    'http://b.example/y',
  ]);
  assert.deepEqual(links('https://a.example/wiki/Tent_(camping)'), ['https://a.example/wiki/Tent_(camping)']);
  assert.deepEqual(links('(https://a.example/a_(b))'), ['https://a.example/a_(b)']);
});

test('only http and https become links', () => {
  for (const text of [
    'javascript:alert(1)',
    'data:text/html,x',
    'ftp://a.example',
    'www.a.example',
    'mailto:a@b.example',
    'https://',
  ]) {
    assert.deepEqual(links(text), [], text);
  }
});

test('an address that pretends to be another is no link', () => {
  assert.deepEqual(links('https://bank.example@evil.example/'), []);
  assert.deepEqual(links('https://\u202eelpmaxe.knab'), []);
  assert.deepEqual(links('https://a.example/\u202egnp.exe'), ['https://a.example/']);
});

test('nothing of the text is lost or changed', () => {
  for (const text of [
    '',
    'x https://a.example, y',
    'https://a.example',
    '…https://a.example…',
    'https://[ https://b.example',
  ]) {
    assert.equal(whole(text), text);
  }
});
