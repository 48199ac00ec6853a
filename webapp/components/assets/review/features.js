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
//   lanes(first, last), tiers(), marks()   what it adds to the timeline; timeline_drawing.js says how they look
//   takes(event)     true: the key press is this feature's alone
//   closed()         let go of listeners, timers and pictures

import { Announcements } from "./announcements.js";
import { Coding } from "./coding.js";
import { History } from "./history.js";
import { KeymapEditor } from "./keymap_editor.js";
import { Landmarks } from "./landmarks.js";
import { Looking } from "./looking.js";
import { Reach } from "./reach.js";
import { Why } from "./why.js";

export const FEATURES = [Announcements, Coding, History, KeymapEditor, Landmarks, Looking, Reach, Why];
