// The upload box: choose or drop several files, a subject for each, progress, cancel, go on after a lost connection.
// Draws and listens; `transfer.js` moves the bytes.

const AT_ONCE = 2;
// One box for the whole visit, kept on the window: a page that is drawn anew or left gives the component another
// element, and running uploads must survive that. (Not in this module: its address may change with its version.)
const KEPT = Symbol.for("glint.uploader");

/** Called by Streamlit at the first drawing and after every rerun with fresh `data`. */
export async function mount(component) {
  const { parentElement, data } = component;
  if (!window[KEPT]) {
    const module = await import(new URL(data.assets["uploader/transfer.js"], location.origin).href);
    window[KEPT] ||= new Box(module);
  }
  const box = window[KEPT];
  if (box.frame.box.parentNode !== parentElement) parentElement.append(box.frame.box);
  box.update(component);
}

class Box {
  constructor(module) {
    this.module = module;
    this.items = [];
    this.finished = 0;
    this.component = null;
    this.token = "";
    this.frame = build();
    this.listen();
  }

  update(component) {
    this.component = component;
    this.token = component.data.token;
    const list = this.frame.subjects;
    list.replaceChildren(...(component.data.subjects || []).map((code) => element("option", { value: code })));
    this.frame.limit.textContent = component.data.limit || "";
  }

  listen() {
    const { drop, input, start, clear } = this.frame;
    input.addEventListener("change", () => {
      this.add(input.files);
      input.value = ""; // the same file may be chosen again
    });
    for (const kind of ["dragenter", "dragover"]) {
      drop.addEventListener(kind, (event) => {
        event.preventDefault();
        drop.classList.add("over");
      });
    }
    for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.remove("over"));
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      this.add(event.dataTransfer.files);
    });
    start.addEventListener("click", () => {
      for (const item of this.items) if (item.transfer.state === "chosen") item.wanted = true;
      this.pump();
    });
    clear.addEventListener("click", () => {
      for (const item of this.items) if (isOver(item.transfer)) item.row.remove();
      this.items = this.items.filter((item) => !isOver(item.transfer));
      this.summarise();
    });
    window.addEventListener("beforeunload", (event) => {
      if (this.items.some((item) => isMoving(item.transfer))) event.preventDefault();
    });
  }

  add(files) {
    for (const file of files) {
      const item = { wanted: false };
      item.transfer = new this.module.Transfer(file, {
        token: () => this.token,
        renew: (token) => {
          if (token) this.token = token;
          else this.component.setTriggerValue("renew", Date.now());
        },
        changed: () => this.changed(item),
      });
      item.transfer.subject = this.module.guessSubject(file.name);
      this.items.push(item);
      this.frame.list.append(this.draw(item));
      this.changed(item);
    }
  }

  pump() {
    let moving = this.items.filter((item) => isMoving(item.transfer)).length;
    for (const item of this.items) {
      if (moving >= AT_ONCE) break;
      if (!item.wanted || item.transfer.state !== "chosen") continue;
      moving += 1;
      item.transfer.run().finally(() => this.pump());
    }
    this.summarise();
  }

  draw(item) {
    const { transfer } = item;
    const part = {
      name: element("span", { className: "name", textContent: transfer.file.name, title: transfer.file.name }),
      subject: element("input", {
        type: "text", className: "subject", value: transfer.subject, maxLength: 80, ariaLabel: `Subject of ${transfer.file.name}`,
      }),
      bar: element("progress", { max: Math.max(transfer.file.size, 1), value: 0 }),
      note: element("span", { className: "note" }),
      stop: element("button", { type: "button", textContent: "Cancel" }),
      again: element("button", { type: "button", textContent: "Try again" }),
    };
    part.subject.setAttribute("list", "glint-subjects");
    part.subject.addEventListener("input", () => { transfer.subject = part.subject.value.trim(); });
    // Streamlit listens for the letters r and c on the document and cannot see that this is a text field.
    for (const kind of ["keydown", "keyup", "keypress"]) part.subject.addEventListener(kind, (e) => e.stopPropagation());
    part.stop.addEventListener("click", () => {
      if (isMoving(transfer)) transfer.cancel();
      else this.remove(item);
    });
    part.again.addEventListener("click", () => {
      transfer.state = "chosen";
      item.wanted = true;
      this.pump();
    });
    item.part = part;
    item.row = element("li", {});
    const label = element("label", { className: "who" });
    label.append("Subject ", part.subject);
    const head = element("div", { className: "line" });
    head.append(part.name, label, part.again, part.stop);
    const foot = element("div", { className: "line" });
    foot.append(part.bar, part.note);
    item.row.append(head, foot);
    return item.row;
  }

  remove(item) {
    item.row.remove();
    this.items = this.items.filter((other) => other !== item);
    this.summarise();
  }

  changed(item) {
    const { transfer, part, row } = item;
    if (!part) return;
    row.dataset.state = transfer.state;
    part.bar.value = transfer.state === "done" ? part.bar.max : transfer.offset;
    part.note.textContent = describe(transfer, item.wanted);
    part.subject.disabled = transfer.state !== "chosen"; // sent with the announcement; later it is edited in the list
    part.again.hidden = transfer.state !== "failed" && transfer.state !== "cancelled";
    part.stop.textContent = isMoving(transfer) ? "Cancel" : "Remove";
    part.stop.hidden = transfer.state === "checking";
    if (transfer.state === "done" && !item.told) {
      item.told = true;
      this.finished += 1;
      // A state, not a trigger: triggers that follow each other quickly get lost.
      this.component.setStateValue("finished", { count: this.finished, video_id: transfer.videoId });
    }
    this.summarise();
  }

  summarise() {
    const waiting = this.items.filter((item) => item.transfer.state === "chosen" && !item.wanted).length;
    const { start, clear } = this.frame;
    start.hidden = waiting === 0;
    start.textContent = waiting === 1 ? "Upload 1 file" : `Upload ${waiting} files`;
    clear.hidden = !this.items.some((item) => isOver(item.transfer));
  }
}

