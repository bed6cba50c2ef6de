"use strict";
// Sorting and filtering. Without this the page shows everything, in the order in which it was made.
(() => {
  const order = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

  const made = (tag, properties, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  const valueOf = (row, column) => {
    const cell = row.cells[column];
    if (!cell) return null;
    if (cell.dataset.sort !== undefined) return Number(cell.dataset.sort);
    if (cell.classList.contains("num")) {
      const digits = cell.textContent.replace(/[^0-9.-]/g, "");
      return digits === "" ? null : Number(digits);
    }
    return cell.textContent.trim();
  };

  const compare = (one, other) => {
    if (typeof one === "number" && typeof other === "number") return one - other;
    return order.compare(String(one), String(other));
  };

  const isEmpty = (value) => value === null || value === "";

  const sort = (table, header, column) => {
    const descending = header.getAttribute("aria-sort") === "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", descending ? "descending" : "ascending");
    const body = table.tBodies[0];
    const keyed = Array.from(body.rows, (row) => [valueOf(row, column), row]);
    keyed.sort(([one], [other]) => {
      if (isEmpty(one) || isEmpty(other)) return isEmpty(one) - isEmpty(other);
      return descending ? compare(other, one) : compare(one, other);
    });
    body.append(...keyed.map(([, row]) => row));
  };

  const filterOf = (label, items, what) => {
    let texts;
    const said = made("output", { className: "found" });
    const field = made("input", { type: "search", name: "filter", autocomplete: "off", spellcheck: false });
    field.addEventListener("input", () => {
      const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
      texts ??= items.map((item) => item.textContent.toLowerCase());
      let shown = 0;
      items.forEach((item, number) => {
        item.hidden = !words.every((word) => texts[number].includes(word));
        shown += !item.hidden;
      });
      said.textContent = words.length ? `${shown} of ${items.length} ${what}` : "";
    });
    return made("div", { className: "filter" }, made("label", {}, label, field), said);
  };

  for (const table of document.querySelectorAll("table.data")) {
    const rows = Array.from(table.tBodies[0].rows);
    if (rows.length < 2) continue;
    Array.from(table.tHead.rows[0].cells).forEach((header, column) => {
      if (header.scope !== "col") return;
      const button = made("button", { type: "button" }, ...header.childNodes);
      button.addEventListener("click", () => sort(table, header, column));
      header.append(button);
    });
    if (rows.length > 13) table.parentElement.before(filterOf("Filter", rows, "rows"));
  }

  const articles = Array.from(document.querySelectorAll("#details > article"));
  if (articles.length > 2) {
    const label = "Find an integration by anything in it: a flow, a connection, a person";
    document.getElementById("finder").append(filterOf(label, articles, "integrations"));
  }

  // A link to what a filter hides shows it again.
  window.addEventListener("hashchange", () => {
    const target = document.getElementById(location.hash.slice(1));
    if (target && target.hidden) {
      target.hidden = false;
      target.scrollIntoView();
    }
  });
})();
