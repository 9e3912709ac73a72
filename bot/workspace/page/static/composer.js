// The box in which a person types. Enter sends, Shift+Enter begins a new line, and
// a list above it completes commands and names.

import { completions } from './complete.js';
import { announce, perform } from './do.js';
import { freshID, h, icon } from './dom.js';
import { state } from './state.js';

const drafts = new Map(); // by person and place

// composer makes the box. place() says where it sends to: { channel, thread }.
export function composer(id, place) {
  const listID = freshID('completions');
  const list = h('div', { class: 'completions', id: listID, role: 'listbox', 'aria-label': 'Completions', hidden: true });
  const box = h('textarea', { id, rows: 1, autocomplete: 'off', spellcheck: 'true', 'aria-autocomplete': 'list', 'aria-controls': listID, oninput: typed, onkeydown: keys, onblur: () => offer([]) });
  const button = h('button', { type: 'submit', class: 'send', 'aria-label': 'Send', title: 'Send' }, icon('send'));
  const node = h('form', { class: 'composer', onsubmit: (event) => { event.preventDefault(); send(); } }, list, box, button);
  let offered = [];
  let from = 0;
  let chosen = -1;

  const key = () => `${state.me} ${place().channel} ${place().thread}`;

  function typed() {
    drafts.set(key(), box.value);
    grow();
    const found = completions(box.value, box.selectionStart);
    from = found.from;
    offer(found.items);
  }

  function grow() {
    box.style.height = '';
    if (box.value) box.style.height = `${Math.min(box.scrollHeight, 180)}px`;
    button.toggleAttribute('disabled', !box.value.trim());
  }

  function offer(items) {
    if (items.length && items.length !== offered.length) announce(`${items.length} ${items.length === 1 ? 'completion' : 'completions'}. Use the arrow keys.`);
    offered = items;
    list.toggleAttribute('hidden', !items.length);
    list.replaceChildren(...items.map((item, i) => h('div', { role: 'option', id: `${listID}-${i}`, onpointerdown: (event) => { event.preventDefault(); take(i); } },
      h('b', {}, item.label), item.says ? h('small', {}, item.says) : null)));
    choose(-1);
  }

  function choose(i) {
    chosen = i;
    [...list.children].forEach((el, n) => el.setAttribute('aria-selected', String(n === i)));
    if (i < 0) box.removeAttribute('aria-activedescendant');
    else box.setAttribute('aria-activedescendant', `${listID}-${i}`);
    list.children[i]?.scrollIntoView({ block: 'nearest' });
  }

  function take(i) {
    const rest = box.value.slice(box.selectionStart);
    box.value = box.value.slice(0, from) + offered[i].insert + rest;
    box.selectionStart = box.selectionEnd = box.value.length - rest.length;
    typed();
    if (i >= 0 && offered.length === 1 && offered[0].insert === box.value) offer([]);
  }

  function keys(event) {
    if (event.isComposing) return;
    if (offered.length && inList(event)) event.preventDefault();
    else if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      send();
    }
  }

  // inList is true if the key was for the list of completions.
  function inList(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) choose((Math.max(chosen, step > 0 ? -1 : 0) + step + offered.length) % offered.length);
    else if (event.key === 'Tab' && !event.shiftKey && adds(Math.max(chosen, 0))) take(Math.max(chosen, 0));
    else if (event.key === 'Enter' && chosen >= 0) take(chosen);
    else if (event.key === 'Escape') {
      event.stopPropagation();
      offer([]);
    } else return false;
    return true;
  }

  // adds says whether an item would change what is typed. Tab goes on if not.
  const adds = (i) => offered[i].insert !== box.value.slice(from, box.selectionStart);

  async function send() {
    const line = box.value;
    const where = place();
    if (!line.trim()) return;
    fill('');
    if (!(await perform('type', { ...where, line })) && !box.value) fill(line);
  }

  function fill(text) {
    box.value = text;
    drafts.set(key(), text);
    offer([]);
    grow();
  }

  // show brings back the draft of the place that is open now.
  function show(name) {
    box.placeholder = `Message ${name}`;
    box.setAttribute('aria-label', `Message ${name}`);
    fill(drafts.get(key()) ?? '');
  }

  // focus leaves phones alone: their keyboard would cover what there is to read.
  function focus() {
    if (!matchMedia('(pointer: coarse)').matches) box.focus();
  }

  return { node, focus, show };
}
