// The page: wires the screen that comes from the server to what is shown, and
// the person's choices to both.

import { announce, perform } from './do.js';
import { h } from './dom.js';
import { showModal } from './modal.js';
import { directory, follow } from './net.js';
import { place, thread } from './place.js';
import { mrkdwn } from './render/mrkdwn.js';
import { sidebar } from './sidebar.js';
import { apply, become, channelByID, message, nameOf, state, unreadIn } from './state.js';

const app = document.getElementById('app');
const go = { place: openPlace, thread: openThread, sidebar: () => pane('sidebar') };
const side = sidebar(document.getElementById('sidebar'), openPlace, be);
const main = place(document.getElementById('main'), go);
const panel = thread(document.getElementById('thread'), go);
const offline = h('div', { class: 'offline', role: 'status', hidden: true }, 'Not connected. Trying again…');
let leave = () => {};
let pressed = false; // a button of the pointer is down
let late = false; // something is to be shown once it is up

document.body.append(offline);
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && !event.defaultPrevented && state.thread && !document.querySelector('dialog[open]')) openThread('');
});
document.addEventListener('visibilitychange', show);
addEventListener('pointerdown', () => { pressed = true; }, true);
for (const end of ['pointerup', 'pointercancel']) addEventListener(end, released, true);
addEventListener('blur', released); // of the window itself: the event does not bubble
start();

async function start() {
  const d = await directory();
  Object.assign(state, { team: d.team, app: d.app, people: d.people, groups: d.groups ?? [], usages: d.usages ?? [], publicChannels: d.channels });
  const last = sessionStorage.getItem('person');
  be(state.people.some((p) => p.id === last) ? last : state.people[0].id);
}

// be changes who one is: another screen, by another stream.
function be(person) {
  leave();
  become(person);
  pane('main');
  sessionStorage.setItem('person', person);
  leave = follow(person, onScreen, (connected) => {
    state.connected = connected;
    offline.toggleAttribute('hidden', connected);
  });
}

function onScreen(screen) {
  const first = !state.loaded;
  const fresh = apply(screen);
  if (first) arrive();
  app.dataset.person = state.me;
  show();
  for (const m of fresh.filter((m) => m.user !== state.me)) announce(spoken(m));
}

// arrive opens a place once the first screen is there: that of a permalink, or the
// one that the person before had open, or the first.
function arrive() {
  const [, channel, at] = location.pathname.match(/^\/archives\/(\w+)\/p(\d+)$/) ?? [];
  history.replaceState(null, '', '/');
  const known = (id) => id && state.channels.some((c) => c.id === id);
  state.channel = [channel, state.channel].find(known) ?? state.channels[0]?.id ?? state.dm;
  main.arrive();
  panel.arrive();
  if (at && known(channel)) openMessage(`${at.slice(0, -6)}.${at.slice(-6)}`);
  else main.box.focus();
}

function openMessage(ts) {
  const m = message(state.channel, ts);
  if (m?.thread) openThread(m.thread);
  const item = main.find(m?.thread ?? ts);
  item?.scrollIntoView({ block: 'center' });
  item?.focus();
}

// show brings all that is seen up to date. A press that has begun ends on what it
// began on: nothing is redrawn under it.
function show() {
  late = pressed;
  if (!state.loaded || pressed) return;
  main.show(); // marks as read, so it goes before the side
  side.show();
  panel.show();
  showModal();
  const unread = state.channels.reduce((n, c) => n + unreadIn(c.id), 0);
  const name = state.channel === state.dm ? state.app.name : channelByID(state.channel)?.name;
  document.title = `${unread ? `(${unread}) ` : ''}${name} – ${state.team}`;
}

function released() {
  pressed = false;
  if (late) setTimeout(show); // after the click
}

// openPlace opens a channel, or the app with its home tab or its messages. The app
// hears when its home tab is opened.
function openPlace(channel, home) {
  Object.assign(state, { channel, homeTab: Boolean(home), thread: '' });
  if (home) perform('home', {});
  pane('main');
  main.arrive();
  panel.arrive();
  show();
  if (!home) main.box.focus();
}

function openThread(root) {
  const before = state.thread;
  state.thread = root;
  panel.arrive();
  pane(root ? 'thread' : 'main');
  if (root) panel.box.focus();
  else main.find(before)?.focus();
}

// pane says which part is shown where there is room for one only.
function pane(name) {
  app.dataset.pane = name;
}

// spoken is what a screen reader hears of a new message.
function spoken(m) {
  const where = m.channel === state.dm ? '' : ` in ${channelByID(m.channel)?.name}`;
  const words = h('p', {}, mrkdwn(m.text)).textContent.slice(0, 300);
  return `${nameOf(m.user)}${where}${m.ephemeral ? ', only visible to you' : ''}: ${words}`;
}
