// Colours of the canvases, read from Streamlit's theme variables so that light and dark follow the page.

const CURVES = { micro: "#d9822b", macro: "#12a0a2" };
const OTHERS = ["#7c6fd0", "#d4548b", "#4c8dff", "#8a9a2b", "#5bb5c9", "#a67c52", "#7f8fa6", "#c2b03a"];

export function readTheme(element) {
  const style = getComputedStyle(element);
  const read = (name, fallback) => style.getPropertyValue(name).trim() || fallback;
  const background = read("--st-background-color", "#ffffff");
  const dark = lightness(background) < 0.5;
  element.dataset.theme = dark ? "dark" : "light";
  const ink = dark ? "255, 255, 255" : "20, 24, 40";
  return {
    dark,
    background,
    text: read("--st-text-color", dark ? "#fafafa" : "#31333f"),
    primary: read("--st-primary-color", "#ff4b4b"),
    muted: `rgba(${ink}, 0.7)`,
    faint: `rgba(${ink}, 0.09)`,
    tier: `rgba(${ink}, 0.05)`,
    selection: dark ? "rgba(130, 160, 255, 0.16)" : "rgba(60, 100, 220, 0.11)",
    reviewed: dark ? "rgba(70, 190, 130, 0.75)" : "rgba(30, 150, 95, 0.65)",
    playhead: dark ? "#ff6b6b" : "#d92626",
    playheadWide: dark ? "rgba(255, 107, 107, 0.22)" : "rgba(217, 38, 38, 0.14)",
    bad: dark ? "#ff7b7b" : "#c93a3a",
    doubt: dark ? "#e3b341" : "#a97708",
    micro: dark ? "#e99a4b" : "#c8701a",
    macro: dark ? "#2fb5b0" : "#0f8b8d",
  };
}

function lightness(colour) {
  const probe = document.createElement("canvas").getContext("2d");
  probe.fillStyle = colour;
  const [r, g, b] = probe.fillStyle.match(/[0-9a-f]{2}/gi)?.map((part) => parseInt(part, 16)) ?? [255, 255, 255];
  return (0.299 * r + 0.587 * g + 0.114 * b) / 255;
}

/** Colour and weight of a channel by its name: the apex curves lead, boundaries are lighter. */
export function channelStyle(name, index) {
  const kind = /^(micro|macro)/.exec(name)?.[1];
  if (!kind) return { colour: OTHERS[index % OTHERS.length], weight: 1.25 };
  const rest = name.slice(kind.length + 1);
  const strong = !["onset", "offset", "none", "action"].includes(rest);
  return { colour: strong ? CURVES[kind] : `${CURVES[kind]}${rest === "onset" ? "b0" : "78"}`, weight: strong ? 1.9 : 1.1 };
}
