// The Markdown of markdown blocks: headings, lists, fences, quotes, and within
// lines bold, italic, strike, code and links.

import { h, link } from '../dom.js';

export function markdown(text) {
  return text.split(/```[^\n]*\n([\s\S]*?)```/).flatMap((part, i) => (i % 2 === 1 ? [h('pre', {}, part.replace(/\n$/, ''))] : lines(part)));
}

const kinds = [
  [/^#{1,6}\s+(.*)$/, (all) => all.map((s) => h('h4', {}, inline(s)))],
  [/^\s*[-*+]\s+(.*)$/, (all) => [h('ul', {}, all.map((s) => h('li', {}, inline(s))))]],
  [/^\s*\d+[.)]\s+(.*)$/, (all) => [h('ol', {}, all.map((s) => h('li', {}, inline(s))))]],
  [/^>\s?(.*)$/, (all) => [h('blockquote', {}, inline(all.join('\n')))]],
  [/^\s*$/, () => []],
  [/^(.*)$/, (all) => [h('p', {}, inline(all.join('\n')))]],
];

// lines gathers neighbours of the same kind.
function lines(text) {
  const nodes = [];
  let run = null;
  for (const line of text.split('\n')) {
    const kind = kinds.find(([pattern]) => pattern.test(line));
    if (run && run.kind !== kind) nodes.push(...run.kind[1](run.all));
    if (!run || run.kind !== kind) run = { kind, all: [] };
    run.all.push(line.match(kind[0])[1] ?? '');
  }
  return run ? [...nodes, ...run.kind[1](run.all)] : nodes;
}

const marks = /`([^`\n]+)`|\[([^\]\n]+)\]\(([^()\s]+)\)|\*\*([^*\n]+)\*\*|(?<!\w)[*_]([^*_\n]+)[*_](?!\w)|~~([^~\n]+)~~/g;

function inline(text) {
  const nodes = [];
  let last = 0;
  for (const m of text.matchAll(marks)) {
    const [all, code, label, url, bold, italic, strike] = m;
    nodes.push(text.slice(last, m.index));
    if (code) nodes.push(h('code', {}, code));
    else if (label) nodes.push(link(url, label));
    else if (bold) nodes.push(h('b', {}, inline(bold)));
    else if (italic) nodes.push(h('i', {}, inline(italic)));
    else nodes.push(h('s', {}, inline(strike)));
    last = m.index + all.length;
  }
  return [...nodes, text.slice(last)];
}
