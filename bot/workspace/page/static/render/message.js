// One message, as it stands in a timeline or a thread.

import { h, icon } from '../dom.js';
import { perform } from '../do.js';
import { menu } from '../menu.js';
import { author, clock, date, nameOf, replies, state } from '../state.js';
import { blocks } from './blocks.js';
import { emoji, quick } from './emoji.js';
import { mrkdwn } from './mrkdwn.js';
import { file } from './picture.js';

// messageItem makes the list item. follows says that the message before is by the
// same author; openThread opens a thread by its root's ts, and is missing there.
export function messageItem(m, follows, openThread) {
  const who = author(m.user);
  const app = m.user === state.app.id;
  const kind = ['message', follows && 'follows', m.ephemeral && 'ephemeral'];
  return h('li', { class: kind.filter(Boolean).join(' '), tabindex: -1, 'aria-label': `${who.name}, ${clock(m.ts)}`, 'data-ts': m.ts },
    follows ? h('time', { class: 'gutter', datetime: date(m.ts).toISOString(), 'aria-hidden': 'true' }, clock(m.ts)) : avatar(who, app),
    h('div', { class: 'body' },
      follows ? null : h('div', { class: 'head' }, h('b', {}, who.name), app ? h('span', { class: 'badge' }, 'App') : null,
        h('time', { datetime: date(m.ts).toISOString() }, clock(m.ts))),
      m.ephemeral ? h('p', { class: 'only-you' }, icon('eye'), 'Only visible to you') : null,
      content(m),
      m.edited && !m.ephemeral ? h('small', { class: 'edited' }, '(edited)') : null,
      (m.files ?? []).map(file),
      reactions(m),
      openThread ? summary(m, openThread) : null),
    m.ephemeral ? null : tools(m, openThread));
}

export function avatar(who, app) {
  const hue = [...who.id].reduce((n, c) => (n * 31 + c.charCodeAt(0)) % 6, 0);
  return h('span', { class: `avatar hue-${hue} ${app ? 'app' : ''}`, 'aria-hidden': 'true' }, app ? icon('shield') : (who.name[0] ?? '?').toUpperCase());
}

function content(m) {
  const surface = {
    use: (what) => perform('click', { channel: m.channel, ts: m.ts, ...what }),
    kept: () => undefined,
    register: () => {},
  };
  if (m.blocks?.length) return h('div', { class: 'content' }, blocks(m.blocks, surface));
  return m.text ? h('div', { class: 'content text' }, mrkdwn(m.text)) : null;
}

function reactions(m) {
  if (!m.reactions?.length) return null;
  return h('div', { class: 'reactions' }, m.reactions.map((r) => {
    const mine = r.users.includes(state.me);
    const label = `${r.name.replaceAll('_', ' ')}, ${r.users.length}: ${r.users.map(nameOf).join(', ')}`;
    return h('button', {
      type: 'button', class: 'reaction', 'aria-pressed': String(mine), 'aria-label': label, title: label, 'data-focus': `reaction/${r.name}`,
      onclick: () => react(m, r.name, !mine),
    }, emoji(r.name), h('span', {}, r.users.length));
  }));
}

const react = (m, name, on) => perform('react', { channel: m.channel, ts: m.ts, emoji: name, on });

function summary(m, openThread) {
  const all = replies(m.channel, m.ts);
  if (!all.length) return null;
  const count = all.length === 1 ? '1 reply' : `${all.length} replies`;
  return h('button', { type: 'button', class: 'summary', 'data-focus': 'summary', onclick: () => openThread(m.ts) },
    icon('thread'), h('b', {}, count), h('small', {}, `last at ${clock(all.at(-1).ts)}`));
}

function tools(m, openThread) {
  const smile = h('button', { type: 'button', class: 'plain', 'aria-label': 'Add a reaction', title: 'Add a reaction', 'data-focus': 'react' }, icon('smile'));
  const mine = (name) => m.reactions?.some((r) => r.name === name && r.users.includes(state.me));
  const items = quick.map((name) => ({ label: emoji(name), name: name.replaceAll('_', ' '), choose: () => react(m, name, !mine(name)) }));
  const reply = openThread && h('button', { type: 'button', class: 'plain', 'aria-label': 'Reply in thread', title: 'Reply in thread', 'data-focus': 'reply', onclick: () => openThread(m.ts) }, icon('thread'));
  return h('div', { class: 'tools' }, h('span', { class: 'palette' }, menu(smile, 'Reactions', items)), reply);
}
