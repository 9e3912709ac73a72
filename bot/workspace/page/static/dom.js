// Builds elements. Text only ever becomes text nodes, so that nothing that
// people, apps or hosts write can become markup.

// h makes an element. Properties that begin with "on" are listeners; null, false
// and undefined leave an attribute out. Children are nodes, strings, or lists.
export function h(tag, props = {}, ...children) {
  const el = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) set(el, name, value);
  el.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false));
  return el;
}

function set(el, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith('on')) el.addEventListener(name.slice(2), value);
  else if (name === 'value') el.value = value;
  else el.setAttribute(name, value === true ? '' : String(value));
}

// link makes a link for web and mail addresses; any other address stays text.
export function link(url, ...children) {
  const address = safeURL(url);
  if (!address) return h('span', {}, ...children);
  return h('a', { href: address, target: '_blank', rel: 'noopener noreferrer nofollow' }, ...children);
}

// safeURL returns the address if it is one of the web or of mail, and else nothing.
export function safeURL(url) {
  const parsed = parseURL(url);
  return parsed && ['http:', 'https:', 'mailto:'].includes(parsed.protocol) ? parsed.href : '';
}

export function parseURL(url, base) {
  try {
    return new URL(url, base);
  } catch {
    return null;
  }
}

// sync makes the children of a list those of the items, in order. An item whose
// signature is the same keeps its element, and with it focus and selection.
export function sync(list, items, key, signature, build) {
  const old = new Map([...list.children].map((el) => [el.dataset.key, el]));
  const keep = items.map((item) => {
    const before = old.get(key(item));
    if (before && before.signature === signature(item)) return before;
    const el = build(item);
    el.dataset.key = key(item);
    el.signature = signature(item);
    if (before) replace(before, el);
    return el;
  });
  const kept = new Set(keep);
  for (const el of [...list.children]) if (!kept.has(el)) el.remove();
  keep.forEach((el, i) => {
    if (list.children[i] !== el) list.insertBefore(el, list.children[i] ?? null);
  });
}

// replace puts an element in another's place, and the focus where it was.
function replace(before, after) {
  const focused = before.contains(document.activeElement) ? document.activeElement : null;
  before.replaceWith(after);
  if (!focused) return;
  const same = focused.dataset.focus && [...after.querySelectorAll('[data-focus]')].find((el) => el.dataset.focus === focused.dataset.focus);
  (same || after).focus({ preventScroll: true });
}

let serial = 0;

// freshID returns an ID for aria-labelledby and the like.
export function freshID(prefix) {
  serial += 1;
  return `${prefix}-${serial}`;
}

const paths = {
  back: 'M15 5l-7 7 7 7',
  close: 'M6 6l12 12M18 6L6 18',
  eye: 'M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12zM12 9.500a2.500 2.500 0 1 0 0 5 2.500 2.500 0 0 0 0-5z',
  file: 'M6 3h8l5 5v13H6zM14 3v5h5',
  hash: 'M9 4L7 20M17 4l-2 16M4 9h17M3 15h17',
  home: 'M4 11l8-7 8 7v9h-5v-6H9v6H4z',
  lock: 'M6 11h12v9H6zM8.500 11V8a3.500 3.500 0 0 1 7 0v3',
  more: 'M6 12h.01M12 12h.01M18 12h.01',
  send: 'M4 12l16-8-5 16-4-6.500zM11 13.500L20 4',
  shield: 'M12 3l8 3v6c0 5-3.400 8-8 9-4.600-1-8-4-8-9V6z',
  smile: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM8.500 14.500s1.200 2 3.500 2 3.500-2 3.500-2M9 9.500h.01M15 9.500h.01',
  theme: 'M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18',
  thread: 'M4 5h16v11H10l-5 4v-4H4z',
};

// icon draws one of the page's own icons. It is decoration: name the control.
export function icon(name) {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  const path = document.createElementNS(space, 'path');
  path.setAttribute('d', paths[name]);
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  svg.append(path);
  return svg;
}
