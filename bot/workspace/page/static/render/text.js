// Text objects and rich text.

import { h, link } from '../dom.js';
import { emoji, replaceEmoji } from './emoji.js';
import { channelMention, groupMention, mention, mrkdwn } from './mrkdwn.js';

// text returns the nodes of a text object: plain_text or mrkdwn.
export function text(object) {
  if (!object) return [];
  if (object.type === 'mrkdwn') return mrkdwn(object.text);
  return [plain(object)];
}

// plain returns the string of a plain_text object.
export function plain(object) {
  if (!object) return '';
  return object.emoji === false ? object.text : replaceEmoji(object.text);
}

export function richText(block) {
  return h('div', { class: 'rich' }, block.elements.map(part));
}

function part(p) {
  const inside = p.elements ?? [];
  switch (p.type) {
    case 'rich_text_list':
      return h(p.style === 'ordered' ? 'ol' : 'ul', { class: `indent-${Math.min(p.indent ?? 0, 5)}`, start: p.offset ? p.offset + 1 : null },
        inside.map((item) => h('li', {}, leaves(item))));
    case 'rich_text_preformatted':
      return h('pre', {}, leaves(p));
    case 'rich_text_quote':
      return h('blockquote', {}, leaves(p));
    default:
      return h('div', {}, leaves(p));
  }
}

const leaves = (p) => (p.elements ?? []).map(leaf);

function leaf(l) {
  return styled(bare(l), l.style ?? {});
}

function bare(l) {
  switch (l.type) {
    case 'link': return link(l.url, l.text || l.url);
    case 'emoji': return emoji(l.name);
    case 'user': return mention(l.user_id);
    case 'channel': return channelMention(l.channel_id);
    case 'usergroup': return groupMention(l.usergroup_id);
    case 'broadcast': return h('span', { class: 'mention loud' }, `@${l.range}`);
    case 'date': return l.fallback ?? new Date(l.timestamp * 1000).toLocaleString();
    case 'color': return l.value;
    default: return l.text ?? '';
  }
}

function styled(node, style) {
  let out = node;
  for (const [name, tag] of [['code', 'code'], ['strike', 's'], ['italic', 'i'], ['bold', 'b']]) {
    if (style[name] === true) out = h(tag, {}, out);
  }
  return out;
}
