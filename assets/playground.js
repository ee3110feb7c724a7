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
    // {outcome: "verified", "wrong", "unchecked" or "checking", word, text, more: [text]}; the sign repeats the word
    verdict(root, value) {
      root.dataset.outcome = value.outcome || "";
      if (!value.outcome) return;
      const sign = make("span", "sign", { verified: "✓", wrong: "✗", unchecked: "?", checking: "…" }[value.outcome]);
      sign.setAttribute("aria-hidden", "true");
      const said = make("div", "said");
      const first = make("p");
      first.append(make("strong", "", value.word + ":"), " ", make("span", "", value.text));
      said.append(first);
      (value.more || []).forEach((text) => said.append(make("p", "quiet", text)));
      root.append(sign, said);
    },
    // {title, label, k, ballots: [[letter, group]], groups: [{name, group, share, text}], note}; group -1: no answer
    votes(root, value) {
      if (!value.ballots) return;
      root.append(make("strong", "", value.title));
      const order = make("div", "ballots");
      order.setAttribute("role", "img");
      order.setAttribute("aria-label", value.label);
      for (let n = 0; n < value.k; n += 1) {
        const [letter, group] = value.ballots[n] || ["", null];
        order.append(make("span", group === null ? "open" : group < 0 ? "none" : "g" + (group % 6), letter));
      }
      root.append(order);
      value.groups.forEach((each) => {
        const line = make("div", "group");
        const bar = make("div", "bar");
        const fill = make("i", each.group < 0 ? "none" : "g" + (each.group % 6));
        fill.style.width = 100 * each.share + "%";
        bar.append(fill);
        line.append(make("span", "name", each.name), bar, make("span", "share", each.text));
        root.append(line);
      });
      if (value.note) root.append(make("p", "quiet", value.note));
    },
    // {label, rows: [[kind, number before, number after, [[text, changed]]]]} or {empty}; kind: same, out, in or gap
    diff(root, value) {
      if (!value.rows) {
        if (value.empty) root.append(make("p", "quiet", value.empty));
        return;
      }
      root.append(make("p", "quiet", value.label));
      const list = make("div", "lines");
      list.tabIndex = 0;
      list.setAttribute("role", "group");
      list.setAttribute("aria-label", value.label);
      const sign = { out: "−", in: "+" };
      value.rows.forEach(([kind, before, after, parts]) => {
        const line = make("div", "line " + kind);
        if (kind !== "gap") {
          [before, after].forEach((number) => line.append(make("span", "number", number === null ? "" : String(number))));
          line.append(make("span", "sign", sign[kind] || " "));
        }
        const text = make("span", "text");
        parts.forEach(([piece, changed]) => text.append(make(changed ? "mark" : "span", "", piece)));
        line.append(text);
        list.append(line);
      });
      root.append(list);
    },
    // {facts: [text], parts: [{label, text, empty}]}: what a program printed
    output(root, value) {
      if (!value.parts) return;
      if (value.facts.length) root.append(make("p", "quiet", value.facts.join(" · ")));
      value.parts.forEach((part) => {
        root.append(make("p", "name", part.label));
        if (!part.text) {
          root.append(make("p", "quiet", part.empty || ""));
          return;
        }
        const text = make("pre", "", part.text);
        text.tabIndex = 0;
        text.setAttribute("role", "group");
        text.setAttribute("aria-label", part.label);
        root.append(text);
      });
    },
    // {label, x: name of the axis, points: [{x: text, y: 0..1, low, high}], ticks: [[0..1, text]], steps}
    plot(root, value) {
      if (!value.points || !value.points.length) return;
      const W = Math.max(300, Math.min(640, root.clientWidth || 640)), H = 252, right = 16, top = 12, bottom = 58;
      const left = 20 + 8 * Math.max(...value.ticks.map(([, text]) => text.length)), slot = (W - left - right) / value.points.length;
      const shape = (tag, attributes, text) => {
        const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
        Object.entries(attributes).forEach(([name, each]) => node.setAttribute(name, each));
        if (text !== undefined) node.textContent = text;
        return node;
      };
      const x = (i) => left + slot * (i + 0.5);
      const y = (share) => top + (H - top - bottom) * (1 - share);
      const svg = shape("svg", { viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": value.label });
      value.ticks.forEach(([at, text]) => {
        svg.append(shape("line", { class: "grid", x1: left, x2: W - right, y1: y(at), y2: y(at) }));
        svg.append(shape("text", { class: "tick", x: left - 8, y: y(at) + 4, "text-anchor": "end" }, text));
      });
      const places = value.points.map((point, i) => [x(i), y(point.y)]);
      const path = places.map(([px, py], i) => {
        if (!i) return `M${px} ${py}`;
        const half = (places[i - 1][0] + px) / 2;
        return value.steps ? `L${half} ${places[i - 1][1]}L${half} ${py}L${px} ${py}` : `L${px} ${py}`;
      }).join("");
      svg.append(shape("path", { class: "line", d: path }));
      value.points.forEach((point, i) => {
        if (point.low !== undefined) {
          svg.append(shape("line", { class: "interval", x1: x(i), x2: x(i), y1: y(point.low), y2: y(point.high) }));
          [point.low, point.high].forEach((each) => svg.append(
            shape("line", { class: "interval", x1: x(i) - 5, x2: x(i) + 5, y1: y(each), y2: y(each) })));
        }
        svg.append(shape("circle", { class: "point", cx: x(i), cy: y(point.y), r: 4.5 }));
        const lines = 8 * point.x.length > slot ? point.x.split(" ") : [point.x];
        lines.forEach((text, line) => svg.append(
          shape("text", { class: "tick", x: x(i), y: H - bottom + 18 + 15 * line, "text-anchor": "middle" }, text)));
      });
      svg.append(shape("text", { class: "axis", x: (left + W - right) / 2, y: H - 6, "text-anchor": "middle" }, value.x));
      root.append(make("p", "name", value.label), svg);
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
  // The editor's colours have too little contrast, and class names that change with every build: the same hues, darker
  // on the light page and lighter on the dark one. Without a rule here, the light page's code is plain dark.
  const readable = (color, dark) => {
    const linear = (part) => (part / 255 <= 0.03928 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4);
    const light = ([red, green, blue]) => 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
    let parts = color.match(/[\d.]+/g).slice(0, 3).map(Number);
    while (dark ? light(parts) < 0.35 : light(parts) > 0.14) {
      parts = parts.map((part) => (dark ? part + 0.05 * (255 - part) + 1 : part * 0.95));
    }
    return `rgb(${parts.map((part) => Math.min(255, Math.round(part))).join(",")})`;
  };
  const recoloured = make("style");
  let colouredFrom = "";
  const mendCode = () => {
    if (!document.querySelector(".cm-editor")) return;
    const sheets = [...document.adoptedStyleSheets, ...document.styleSheets].filter((sheet) => sheet.ownerNode !== recoloured);
    const counts = sheets.map((sheet) => { try { return sheet.cssRules.length; } catch { return 0; } });
    if (colouredFrom === counts.join()) return;
    colouredFrom = counts.join();
    const rules = sheets.filter((sheet, n) => counts[n]).flatMap((sheet) => [...sheet.cssRules])
      .filter((rule) => /^\.ͼ\w+$/.test(rule.selectorText || "") && rule.style.color);
    const probe = make("i");
    document.head.append(recoloured, probe);
    recoloured.textContent = rules.map((rule) => {
      probe.style.color = rule.style.color;
      const color = getComputedStyle(probe).color, name = `.cm-editor .cm-line ${rule.selectorText}`;
      return `body:not(.dark) ${name} { color: ${readable(color, false)} !important; }\n` +
        `body.dark ${name} { color: ${readable(color, true)} !important; }`;
    }).join("\n");
    probe.remove();
  };
  // What scrolls sideways must be reachable by keyboard.
  const mendWide = () => document.querySelectorAll(".conversation pre:not([tabindex])").forEach((box) => {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
  });
  const mendScrollers = () => document.querySelectorAll('.cm-scroller[tabindex="-1"]').forEach((box) => { box.tabIndex = 0; });
  let mending = false;
  new MutationObserver(() => {
    if (mending) return;
    mending = true;
    requestAnimationFrame(() => { mending = false; mendThoughts(); mendScrollers(); mendCode(); mendWide(); });
  }).observe(document.documentElement, { childList: true, subtree: true });

  // Escape stops the running answer; not while an input method composes a character.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    const stop = [...document.querySelectorAll("button.stop-answer")].find((b) => !b.disabled && b.offsetParent);
    if (stop) stop.click();
  });

  // A file for the reader to keep, made in the browser.
  const save = (text, name) => {
    const link = make("a");
    link.href = URL.createObjectURL(new Blob([text || ""], { type: "text/plain;charset=utf-8" }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };
  const EXTENSIONS = { python: "py", javascript: "js", typescript: "ts", rust: "rs", bash: "sh" };
  // named after the first function or class in it
  const saveCode = (code, language) => {
    const found = /^\s*(?:export |public |async )*(?:def|class|function|func|fn)\s+(\w{1,40})/m.exec(code || "");
    save(code, (found ? found[1] : "code") + "." + (EXTENSIONS[language] || language));
  };

  return { draw, save, saveCode };
})();
