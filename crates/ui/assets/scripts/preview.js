// Renders the live preview again a moment after something in its form changed.
for (const button of document.querySelectorAll("button[data-preview]")) {
  let timer;
  const refresh = () => button.form.requestSubmit(button);
  // Fields may stand outside their form.
  document.addEventListener("input", (event) => {
    if (event.target.form !== button.form) return;
    clearTimeout(timer);
    timer = setTimeout(refresh, 250);
  });
  button.hidden = true;
  refresh();
}
