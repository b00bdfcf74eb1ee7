// Asks before changes are lost.
const forms = document.querySelectorAll("form[data-unsaved]");
// Which page a preview shows is no change.
const fields = (form) => [...new FormData(form)].filter(([name]) => name !== "preview_page");
const state = (form) => JSON.stringify(fields(form).map(([name, value]) => [name, String(value)]));
const initial = new Map();
for (const form of forms) initial.set(form, state(form));
let leaving = false;

addEventListener("beforeunload", (event) => {
  if (leaving) return;
  if ([...forms].some((form) => form.dataset.changed !== undefined || state(form) !== initial.get(form))) event.preventDefault();
});
document.addEventListener("submit", (event) => {
  if (!event.defaultPrevented && !event.submitter?.formTarget) leaving = true;
});
addEventListener("pageshow", () => { leaving = false; });
