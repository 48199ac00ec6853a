// What the surface offers beyond deciding, playing and the timeline: one class each, added here and nowhere else.
//
// A feature is made with the review (`new Feature(review)`) and may have
//   actions          {name: (event) => void} for keys (keymap.js) and buttons of that name
//   started()        once, when video, frames and decisions are there
//   drawn(frame)     a frame came on the screen
//   bitmap(frame)    the picture of a frame was decoded, on screen or not
//   selectionChanged(), boundsChanged()   another interval, or other frames of it (also while a handle moves)
//   rendered()       decisions, options or the selection changed: refresh what depends on them
//   view(first, last, pixels)   the timeline shows another stretch
//   lanes(first, last), tiers(), marks(), chips()   what it adds to the timeline and its legend
//   helpLines(), helpWithout()   keys that mean something else here ([key, what it does]), actions that are not here
//   placeChanged() the address was written: another interval or frame, a little later than it
//   submitting(operation)   a decision is about to be kept and sent: add to it
//   takes(event)     true: the key press is this feature's alone
//   closed()         let go of listeners, timers and pictures

import { Adjudication } from "./adjudication.js";
import { Announcements } from "./announcements.js";
import { Blind } from "./blind.js";
import { Coding } from "./coding.js";
import { Disagreement } from "./disagreement.js";
import { Effort } from "./effort.js";
import { History } from "./history.js";
import { ImportedSignals } from "./imported_signals.js";
import { KeymapEditor } from "./keymap_editor.js";
import { Landmarks } from "./landmarks.js";
import { Looking } from "./looking.js";
import { Marks } from "./marks.js";
import { OtherCoders } from "./other_coders.js";
import { OverviewLink } from "./overview_link.js";
import { Pace } from "./pace.js";
import { Reach } from "./reach.js";
import { Resume } from "./resume.js";
import { SessionCard } from "./session_card.js";
import { Snapping } from "./snapping.js";
import { Sweep } from "./sweep.js";
import { Why } from "./why.js";

export const FEATURES = [Announcements, Blind, Coding, Disagreement, Effort, History, ImportedSignals, KeymapEditor, Landmarks, Looking, Marks, OtherCoders, OverviewLink, Pace, Reach, Resume, SessionCard, Snapping, Sweep, Why];

// What is about a coding of one's own has no place where a lead decides between two others.
const OWN = new Set([Blind, Coding, Disagreement, Effort, OtherCoders, Pace, Resume, SessionCard, Sweep]);

/** The features of a page: those of coding, or those of deciding between two coders. */
export function featuresOf({ adjudicate = null }) {
  return adjudicate ? [...FEATURES.filter((feature) => !OWN.has(feature)), Adjudication] : FEATURES;
}
