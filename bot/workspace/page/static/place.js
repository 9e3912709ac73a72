// The middle of the page: a channel with its messages and composer, or the app's
// home tab; and the thread beside it.

import { composer } from './composer.js';
import { perform } from './do.js';
import { h, icon } from './dom.js';
import { blocks } from './render/blocks.js';
import { timeline } from './render/timeline.js';
import { channelByID, message, replies, roots, state } from './state.js';

// place fills the main part. go is what the page can open: place, thread, sidebar.
export function place(root, go) {
  const title = h('h2', { class: 'title' });
  const note = h('small', {});
  const tabs = h('div', { class: 'tabs', hidden: true }, tab('Home', true), tab('Messages', false));
  const list = timeline('Messages', () => [h('b', {}, `This is the beginning of ${channelName()}.`), ' Type / to see what the app can do.']);
  const box = composer('line', () => ({ channel: state.channel, thread: '' }));
  const home = h('div', { class: 'home', id: 'home', hidden: true });
  let homeSignature = '';
  let newFrom = '';
  root.append(h('header', {}, h('button', { type: 'button', class: 'plain to-sidebar', 'aria-label': 'Channels and people', onclick: () => go.sidebar() }, icon('back')), title, note), tabs, home, list.node, box.node);

  function tab(name, isHome) {
    return h('button', { type: 'button', class: 'tab', onclick: () => go.place(state.channel, isHome) }, name);
  }

  // arrive is called when another place was opened.
  function arrive() {
    newFrom = roots(state.channel).some((m) => m.ts > (state.read[state.channel] ?? '') && m.user !== state.me) ? state.read[state.channel] ?? '' : '';
    box.show(channelName());
    show();
    list.toEnd();
  }

  const channelName = () => {
    const c = channelByID(state.channel);
    return c?.im || !c ? state.app.name : `#${c.name}`;
  };

  function show() {
    const c = channelByID(state.channel);
    const isApp = state.channel === state.dm;
    title.replaceChildren(icon(isApp ? 'shield' : c?.private ? 'lock' : 'hash'), isApp ? state.app.name : c?.name ?? '');
    note.textContent = isApp ? 'App' : c ? `${c.members.length} members` : '';
    tabs.toggleAttribute('hidden', !isApp);
    [...tabs.children].forEach((el, i) => el.setAttribute('aria-current', String((i === 0) === state.homeTab)));
    home.toggleAttribute('hidden', !state.homeTab);
    for (const el of [list.node, box.node]) el.toggleAttribute('hidden', state.homeTab);
    if (state.homeTab) showHome();
    else list.show(roots(state.channel), newFrom, go.thread);
    markRead();
  }

  function showHome() {
    const view = state.home;
    const signature = view ? `${state.me} ${view.hash}` : '';
    if (signature && signature === homeSignature) return;
    homeSignature = signature;
    const surface = { use: (what) => perform('click-view', { view: view.id, home: true, ...what }), kept: () => undefined, register: () => {} };
    home.replaceChildren(...(view ? blocks(view.blocks, surface) : [h('p', { class: 'empty' }, `${state.app.name} has not put anything here yet.`)]));
  }

  return { show, arrive, box, find: list.find };
}

// markRead tells the server what the person has before them.
function markRead() {
  const last = roots(state.channel).at(-1);
  if (state.homeTab || !last || document.visibilityState !== 'visible' || last.ts <= (state.read[state.channel] ?? '')) return;
  state.read[state.channel] = last.ts;
  perform('read', { channel: state.channel, ts: last.ts });
}

// thread fills the side panel.
export function thread(root, go) {
  const list = timeline('Replies', () => []);
  const box = composer('reply', () => ({ channel: state.channel, thread: state.thread }));
  const where = h('small', {});
  root.append(h('header', {}, h('h2', { class: 'title' }, 'Thread'), where,
    h('button', { type: 'button', class: 'plain', 'aria-label': 'Close the thread', onclick: () => go.thread('') }, icon('close'))), list.node, box.node);

  function show() {
    const first = message(state.channel, state.thread);
    root.toggleAttribute('hidden', !first);
    if (!first) return;
    where.textContent = state.channel === state.dm ? state.app.name : `#${channelByID(state.channel)?.name}`;
    list.show([first, ...replies(state.channel, state.thread)], '', null);
  }

  function arrive() {
    show();
    if (!state.thread) return;
    box.show('this thread');
    list.toEnd();
  }

  return { show, arrive, box };
}