function isMoving(transfer) {
  return ["sending", "waiting", "checking"].includes(transfer.state);
}

function isOver(transfer) {
  return ["done", "failed", "cancelled"].includes(transfer.state);
}

function describe(transfer, wanted) {
  const size = bytes(transfer.file.size);
  if (transfer.state === "chosen") return wanted ? `${size}, waiting for its turn` : size;
  if (transfer.state === "done") return `${size}, uploaded. Its pictures are being checked now: see the list below.`;
  if (transfer.state === "checking") return `${size}, all sent, the server is putting it in place`;
  if (transfer.state === "cancelled") return "Cancelled; nothing was kept.";
  if (transfer.message) return transfer.message;
  const speed = transfer.bytesPerSecond;
  const percent = Math.floor((100 * transfer.offset) / Math.max(transfer.file.size, 1));
  return `${percent} % of ${size}` + (speed ? `, ${bytes(speed)}/s` : "");
}

function bytes(count) {
  if (count < 1e6) return `${Math.max(count / 1e3, count ? 0.1 : 0).toFixed(count < 1e4 ? 1 : 0)} kB`;
  return count < 1e9 ? `${(count / 1e6).toFixed(1)} MB` : `${(count / 1e9).toFixed(2)} GB`;
}

function build() {
  const box = element("div", { className: "box" });
  const input = element("input", {
    type: "file", multiple: true, accept: "video/*,.avi,.mkv,.mov,.mp4,.mpg,.mpeg,.mts,.m2ts,.ts,.webm,.wmv,.m4v",
  });
  const pick = element("label", { className: "pick", textContent: "Choose videos" });
  pick.append(input);
  const limit = element("span", { className: "limit" });
  const drop = element("div", { className: "drop" });
  drop.append(pick, element("span", { textContent: "or drop them here. They stay on this server." }), limit);
  const list = element("ul", {});
  const start = element("button", { type: "button", className: "start", hidden: true });
  const clear = element("button", { type: "button", textContent: "Clear finished", hidden: true });
  const actions = element("div", { className: "actions" });
  actions.append(start, clear);
  const subjects = element("datalist", { id: "glint-subjects" });
  box.append(drop, list, actions, subjects);
  return { box, drop, input, list, start, clear, subjects, limit };
}

function element(tag, properties) {
  return Object.assign(document.createElement(tag), properties);
}
