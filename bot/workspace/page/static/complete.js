// What can complete the line before the cursor: commands, people, groups, channels.

import { state } from './state.js';

// completions returns { from, items }: items are { insert, label, says }, and replace the
// text from an index up to the cursor.
export function completions(line, cursor) {
  const before = line.slice(0, cursor);
  if (before.startsWith('/')) return { from: 0, items: commands(before) };
  const word = before.match(/(^|[\s(])([@#][\w.-]*)$/);
  if (!word) return { from: 0, items: [] };
  const from = cursor - word[2].length;
  return { from, items: word[2][0] === '@' ? people(word[2].slice(1)) : channels(word[2].slice(1)) };
}

// commands offers the usages that what is typed may become. Words in capitals are
// left to the person, and match anything.
function commands(typed) {
  const have = typed.toLowerCase().split(/\s+/);
  const fits = (usage) => {
    const words = usage.text.split(' ');
    return have.length <= words.length && have.every((word, i) => isBlank(words[i]) || words[i].toLowerCase().startsWith(word));
  };
  return state.usages.filter(fits).map((usage) => ({ insert: literal(usage.text, typed), label: usage.text, says: usage.says }))
    .filter((item) => item.insert.trim() !== typed.trim() || item.label.trim() !== typed.trim());
}

const isBlank = (word) => /^[[<]?[A-Z][A-Z_-]*[\]>…]*$/.test(word);

// literal is the usage up to the first word that the person fills in, or what they
// have typed if they are past it.
function literal(usage, typed) {
  const words = usage.split(' ');
  const blank = words.findIndex(isBlank);
  const fixed = blank < 0 ? usage : `${words.slice(0, blank).join(' ')} `;
  return typed.length >= fixed.length ? typed : fixed;
}

function people(prefix) {
  const all = [{ name: state.app.name, says: 'App' }, ...state.people.map((p) => ({ name: p.name, says: p.note ?? '' })), ...state.groups.map((g) => ({ name: g.name, says: 'User group' }))];
  return matching(all, prefix, '@');
}

function channels(prefix) {
  return matching(state.publicChannels.map((c) => ({ name: c.name, says: '' })), prefix, '#');
}

function matching(all, prefix, sign) {
  const low = prefix.toLowerCase();
  const found = all.filter((x) => x.name.toLowerCase().startsWith(low));
  return found.map((x) => ({ insert: `${sign}${x.name} `, label: `${sign}${x.name}`, says: x.says }));
}
