// Draws values that come from the server as data. Text only ever becomes a text node, never HTML.
window.qwenPlayground = (() => {
  const make = (tag, className, text) => {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (text !== undefined) node.textContent = text;
    return node;
  };

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
    // {share: 0..1, text, more}
    meter(root, value) {
      const line = make("div", "facts");
      (value.items || []).forEach((text) => line.append(make("span", "", text)));
      root.append(line);
      if (value.share === undefined || value.share === null) return;
      const bar = make("div", "bar" + (value.share > 1 ? " over" : value.share > 0.85 ? " near" : ""));
      const fill = make("i");
      fill.style.width = Math.min(100, 100 * value.share) + "%";
      bar.append(fill);
      root.append(bar);
    },
  };

  const draw = (kind, element, props, watch) => {
    const go = () => {
      const root = element.querySelector(".draw");
      if (!root) return;
      root.replaceChildren();
      drawers[kind](root, props.value || {});
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
