// Pictures: those of this workspace are shown. The page loads nothing from other
// servers, so a picture from elsewhere is a card with its description.

import { h, icon, link, parseURL } from '../dom.js';
import { fileURL } from '../net.js';
import { state } from '../state.js';

export function picture(e, style) {
  const source = sourceOf(e);
  if (source) return h('img', { class: style, src: source, alt: e.alt_text, loading: 'lazy' });
  return h('span', { class: `elsewhere ${style}` }, icon('file'), link(e.image_url ?? '', e.alt_text));
}

function sourceOf(e) {
  if (e.slack_file?.id) return fileURL(state.me, e.slack_file.id);
  if (!e.image_url) return '';
  const url = parseURL(e.image_url, location.href);
  return url && url.origin === location.origin ? url.href : '';
}

// file shows an upload: a picture, or a link to save it.
export function file(f) {
  const url = fileURL(state.me, f.id);
  if (f.image) return h('figure', {}, h('figcaption', {}, f.title), h('img', { class: 'picture', src: url, alt: f.title, loading: 'lazy' }));
  return h('a', { class: 'file', href: url, download: f.name }, icon('file'),
    h('span', {}, h('b', {}, f.title), h('small', {}, `${f.name} · ${size(f.size)}`)));
}

const size = (bytes) => (bytes < 1024 ? `${bytes} bytes` : `${Math.round(bytes / 1024)} KB`);
