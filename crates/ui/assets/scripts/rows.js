// Rows of values (redirect URIs) grow and shrink in place; where scripts do not run, the last row is always empty.
for (const rows of document.querySelectorAll("[data-rows]")) {
  const template = rows.querySelector("template");
  const add = rows.querySelector("[data-row-add]");
  const changed = () => rows.closest("form")?.dispatchEvent(new Event("input", { bubbles: true }));
  // The empty row at the end stands for one more; here the button does.
  const all = rows.querySelectorAll("[data-row]");
  const last = all[all.length - 1];
  if (all.length > 1 && !last.querySelector("input").value && !last.querySelector(".error")) last.remove();
  add.hidden = false;
  add.addEventListener("click", () => {
    const row = template.content.firstElementChild.cloneNode(true);
    template.before(row);
    row.querySelector("input").focus();
  });
  rows.addEventListener("click", (event) => {
    const button = event.target.closest("[data-row-remove]");
    if (!button) return;
    const row = button.closest("[data-row]");
    if (rows.querySelectorAll("[data-row]").length > 1) row.remove();
    else row.querySelector("input").value = "";
    changed();
    (rows.querySelector("[data-row]:last-of-type input") ?? add).focus();
  });
  for (const button of rows.querySelectorAll("[data-row-remove]")) button.hidden = false;
}
