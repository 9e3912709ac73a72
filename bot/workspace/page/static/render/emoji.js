// The emoji that apps write most, by the names that Slack gives them. Others stay
// as they are written, as :name:.

const known = {
  '+1': '👍', '-1': '👎', alarm_clock: '⏰', arrow_right: '➡️', bell: '🔔', boom: '💥', bug: '🐛', bulb: '💡',
  calendar: '📅', chart_with_upwards_trend: '📈', clap: '👏', clipboard: '📋', construction: '🚧', eyes: '👀',
  exclamation: '❗', fire: '🔥', gear: '⚙️', grinning: '😀', hammer_and_wrench: '🛠️', heart: '❤️',
  heavy_check_mark: '✔️', hourglass: '⌛', hourglass_flowing_sand: '⏳', information_source: 'ℹ️', joy: '😂', key: '🔑',
  large_blue_circle: '🔵', large_green_circle: '🟢', large_yellow_circle: '🟡', link: '🔗', lock: '🔒', mag: '🔍',
  memo: '📝', negative_squared_cross_mark: '❎', no_entry: '⛔', octagonal_sign: '🛑', ok_hand: '👌', package: '📦',
  pray: '🙏', question: '❓', raised_hands: '🙌', red_circle: '🔴', robot_face: '🤖', rocket: '🚀', rotating_light: '🚨',
  shield: '🛡️', slightly_smiling_face: '🙂', smile: '😄', sparkles: '✨', star: '⭐', stopwatch: '⏱️', tada: '🎉',
  thinking_face: '🤔', thumbsdown: '👎', thumbsup: '👍', unlock: '🔓', warning: '⚠️', wave: '👋', white_check_mark: '✅',
  wrench: '🔧', x: '❌', zap: '⚡',
};

export function emoji(name) {
  return Object.hasOwn(known, name) ? known[name] : `:${name}:`;
}

// replaceEmoji puts emoji in the place of their names in plain text.
export function replaceEmoji(text) {
  return text.replace(/:([a-z0-9_+'-]+):/g, (all, name) => emoji(name));
}

// quick are the reactions that the page offers.
export const quick = ['+1', 'eyes', 'white_check_mark', 'tada', 'thinking_face', 'x'];
