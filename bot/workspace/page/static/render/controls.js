// Form controls of Block Kit elements. A control is { node, field, group, value }: the
// node to show, the field that takes the focus, whether it is a group of fields,
// and a function that gives the value as the server takes it.

import { freshID, h } from '../dom.js';
import { state } from '../state.js';
import { plain, text } from './text.js';

const makers = {
  plain_text_input: typed,
  number_input: (e, kept) => single('input', { type: 'number', step: e.is_decimal_allowed ? 'any' : 1, min: e.min_value, max: e.max_value }, kept ?? e.initial_value),
  datepicker: (e, kept) => single('input', { type: 'date' }, kept ?? e.initial_date),
  timepicker: (e, kept) => single('input', { type: 'time' }, kept ?? e.initial_time),
  static_select: (e, kept) => select(e, choices(e), kept ?? e.initial_option?.value),
  users_select: (e, kept) => select(e, people(), kept ?? e.initial_user),
  channels_select: (e, kept) => select(e, channels(), kept ?? e.initial_channel),
  radio_buttons: (e, kept) => ticks('radio', choices(e), kept ?? e.initial_option?.value),
  checkboxes: (e, kept) => ticks('checkbox', choices(e), kept ?? values(e.initial_options)),
  multi_static_select: (e, kept) => ticks('checkbox', choices(e), kept ?? values(e.initial_options)),
  multi_users_select: (e, kept) => ticks('checkbox', people(), kept ?? (e.initial_users ?? []).join(',')),
};

export function isControl(e) {
  return Object.hasOwn(makers, e.type);
}

// control makes the control of an element. kept is the value that the person had
// chosen before, if any; it goes before the app's initial value.
export function control(e, kept) {
  return makers[e.type](e, kept);
}

const values = (options) => (options ?? []).map((o) => o.value).join(',');

// choices lists an element's options, each with the name of its group.
function choices(e) {
  const entry = (group) => (o) => ({ value: o.value, text: o.text, description: o.description, group });
  if (e.options) return e.options.map(entry(''));
  return e.option_groups.flatMap((g) => g.options.map(entry(plain(g.label))));
}

const named = (value, name) => ({ value, text: { type: 'plain_text', text: name, emoji: false }, group: '' });
const people = () => state.people.map((p) => named(p.id, p.name));
const channels = () => state.publicChannels.map((c) => named(c.id, `#${c.name}`));

function typed(e, kept) {
  const props = { minlength: e.min_length, maxlength: e.max_length ?? 3000, placeholder: plain(e.placeholder) || null, rows: e.multiline ? 4 : null };
  return single(e.multiline ? 'textarea' : 'input', props, kept ?? e.initial_value);
}

function single(tag, props, value) {
  const node = h(tag, { class: 'field', autocomplete: 'off', ...props, value: value ?? '' });
  return { node, field: node, group: false, value: () => node.value };
}

function select(e, options, chosen) {
  const node = h('select', { class: 'field' }, h('option', { value: '' }, plain(e.placeholder) || 'Choose…'));
  const groups = Map.groupBy(options, (o) => o.group);
  for (const [label, members] of groups) {
    const list = members.map((o) => h('option', { value: o.value }, plain(o.text)));
    node.append(...(label ? [h('optgroup', { label }, list)] : list));
  }
  node.value = chosen ?? '';
  return { node, field: node, group: false, value: () => node.value };
}

// ticks are radio buttons or checkboxes, in a group.
function ticks(type, options, chosen) {
  const name = freshID('ticks');
  const on = new Set(type === 'radio' ? [chosen] : (chosen ?? '').split(','));
  const node = h('div', { class: 'ticks', role: type === 'radio' ? 'radiogroup' : 'group' }, options.map((o) => {
    const box = h('input', { type, name, value: o.value });
    box.checked = on.has(o.value);
    return h('label', {}, box, h('span', {}, text(o.text), o.description ? h('small', {}, text(o.description)) : null));
  }));
  const value = () => [...node.querySelectorAll(':checked')].map((box) => box.value).join(',');
  return { node, field: node.querySelector('input'), group: true, value };
}
