// A deletion that wants the thing's name can be sent once the name is typed.
for (const input of document.querySelectorAll("input[data-confirm]")) {
  const button = input.form.querySelector("button:not([type=button])");
  const update = () => { button.disabled = input.value !== input.dataset.confirm; };
  input.addEventListener("input", update);
  update();
}
