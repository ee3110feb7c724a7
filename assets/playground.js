// Draws values that come from the server as data. Text only ever becomes a text node, never HTML.
window.qwenPlayground = (() => {
  const make = (tag, className, text) => {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (text !== undefined) node.textContent = text;
    return node;
  };

  const clock = (seconds) => new Date(1000 * seconds).toLocaleTimeString("en-GB");  // 24 hours, in the reader's time zone

  const drawers = {
    // {legend: [[kind, name]], tokens: [[id, text, kind]], counts, label, hidden: {after, text}} or {empty}
    tokens(root, value) {
      if (!value.tokens) {
        root.append(make("p", "quiet", value.empty || ""));
        return;
      }
      root.append(make("p", "quiet", value.counts));
      const legend = make("p", "legend");
      value.legend.forEach(([kind, name]) => legend.append(make("span", "tok " + kind, name)));
      root.append(legend);
      const list = make("div", "tokens");
      list.tabIndex = 0;
      list.setAttribute("role", "group");
      list.setAttribute("aria-label", value.label);
      value.tokens.forEach(([id, text, kind], n) => {
        if (value.hidden && value.hidden.after === n) list.append(make("p", "quiet", value.hidden.text));
        const token = make("span", "tok " + kind);
        token.append(make("span", "", text.replace(/\n/g, "⏎").replace(/\t/g, "⇥")));
        token.append(make("sub", "", String(id)));
        token.title = String(id);
        list.append(token);
        if (text.endsWith("\n")) list.append(make("br"));
      });
      root.append(list);
    },
    // {items: [{text, kind}], kind, title, label}
    facts(root, value) {
      if (value.title) root.append(make("strong", "", value.title));
      (value.items || []).forEach((item) => root.append(make("span", item.kind || "", item.text)));
      root.classList.toggle("empty", !(value.items || []).length && !value.title);
      root.dataset.kind = value.kind || "";
      if (value.label) root.setAttribute("aria-label", value.label);
    },
    // {share: 0..1, items: [text], label, parts}: a bar with a label is read out as a meter, one without is decoration.
    // parts: [{kind, share, text}] is what fills it, said below it in words; name: whose it is. Or {meters: [the same]}
    meter(root, value) {
      if (value.meters) {
        value.meters.forEach((each) => {
          const one = make("div", "one");
          drawers.meter(one, each);
          root.append(one);
        });
        return;
      }
      const line = make("div", "facts");
      if (value.name) line.append(make("strong", "", value.name));
      (value.items || []).forEach((text) => line.append(make("span", "", text)));
      root.append(line);
      if (value.share === undefined || value.share === null) return;
      const bar = make("div", "bar" + (value.share > 1 ? " over" : value.share > 0.85 ? " near" : ""));
      if (value.label) {
        bar.setAttribute("role", "meter");
        bar.setAttribute("aria-label", value.label);
        bar.setAttribute("aria-valuemin", "0");
        bar.setAttribute("aria-valuemax", "100");
        bar.setAttribute("aria-valuenow", String(Math.round(100 * Math.min(1, value.share))));
        bar.setAttribute("aria-valuetext", value.items[0]);
      }
      const parts = value.parts || [{ kind: "", share: value.share }];
      parts.filter((part) => part.kind !== "free").forEach((part) => {
        const fill = make("i", part.kind);
        fill.style.width = Math.min(100, 100 * part.share) + "%";
        bar.append(fill);
      });
      root.append(bar);
      if (!value.parts) return;
      const names = make("ul", "parts");
      parts.forEach((part) => {
        const name = make("li");
        name.append(make("i", part.kind), make("span", "", part.text));
        names.append(name);
      });
      root.append(names);
    },
    // {label, columns: [text], rows: [[cell]], empty}; a cell is a text or {text, note, kind, time}, time in seconds
    table(root, value) {
      if (value.label) root.setAttribute("aria-label", value.label);
      if (!value.columns || !value.rows.length) {
        root.append(make("p", "quiet", value.empty || ""));
        return;
      }
      // the roles are said outright, because a phone draws rows as lists, which would take them away
      const part = (tag, role) => { const node = make(tag); node.setAttribute("role", role); return node; };
      const table = part("table", "table"), top = part("thead", "rowgroup"), body = part("tbody", "rowgroup");
      const head = part("tr", "row");
      value.columns.forEach((name) => {
        const cell = part("th", "columnheader");
        cell.textContent = name;
        head.append(cell);
      });
      top.append(head);
      value.rows.forEach((row) => {
        const line = part("tr", "row");
        row.forEach((given, n) => {
          const cell = typeof given === "string" ? { text: given } : given;
          const node = n ? part("td", "cell") : part("th", "rowheader");
          node.className = cell.kind || "";
          node.dataset.column = value.columns[n];
          node.append(make("span", "", cell.time === undefined ? cell.text : clock(cell.time)));
          if (cell.note) node.append(make("small", "", cell.note));
          line.append(node);
        });
        body.append(line);
      });
      table.append(top, body);
      root.append(table);
    },
  };

  const draw = (kind, element, props, watch) => {
    const go = () => {
      const root = element.querySelector(".draw");
      const now = JSON.stringify(props.value || {});
      if (!root || root.drawnFrom === now) return;      // the same again: leave a selection and the scroll where they are
      root.drawnFrom = now;
      const [left, top] = [root.scrollLeft, root.scrollTop];
      root.replaceChildren();
      drawers[kind](root, props.value || {});
      [root.scrollLeft, root.scrollTop] = [left, top];
    };
    go();
    watch("value", go);
  };

  // Formulas carry private marks (playground/text/math_marks.py); what is copied has ordinary LaTeX again.
  const clipboard = navigator.clipboard;
  if (clipboard && clipboard.writeText) {
    const write = clipboard.writeText.bind(clipboard);
    const plain = { "\ue010": "\\(", "\ue011": "\\)", "\ue012": "$$", "\ue013": "$$", "\u2060\\*": "*", "\u2060": "" };
    clipboard.writeText = (text) => write(String(text).replace(/\u2060\\\*|[\ue010-\ue013\u2060]/g, (mark) => plain[mark]));
  }

  document.addEventListener("copy", (event) => {
    const text = String(document.getSelection());
    if (!/[\ue010-\ue013\u2060]/.test(text)) return;
    event.clipboardData.setData("text/plain", text.replace(/[\ue010-\ue013\u2060]/g, ""));
    event.preventDefault();
  });

  // Gradio nests a button without a name inside the clickable title of a thought, and does not say whether it is open.
  const mendThoughts = () => document.querySelectorAll(".thought-group .title").forEach((title) => {
    const arrow = title.querySelector("button");
    if (arrow && !arrow.disabled) {
      arrow.disabled = true;
      arrow.setAttribute("aria-hidden", "true");
      arrow.style.pointerEvents = "none";
    }
    const open = String(title.parentElement.children.length > 1);
    if (title.getAttribute("aria-expanded") !== open) title.setAttribute("aria-expanded", open);
  });
  const mendScrollers = () => document.querySelectorAll('.cm-scroller[tabindex="-1"]').forEach((box) => { box.tabIndex = 0; });
  let mending = false;
  new MutationObserver(() => {
    if (mending) return;
    mending = true;
    requestAnimationFrame(() => { mending = false; mendThoughts(); mendScrollers(); });
  }).observe(document.documentElement, { childList: true, subtree: true });

  // Escape stops the running answer; not while an input method composes a character.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    const stop = [...document.querySelectorAll("button.stop-answer")].find((b) => !b.disabled && b.offsetParent);
    if (stop) stop.click();
  });

  return { draw };
})();
