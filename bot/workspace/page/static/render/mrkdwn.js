// Turns Slack's mrkdwn into nodes: fences, quotes, and within lines code, bold,
// italic, strike, links, mentions and emoji. Source: Slack, "Formatting text for
// app surfaces".

import { h, link } from '../dom.js';
import { channelByID, nameOf, state } from '../state.js';
import { emoji } from './emoji.js';

// mrkdwn returns the nodes of a text.
export function mrkdwn(text) {
  const nodes = [];
  text.split(/```([\s\S]+?)```/).forEach((part, i) => {
    if (i % 2 === 1) nodes.push(h('pre', {}, decode(part.replace(/^\n/, '').replace(/\n$/, ''))));
    else nodes.push(...quoted(i > 0 ? part.replace(/^\n/, '') : part));
  });
  return nodes;
}

// quoted gathers the lines that begin with > into quotes.
function quoted(text) {
  const nodes = [];
  let plain = [];
  let quote = [];
  const flush = () => {
    if (quote.length) nodes.push(h('blockquote', {}, inline(quote.join('\n'))));
    if (plain.length) nodes.push(...inline(plain.join('\n')));
    plain = [];
    quote = [];
  };
  for (const line of text.split('\n')) {
    const inside = line.match(/^(?:&gt;|>)\s?(.*)$/);
    if (inside ? plain.length : quote.length) flush();
    if (inside) quote.push(inside[1]);
    else plain.push(line);
  }
  flush();
  return nodes;
}

// A pair of marks holds code spans and links whole, so that a star within code
// ends nothing. The alternatives begin with different characters, and a pair holds a
// thousand of them at most, so that no text takes long.
const pair = (mark) => `(?<![\\w${mark}])${mark}(?!\\s)((?:\`[^\`\\n]+\`|<[^<>\\n]+>|[^${mark}\\n\`<]){1,1000}?)(?<!\\s)${mark}(?![\\w${mark}])`;
const marks = new RegExp(`\`([^\`\\n]+)\`|<([^<>\\n]+)>|${pair('\\*')}|${pair('_')}|${pair('~')}|:([a-z0-9_+'-]+):`, 'g');

function inline(text) {
  const nodes = [];
  let last = 0;
  for (const m of text.matchAll(marks)) {
    if (m.index > last) nodes.push(decode(text.slice(last, m.index)));
    nodes.push(marked(m));
    last = m.index + m[0].length;
  }
  if (last < text.length) nodes.push(decode(text.slice(last)));
  return nodes;
}

function marked([, code, angle, bold, italic, strike, name]) {
  if (code !== undefined) return h('code', {}, inCode(code));
  if (angle !== undefined) return bracket(angle);
  if (bold !== undefined) return h('b', {}, inline(bold));
  if (italic !== undefined) return h('i', {}, inline(italic));
  if (strike !== undefined) return h('s', {}, inline(strike));
  return emoji(name);
}

// inCode keeps stars and underscores, and reads links and escapes.
function inCode(code) {
  return code.split(/<([^<>\n]+)>/).map((part, i) => (i % 2 === 1 ? bracket(part) : decode(part)));
}

// bracket reads what stands between < and >.
function bracket(s) {
  const at = s.indexOf('|');
  const target = at < 0 ? s : s.slice(0, at);
  const label = at < 0 ? '' : decode(s.slice(at + 1));
  if (target.startsWith('@')) return mention(target.slice(1), label);
  if (target.startsWith('#')) return channelMention(target.slice(1), label);
  if (target.startsWith('!subteam^')) return groupMention(target.slice(9), label);
  if (target.startsWith('!date^')) return label;
  if (target.startsWith('!')) return h('span', { class: 'mention loud' }, `@${decode(target.slice(1))}`);
  const url = decode(target);
  return link(url, label || url.replace(/^mailto:/, ''));
}

export function mention(id, label = '') {
  const mine = id === state.me;
  return h('span', { class: mine ? 'mention me' : 'mention' }, `@${nameOf(id) === id && label ? label : nameOf(id)}`);
}

export function channelMention(id, label = '') {
  return h('span', { class: 'mention' }, `#${channelByID(id)?.name ?? (label || 'private channel')}`);
}

export function groupMention(id, label = '') {
  const group = state.groups.find((g) => g.id === id);
  return h('span', { class: 'mention' }, `@${group?.name ?? (label.replace(/^@/, '') || id)}`);
}

export function decode(s) {
  return s.replace(/&(lt|gt|amp);/g, (_, name) => ({ lt: '<', gt: '>', amp: '&' })[name]);
}
