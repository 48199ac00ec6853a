"""A picture of a video to click into: gives the point in pixels of the frame as shown."""

from __future__ import annotations

import streamlit as st

_CSS = """
.picture { position: relative; display: inline-block; max-width: 100%; line-height: 0; }
img { max-width: 100%; max-height: 55vh; cursor: crosshair; border-radius: 4px; }
i { position: absolute; width: 22px; height: 22px; margin: -11px 0 0 -11px; border-radius: 50%; pointer-events: none;
  border: 3px solid var(--st-primary-color); box-shadow: 0 0 0 2px #fff, 0 0 6px 3px rgba(0, 0, 0, .6); }
"""
_JS = """export default function ({ parentElement, data, setStateValue }) {
  let frame = parentElement.querySelector(".picture");
  if (!frame) {
    frame = Object.assign(document.createElement("div"), { className: "picture" });
    frame.append(document.createElement("img"), document.createElement("i"));
    parentElement.append(frame);
  }
  const [picture, mark] = frame.children;
  const address = new URL(data.address, location.origin).href;
  if (picture.src !== address) picture.src = address;
  picture.alt = data.label;
  const show = (x, y) => {
    mark.style.left = `${(100 * x) / data.width}%`;
    mark.style.top = `${(100 * y) / data.height}%`;
  };
  mark.style.display = data.point ? "" : "none";
  if (data.point) show(...data.point);
  picture.onclick = (event) => {
    const box = picture.getBoundingClientRect();
    const x = Math.round(((event.clientX - box.left) / box.width) * data.width);
    const y = Math.round(((event.clientY - box.top) / box.height) * data.height);
    mark.style.display = "";
    show(x, y);
    setStateValue("point", { x, y, frame: data.frame });
  };
}"""


def point_picker(
    address: str, label: str, frame: int, width: int, height: int, point: tuple[float, float] | None, key: str
) -> tuple[int, float, float] | None:
    """Draw the picture at `address`, `width` x `height` pixels large as shown.

    Returns:
        (frame, x, y) of the last click, or None before one.
    """
    mount = st.components.v2.component("glint_point_picker", css=_CSS, js=_JS)
    result = mount(
        key=key,
        data={"address": address, "label": label, "frame": frame, "width": width, "height": height, "point": point},
        on_point_change=lambda: None,
    )
    clicked = result.get("point") if result else None
    return (int(clicked["frame"]), float(clicked["x"]), float(clicked["y"])) if clicked else None
