// Interactive elements: buttons, overflow menus, and controls that tell the app at
// once. A surface says where they stand:
//   use({ action, block, choice, accept })  tells the app; a promise of whether it took it
//   kept(block, action)                     the value chosen before, or undefined
//   register(block, element, control)       remembers a control, in modals

import { h, icon, safeURL } from '../dom.js';
import { confirmed } from '../do.js';
import { menu } from '../menu.js';
import { control, isControl } from './controls.js';
import { picture } from './picture.js';
import { plain, text } from './text.js';

export function element(e, block, surface) {
  if (e.type === 'button') return button(e, block, surface);
  if (e.type === 'overflow') return overflow(e, block, surface);
  if (e.type === 'image') return picture(e, 'thumb');
  if (isControl(e)) return told(e, block, surface);
  return h('span', { class: 'unknown' }, `(${e.type})`);
}

const place = (block, e) => `${block.block_id}/${e.action_id}`;

function button(e, block, surface) {
  const node = h('button', {
    type: 'button', class: `button ${e.style ?? ''}`, 'aria-label': e.accessibility_label, 'data-focus': place(block, e),
    'data-action': e.action_id,
  }, plain(e.text));
  node.addEventListener('click', async () => {
    const went = await use(e, block, surface, node, '');
    if (went && safeURL(e.url)) window.open(safeURL(e.url), '_blank', 'noopener,noreferrer');
  });
  return node;
}

function overflow(e, block, surface) {
  const opener = h('button', { type: 'button', class: 'button square', 'aria-label': 'More actions', 'data-focus': place(block, e), 'data-action': e.action_id }, icon('more'));
  const items = e.options.map((o) => ({
    label: plain(o.text), description: plain(o.description),
    choose: async () => {
      const went = await use(e, block, surface, opener, o.value);
      if (went && safeURL(o.url)) window.open(safeURL(o.url), '_blank', 'noopener,noreferrer');
    },
  }));
  return menu(opener, 'More actions', items);
}

// told is a control that tells the app at every change.
function told(e, block, surface) {
  const c = control(e, surface.kept(block, e));
  c.node.setAttribute('aria-label', plain(e.placeholder) || plain(block.text) || 'Choose');
  tell(c, e, block, surface);
  surface.register(block, e, c);
  return c.node;
}

// tell makes a control tell the app at every change.
export function tell(c, e, block, surface) {
  let last = c.value();
  c.field.dataset.focus = place(block, e);
  c.node.dataset.action = e.action_id;
  c.node.addEventListener('change', async () => {
    if (c.value() === last || (c.value() === '' && !c.group)) return;
    last = c.value();
    await use(e, block, surface, c.node, last);
  });
}

// use asks first where the element has a confirm dialog. While the app has not
// answered, the element is busy and takes nothing more.
async function use(e, block, surface, node, choice) {
  if (node.getAttribute('aria-busy') === 'true') return false;
  if (e.confirm && !(await confirmed(e.confirm, plain(e.confirm.title) || 'Are you sure?', text(e.confirm.text)))) return false;
  node.setAttribute('aria-busy', 'true');
  const went = await surface.use({ action: e.action_id, block: block.block_id, choice, accept: Boolean(e.confirm) });
  node.removeAttribute('aria-busy');
  return went;
}
