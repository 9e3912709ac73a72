// A list of messages that keeps its place while messages come and change.

import { h, sync } from '../dom.js';
import { allIn, day, state } from '../state.js';
import { messageItem } from './message.js';

const together = 5 * 60; // seconds within which messages of one author stand together
const nearEnd = 80; // pixels

// timeline makes a scrolling list. show(messages, newFrom, openThread) brings it up
// to date; newFrom is the ts of the last message that was read, or nothing. beginning()
// is what stands there before the first message.
export function timeline(label, beginning) {
  const list = h('ol', { class: 'messages', 'aria-label': label, onkeydown: move, onfocusin: rove });
  const more = h('button', { type: 'button', class: 'newer', hidden: true, onclick: () => toEnd() }, 'New messages below');
  const node = h('div', { class: 'timeline', onscroll: scrolled }, list);
  const empty = h('p', { class: 'empty' });
  node.prepend(empty);
  const frame = h('div', { class: 'timeline-frame' }, node, more);

  const atEnd = () => node.scrollHeight - node.scrollTop - node.clientHeight < nearEnd;
  let stays = true; // at the end, whatever comes or changes its size

  function scrolled() {
    stays = atEnd();
    if (stays) more.setAttribute('hidden', '');
  }

  function toEnd() {
    stays = true;
    node.scrollTop = node.scrollHeight;
  }

  function show(messages, newFrom, openThread) {
    const before = list.childElementCount;
    sync(list, items(messages, newFrom, openThread), (i) => i.key, (i) => i.signature, (i) => i.build());
    empty.replaceChildren(...(messages.length ? [] : beginning()));
    if (!list.querySelector('[tabindex="0"]')) list.querySelector('li.message:last-of-type')?.setAttribute('tabindex', '0');
    if (stays) toEnd();
    else if (list.childElementCount > before) more.removeAttribute('hidden');
  }

  const sizes = new ResizeObserver(() => stays && toEnd());
  sizes.observe(node);
  sizes.observe(list);

  function find(ts) {
    return [...list.children].find((el) => el.dataset.ts === ts);
  }

  return { node: frame, show, toEnd, find };
}

// items are the messages, with a line before each new day and before what is new.
function items(messages, newFrom, openThread) {
  const all = [];
  let before = null;
  let marked = !newFrom;
  const answered = Map.groupBy(allIn(state.channel), (m) => m.thread);
  for (const m of messages) {
    if (!before || day(before.ts) !== day(m.ts)) {
      all.push(line(`day ${day(m.ts)}`, 'day', day(m.ts)));
      before = null;
    }
    if (!marked && m.ts > newFrom) {
      all.push(line('new', 'day new', 'New'));
      marked = true;
      before = null;
    }
    const follows = Boolean(before && before.user === m.user && ![m, before].some((x) => x.ephemeral || x.blocks?.length) && m.ts - before.ts < together);
    const count = openThread ? answered.get(m.ts)?.length : 0;
    all.push({ key: m.ts, signature: `${state.me} ${m.version} ${follows} ${count}`, build: () => messageItem(m, follows, openThread) });
    before = m;
  }
  return all;
}

const line = (key, style, label) => ({ key, signature: key, build: () => h('li', { class: style }, h('span', {}, label)) });

// move goes from message to message with the arrow keys.
function move(event) {
  if (!event.target.matches('li.message')) return;
  const all = [...event.currentTarget.querySelectorAll('li.message')];
  const at = all.indexOf(event.target);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  all[Math.max(0, Math.min(to, all.length - 1))].focus();
}

// rove makes the message that has the focus the one that Tab comes back to.
function rove(event) {
  const item = event.target.closest('li.message');
  for (const el of event.currentTarget.querySelectorAll(':scope > [tabindex="0"]')) el.setAttribute('tabindex', '-1');
  item?.setAttribute('tabindex', '0');
}
