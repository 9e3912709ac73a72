// Shows the topmost of a person's modals, and keeps what they fill in.

import { perform } from './do.js';
import { h, icon } from './dom.js';
import { blocks } from './render/blocks.js';
import { nameOf, state } from './state.js';

const kept = new Map(); // values by view ID, then by block and action
let shown = null; // { signature, view, dialog, inputs }

// showModal brings the dialog up to date with the state.
export function showModal() {
  const view = state.modals.at(-1);
  const signature = view ? JSON.stringify([state.me, view.id, view.hash, view.errors]) : '';
  if (signature === (shown?.signature ?? '')) return;
  for (const id of kept.keys()) if (!state.modals.some((v) => v.id === id)) kept.delete(id);
  if (shown) keep();
  if (!view) return hide();
  const dialog = shown?.dialog ?? opened();
  const focus = shown?.view.id === view.id ? document.activeElement?.dataset.focus : '';
  shown = { signature, view, dialog, inputs: [] };
  dialog.querySelector('form')?.remove();
  dialog.prepend(form(view));
  for (const input of shown.inputs) complain(input, view.errors?.[input.block.block_id] ?? '');
  firstFocus(dialog, focus);
}

function opened() {
  const dialog = h('dialog', { class: 'modal', 'aria-labelledby': 'modal-title' });
  dialog.addEventListener('cancel', (event) => {
    event.preventDefault();
    dismiss();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

function hide() {
  const { dialog } = shown;
  shown = null;
  dialog.close(); // gives the focus back
  dialog.remove();
  if (document.activeElement === document.body) document.getElementById('line')?.focus();
}

function firstFocus(dialog, focus) {
  const target = (focus && [...dialog.querySelectorAll('[data-focus]')].find((el) => el.dataset.focus === focus))
    || dialog.querySelector('[aria-invalid=true]') || dialog.querySelector('.modal-body :is(input, textarea, select)') || dialog.querySelector('button.primary, button');
  target?.focus();
}

function form(view) {
  const surface = {
    use: (what) => perform('click-view', { view: view.id, values: filled(), ...what }),
    kept: (block, e) => kept.get(view.id)?.get(`${block.block_id}/${e.action_id}`),
    register: (block, element, control, error) => shown.inputs.push({ block, element, control, error }),
  };
  const submit = view.submit ? h('button', { type: 'submit', class: 'button primary' }, view.submit) : null;
  return h('form', { novalidate: true, onsubmit: (event) => { event.preventDefault(); send(submit); } },
    h('header', {}, h('h2', { id: 'modal-title' }, view.title), h('span', { class: 'by' }, nameOf(state.app.id)),
      h('button', { type: 'button', class: 'plain', 'aria-label': 'Close', onclick: dismiss }, icon('close'))),
    h('div', { class: 'modal-body' }, blocks(view.blocks, surface)),
    h('footer', {}, h('button', { type: 'button', class: 'button', onclick: dismiss }, view.close || 'Cancel'), submit));
}

// keep remembers the values, for an update of the same view, and for a view that
// comes to the front again.
function keep() {
  if (!state.modals.some((v) => v.id === shown.view.id)) return;
  kept.set(shown.view.id, new Map(shown.inputs.map(({ block, element, control }) => [`${block.block_id}/${element.action_id}`, control.value()])));
}

const filled = () => Object.fromEntries(shown.inputs.map(({ element, control }) => [element.action_id, control.value()]));

function dismiss() {
  perform('close', { view: shown.view.id });
}

async function send(button) {
  const { view, inputs } = shown;
  if (!button || button.getAttribute('aria-busy') === 'true') return;
  const bad = inputs.filter((input) => complain(input, objection(input)));
  if (bad.length) return bad[0].control.field.focus();
  button.setAttribute('aria-busy', 'true');
  await perform('submit', { view: view.id, values: filled() });
  button.removeAttribute('aria-busy');
}

// objection is what is wrong with an input before it is sent, in words.
function objection({ block, element, control }) {
  if (block.type !== 'input') return '';
  const value = control.value();
  if (control.field.validity?.badInput) return 'Please enter a number or date that exists.';
  if (!value) return block.optional ? '' : 'Please complete this required field.';
  if (element.min_length && [...value].length < element.min_length) return `Please enter at least ${element.min_length} characters.`;
  if (element.min_value && Number(value) < Number(element.min_value)) return `Please enter a number from ${element.min_value} on.`;
  if (element.max_value && Number(value) > Number(element.max_value)) return `Please enter a number up to ${element.max_value}.`;
  return '';
}

// complain shows or clears an input's error, and returns whether there is one.
function complain({ control, error }, words) {
  if (!error) return false;
  error.textContent = words;
  error.setAttribute('role', words ? 'alert' : 'presentation');
  for (const el of control.group ? control.node.querySelectorAll('input') : [control.field]) el.setAttribute('aria-invalid', String(Boolean(words)));
  return Boolean(words);
}
