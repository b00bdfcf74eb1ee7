// Copies the value beside a button and says so.
for (const button of document.querySelectorAll("button[data-copy]")) {
  if (!navigator.clipboard) break;
  button.hidden = false;
  const label = button.getAttribute("aria-label");
  let timer;
  button.addEventListener("click", async () => {
    const source = button.dataset.copyFrom ? document.getElementById(button.dataset.copyFrom).textContent : button.dataset.copy;
    await navigator.clipboard.writeText(source);
    button.classList.add("copied");
    button.setAttribute("aria-label", button.dataset.copied);
    announce(button.dataset.copied);
    clearTimeout(timer);
    timer = setTimeout(() => {
      button.classList.remove("copied");
      button.setAttribute("aria-label", label);
    }, 2000);
  });
}

function announce(text) {
  const region = document.getElementById("announcements");
  if (region) region.textContent = text;
}
