// The study's coding scheme on this side: reading action units as coders write them, and saying what the scheme lacks.

/** Until the server has said what the study codes. */
export const NO_SCHEME = { action_units: [], sides: true, intensities: true, emotions: [], reasons: [], ask_emotion: true, ask_confidence: true, ask_note: true };

/** "4 l12 AU6" -> ["AU4", "LAU12"...]: numbers with an optional side or intensity letter, as FACS coders write them. */
export function parseUnits(text) {
  const units = [];
  for (const word of text.split(/[\s,+;]+/).filter(Boolean)) {
    const match = /^([lr])?(?:au)?(\d{1,2})([a-e])?$/i.exec(word);
    if (!match) return { units: null, wrong: word };
    const unit = `${(match[1] ?? "").toUpperCase()}AU${Number(match[2])}${(match[3] ?? "").toUpperCase()}`;
    if (!units.includes(unit)) units.push(unit);
  }
  return { units, wrong: null };
}

/** A unit as coders write it: "LAU12B" is "L12B". */
export function shortUnit(unit) {
  return unit.replace("AU", "");
}

/** A unit in words: "R12B" is "lip corner puller, right, B"; what the scheme lacks says so. */
export function unitText(unit, scheme) {
  const match = /^([LR])?AU(\d+)([A-E])?$/.exec(unit);
  const known = match && scheme.action_units.find(({ number }) => number === Number(match[2]));
  if (!known) return `${shortUnit(unit)} not in the scheme`;
  const side = { L: "left", R: "right" }[match[1]];
  return [`${match[2]} ${known.name}`, side, match[3]].filter(Boolean).join(", ");
}

/**
 * Why units cannot be written anew under this scheme; null when they can.
 * @param {string[]} units as `parseUnits` gives them
 * @param {string[]} kept units that stand already: they were coded under another scheme and stay
 */
export function unitProblem(units, scheme, kept = []) {
  for (const unit of units.filter((one) => !kept.includes(one))) {
    const [, side, number, intensity] = /^([LR])?AU(\d+)([A-E])?$/.exec(unit) ?? [];
    if (!scheme.action_units.some((known) => known.number === Number(number))) return `${shortUnit(unit)}: this study does not code action unit ${number}.`;
    if (side && !scheme.sides) return `${shortUnit(unit)}: this study codes no sides.`;
    if (intensity && !scheme.intensities) return `${shortUnit(unit)}: this study codes no intensities.`;
  }
  return null;
}

/** {b: "blink", ...}: the letters that answer why a proposal is rejected. */
export function reasonLetters(scheme) {
  return Object.fromEntries(scheme.reasons.map(({ letter, name }) => [letter, name]));
}

/** Names for a list, with the one that stands even where the scheme has dropped it. */
export function choices(names, standing) {
  const listed = names.map((name) => ({ name, text: name }));
  return standing && !names.includes(standing) ? [...listed, { name: standing, text: `${standing} (not in the scheme)` }] : listed;
}
