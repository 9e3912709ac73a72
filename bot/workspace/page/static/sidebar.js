// The side of the page: channels, the app, and who one is.

import { h, icon, sync } from './dom.js';
import { avatar } from './render/message.js';
import { state, unreadIn } from './state.js';

// sidebar fills the navigation. open(channel, home) opens a place, and become(person)
// changes who one is.
export function sidebar(root, open, become) {
  const channels = h('ul', { class: 'places', 'aria-label': 'Channels' });
  const apps = h('ul', { class: 'places', 'aria-label': 'Apps' });
  const people = h('div', { class: 'people', role: 'radiogroup', 'aria-label': 'You are' });
  const team = h('h1', {});
  root.append(h('header', {}, team, h('button', { type: 'button', class: 'plain', 'aria-label': 'Change the colours', title: 'Change the colours', onclick: turnTheme }, icon('theme'))),
    h('div', { class: 'scroll' }, h('h2', {}, 'Channels'), channels, h('h2', {}, 'Apps'), apps),
    h('div', { class: 'you' }, h('h2', {}, 'You are'), people));

  function show() {
    team.textContent = state.team;
    sync(channels, state.channels.filter((c) => !c.im).map(entry), (e) => e.key, JSON.stringify, (e) => placeItem(e, open));
    sync(apps, state.dm ? [entry({ id: state.dm, name: state.app.name, im: true })] : [], (e) => e.key, JSON.stringify, (e) => placeItem(e, open));
    sync(people, state.people.map(personEntry), (p) => p.id, JSON.stringify, (p) => personItem(p, become));
  }

  return { show };
}

const entry = (c) => ({ key: c.id, name: c.name, private: c.private, app: c.im, unread: unreadIn(c.id), open: c.id === state.channel });

function placeItem(e, open) {
  const unread = e.unread ? `, ${e.unread} unread` : '';
  const sign = e.app ? 'shield' : e.private ? 'lock' : 'hash';
  return h('li', {}, h('button', {
    type: 'button', class: e.unread ? 'place unread' : 'place', 'aria-current': e.open ? 'page' : null, 'aria-label': `${e.name}${unread}`,
    'data-focus': e.key, 'data-channel': e.key, onclick: () => open(e.key, e.app),
  }, icon(sign), h('span', {}, e.name), e.unread ? h('span', { class: 'count' }, e.unread) : null));
}

const personEntry = (p) => ({ ...p, unread: p.id === state.me ? 0 : state.unread[p.id] ?? 0, me: p.id === state.me });

// personItem is a radio button: arrow keys move among people.
function personItem(p, become) {
  const box = h('input', { type: 'radio', name: 'me', value: p.id, class: 'unseen', 'data-focus': p.id, onchange: () => become(p.id) });
  box.checked = p.me;
  return h('label', { class: 'person' }, box, avatar(p, false),
    h('span', {}, h('b', {}, p.name), p.note ? h('small', {}, p.note) : null),
    p.unread ? h('span', { class: 'count' }, p.unread, h('span', { class: 'unseen' }, ' unread')) : null);
}

function turnTheme() {
  const dark = getComputedStyle(document.documentElement).colorScheme === 'dark'
    || (!document.documentElement.dataset.theme && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = dark ? 'light' : 'dark';
  localStorage.setItem('theme', document.documentElement.dataset.theme);
}
