// What the page knows, and questions about it. Nothing here touches the document.

export const state = {
  team: '',
  app: { id: '', name: '' },
  people: [],
  groups: [],
  usages: [],
  publicChannels: [],

  me: '', // ID of the person whose screen this is
  loaded: false, // whether the screen has come
  connected: true,
  dm: '',
  channels: [],
  read: {},
  unread: {},
  modals: [],
  home: null,
  messages: new Map(), // by channel ID: Map of messages by ts

  channel: '', // ID of the open channel
  homeTab: false, // whether the app's home tab is open, in the direct message
  thread: '', // ts of the open thread's root
};

const slackbot = { id: 'USLACKBOT', name: 'Slackbot' };

let version = 0;

// apply takes a screen from the server and returns the messages that are new. Each
// message gets a version, so that a changed one is told from the one before.
export function apply(screen) {
  if (screen.full) state.messages.clear();
  for (const name of ['dm', 'channels', 'read', 'unread', 'modals', 'home']) state[name] = screen[name];
  const fresh = [];
  for (const m of screen.messages) {
    const all = state.messages.get(m.channel) ?? new Map();
    state.messages.set(m.channel, all);
    version += 1;
    m.version = version;
    if (m.deleted) all.delete(m.ts);
    else {
      if (!all.has(m.ts)) fresh.push(m);
      all.set(m.ts, m);
    }
  }
  state.loaded = true;
  return screen.full ? [] : fresh;
}

// become forgets the screen of the person before.
export function become(person) {
  Object.assign(state, { me: person, loaded: false, dm: '', channels: [], read: {}, modals: [], home: null, homeTab: false, thread: '' });
  state.messages.clear();
}

const inOrder = (a, b) => (a.ts < b.ts ? -1 : 1); // all timestamps have the same width

export function allIn(channel) {
  return [...(state.messages.get(channel)?.values() ?? [])].sort(inOrder);
}

// roots are the messages of a channel's timeline: all but the replies.
export function roots(channel) {
  return allIn(channel).filter((m) => !m.thread);
}

export function replies(channel, root) {
  return allIn(channel).filter((m) => m.thread === root);
}

export function message(channel, ts) {
  return state.messages.get(channel)?.get(ts);
}

export function unreadIn(channel) {
  const read = state.read[channel] ?? '';
  return roots(channel).filter((m) => m.ts > read && m.user !== state.me).length;
}

export function channelByID(id) {
  return state.channels.find((c) => c.id === id) ?? state.publicChannels.find((c) => c.id === id);
}

// author finds who wrote something: a person, the app, or the workspace itself.
export function author(id) {
  return [...state.people, state.app, slackbot].find((p) => p.id === id) ?? { id, name: id };
}

export function nameOf(id) {
  return author(id).name;
}

export function date(ts) {
  return new Date(Number(ts.split('.')[0]) * 1000);
}

export function clock(ts) {
  return date(ts).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
}

export function day(ts) {
  return date(ts).toLocaleDateString([], { weekday: 'long', day: 'numeric', month: 'long' });
}
