// Does what the person asks for, and says so where it does not work.

import { h, icon } from './dom.js';
import { act } from './net.js';
import { state } from './state.js';

// perform does an action as the person whose screen this is. It is false if it was
// refused; the person has been told then.
export async function perform(action, body) {
  const problem = await act(state.me, action, body);
  if (problem) toast(problem);
  return !problem;
}

// toast shows a sentence for a while. It stays as long as it has the focus.
export function toast(sentence) {
  const close = h('button', { class: 'plain', type: 'button', 'aria-label': 'Dismiss', onclick: () => note.remove() }, icon('close'));
  const note = h('div', { class: 'toast' }, h('span', {}, sentence), close);
  const front = [...document.querySelectorAll('dialog[open]')].at(-1); // makes all else inert
  toasts(front ?? document.body).append(note);
  const fade = () => (note.matches(':focus-within, :hover') ? setTimeout(fade, 2000) : note.remove());
  setTimeout(fade, 9000);
}

// toasts is the list of toasts within a dialog, or within the page.
function toasts(within) {
  return within.querySelector(':scope > .toasts') ?? within.appendChild(h('div', { class: 'toasts', role: 'alert' }));
}

// announce tells a screen reader. Old announcements go.
export function announce(sentence) {
  const announcer = document.getElementById('announcer');
  announcer.append(h('p', {}, sentence));
  while (announcer.children.length > 5) announcer.firstElementChild.remove();
}

// confirmed shows a confirm dialog of Block Kit and returns whether it was accepted.
// The focus is on the way out, so that a second Enter approves nothing.
export function confirmed(object, title, text) {
  return new Promise((resolve) => {
    const yes = h('button', { class: object.style === 'danger' ? 'button danger' : 'button primary', value: 'yes' }, object.confirm?.text ?? 'Yes');
    const no = h('button', { class: 'button', value: 'no', autofocus: true }, object.deny?.text ?? 'Cancel');
    const dialog = h('dialog', { class: 'confirm', 'aria-labelledby': 'confirm-title', 'aria-describedby': 'confirm-text' },
      h('form', { method: 'dialog' },
        h('h2', { id: 'confirm-title' }, title), h('p', { id: 'confirm-text' }, text), h('div', { class: 'buttons' }, no, yes)));
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'yes');
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
