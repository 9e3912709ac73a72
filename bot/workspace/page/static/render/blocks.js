// Blocks of Block Kit. What a surface is, elements.js says.

import { freshID, h } from '../dom.js';
import { control } from './controls.js';
import { element, tell } from './elements.js';
import { markdown } from './markdown.js';
import { picture } from './picture.js';
import { plain, richText, text } from './text.js';

const makers = {
  actions: (b, surface) => h('div', { class: 'actions' }, b.elements.map((e) => element(e, b, surface))),
  context: (b, surface) => h('div', { class: 'context' }, b.elements.map((e) => (e.type === 'image' ? element(e, b, surface) : h('span', {}, text(e))))),
  divider: () => h('hr'),
  header: (b) => h('h3', { class: 'header' }, plain(b.text)),
  image: (b) => h('figure', {}, b.title ? h('figcaption', {}, plain(b.title)) : null, picture(b, 'picture')),
  input,
  markdown: (b) => h('div', { class: 'markdown' }, markdown(b.text)),
  rich_text: richText,
  section,
  table,
};

export function blocks(list, surface) {
  return list.map((b) => (Object.hasOwn(makers, b.type) ? makers[b.type](b, surface) : h('p', { class: 'unknown' }, `(${b.type})`)));
}

function section(b, surface) {
  const words = h('div', { class: 'words' }, b.text ? h('div', { class: 'text' }, text(b.text)) : null,
    b.fields ? h('div', { class: 'fields' }, b.fields.map((f) => h('div', {}, text(f)))) : null);
  const accessory = b.accessory ? h('div', { class: 'accessory' }, element(b.accessory, b, surface)) : null;
  return h('div', { class: 'section' }, words, accessory);
}

function table(b) {
  const align = (i) => b.column_settings?.[i]?.align ?? 'left';
  const cell = (tag) => (c, i) => h(tag, { class: align(i), scope: tag === 'th' ? 'col' : null }, c.type === 'rich_text' ? richText(c) : c.text);
  const [first, ...more] = b.rows;
  return h('div', { class: 'table', tabindex: 0, role: 'region', 'aria-label': 'Table' }, h('table', {},
    h('thead', {}, h('tr', {}, first.map(cell('th')))), h('tbody', {}, more.map((row) => h('tr', {}, row.map(cell('td')))))));
}

// input is a labelled control of a modal, with room for an error.
function input(b, surface) {
  const c = control(b.element, surface.kept(b, b.element));
  const id = freshID('input');
  const label = [plain(b.label), b.optional ? h('small', {}, ' (optional)') : null];
  const error = h('p', { class: 'error', id: `${id}-error` });
  const hint = b.hint ? h('p', { class: 'hint', id: `${id}-hint` }, plain(b.hint)) : null;
  const described = hint ? `${id}-hint ${id}-error` : `${id}-error`;
  if (b.dispatch_action) tell(c, b.element, b, surface);
  c.field.dataset.focus = `${b.block_id}/${b.element.action_id}`;
  c.node.setAttribute('aria-describedby', described);
  if (!b.optional) (c.group ? c.node : c.field).setAttribute(c.node.getAttribute('role') === 'group' ? 'data-required' : 'aria-required', 'true');
  surface.register(b, b.element, c, error);
  if (!c.group) {
    c.field.id = id;
    return h('div', { class: 'input' }, h('label', { for: id, class: 'label' }, label), c.node, hint, error);
  }
  c.node.setAttribute('aria-labelledby', id);
  return h('div', { class: 'input' }, h('span', { id, class: 'label' }, label), c.node, hint, error);
}
