"use strict";
(() => {
  const root = document.documentElement;
  const show = (value) => {
    root.dataset.show = value;
    document.querySelectorAll(".langs button").forEach((button) =>
      button.setAttribute("aria-pressed", String(button.value === value)));
    try { localStorage.setItem("decision766-show", value); } catch { /* a file page may have no storage */ }
  };
  document.querySelectorAll(".langs button").forEach((button) =>
    button.addEventListener("click", () => show(button.value)));
  let kept = null;
  try { kept = localStorage.getItem("decision766-show"); } catch { /* the same */ }
  if (["vi", "en", "both"].includes(kept)) show(kept);

  const plain = (text) => String(text).normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/đ/gi, "d").toLowerCase();
  document.querySelectorAll("table[data-rows]").forEach((table) => {
    const data = JSON.parse(document.getElementById(table.dataset.rows).textContent);
    const body = table.tBodies[0], tools = document.getElementById(table.id + "-tools");
    const find = tools.querySelector("input"), size = tools.querySelector("select");
    const [back, next] = tools.querySelectorAll("button"), told = tools.querySelector("output");
    const haystack = data.rows.map((row) => plain(data.columns.map((column, at) =>
      column.words && row[at] in column.words ? row[at] + " " + column.words[row[at]].join(" ") : row[at]).join(" ")));
    let order = data.rows.map((_, at) => at), page = 0;
    const shown = () => {
      const words = plain(find.value).split(/\s+/).filter(Boolean);
      return words.length ? order.filter((at) => words.every((word) => haystack[at].includes(word))) : order;
    };
    const span = (cell, name, text) => {
      const part = document.createElement("span");
      part.className = name; part.lang = name; part.textContent = text; cell.append(part);
    };
    const fill = (cell, column, value, row) => {
      cell.className = column.kind || "";
      let into = cell;
      if (column.link !== undefined && row[column.link]) {
        into = document.createElement("a"); into.href = column.base + row[column.link] + ".html"; cell.append(into);
      }
      if (column.words && value in column.words) {
        const [vi, en, look] = column.words[value];
        const tag = document.createElement("span");
        tag.className = look ? "tag " + look : ""; into.append(tag);
        span(tag, "vi", vi); span(tag, "en", en);
      } else if (value === null || value === "") into.textContent = "—";
      else if (typeof value === "number") into.textContent = value.toLocaleString("vi-VN");
      else into.textContent = value;
    };
    const draw = () => {
      const found = shown(), per = Number(size.value) || found.length || 1;
      const pages = Math.max(1, Math.ceil(found.length / per));
      page = Math.min(page, pages - 1);
      const rows = found.slice(page * per, page * per + per).map((at) => {
        const line = document.createElement("tr"), row = data.rows[at];
        data.columns.forEach((column, place) => {
          if (column.hidden) return;
          const cell = document.createElement(column.head ? "th" : "td");
          if (column.head) cell.scope = "row";
          fill(cell, column, row[place], row); line.append(cell);
        });
        return line;
      });
      body.replaceChildren(...rows);
      told.textContent = `${found.length.toLocaleString("vi-VN")} / ${data.rows.length.toLocaleString("vi-VN")} · ${page + 1}/${pages}`;
      back.disabled = page === 0; next.disabled = page >= pages - 1;
    };
    table.querySelectorAll("thead th[data-column]").forEach((head) => {
      const button = head.querySelector("button"), at = Number(head.dataset.column);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        table.querySelectorAll("th[aria-sort]").forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const sign = down ? -1 : 1;
        order.sort((a, b) => {
          const one = data.rows[a][at], two = data.rows[b][at];
          if (one === two) return a - b;
          if (one === null) return 1;
          if (two === null) return -1;
          return sign * (typeof one === "number" ? one - two : String(one).localeCompare(String(two), "vi"));
        });
        page = 0; draw();
      });
    });
    find.addEventListener("input", () => { page = 0; draw(); });
    size.addEventListener("change", () => { page = 0; draw(); });
    back.addEventListener("click", () => { page -= 1; draw(); });
    next.addEventListener("click", () => { page += 1; draw(); });
    tools.hidden = false; draw();
  });
})();
