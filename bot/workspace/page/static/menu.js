// A button that opens a menu. Arrow keys move, Escape and Tab close.

import { h } from './dom.js';

// menu makes the button and its menu. Items are { label, description, choose }.
export function menu(button, label, items) {
  const wrap = h('span', { class: 'menu' }, button);
  button.setAttribute('aria-haspopup', 'menu');
  button.setAttribute('aria-expanded', 'false');
  button.addEventListener('click', () => (button.getAttribute('aria-expanded') === 'true' ? close(false) : open()));

  let list = null;
  const outside = (event) => !wrap.contains(event.target) && close(false);

  function open() {
    list = h('div', { role: 'menu', class: 'menu-items', 'aria-label': label, onkeydown: keys }, items.map(entry));
    wrap.append(list);
    const box = list.getBoundingClientRect();
    if (box.bottom > innerHeight - 8) list.classList.add('above');
    if (box.left < 8) list.classList.add('rightwards');
    button.setAttribute('aria-expanded', 'true');
    document.addEventListener('pointerdown', outside);
    list.firstElementChild.focus();
  }

  function close(refocus) {
    document.removeEventListener('pointerdown', outside);
    button.setAttribute('aria-expanded', 'false');
    list?.remove();
    list = null;
    if (refocus) button.focus();
  }

  function entry(item) {
    const choose = () => {
      close(true);
      item.choose();
    };
    return h('button', { type: 'button', role: 'menuitem', tabindex: -1, 'aria-label': item.name, onclick: choose },
      h('span', {}, item.label), item.description ? h('small', {}, item.description) : null);
  }

  function keys(event) {
    const all = [...list.children];
    const at = all.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to !== undefined) all[(to + all.length) % all.length].focus();
    else if (event.key === 'Escape') close(true);
    else if (event.key === 'Tab') return close(false);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  return wrap;
}
