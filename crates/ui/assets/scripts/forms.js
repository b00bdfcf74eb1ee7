// A form is sent once, however often its button is pressed; a form that only carries the reader on sends itself.
const sent = new WeakSet();
// After so many milliseconds on the same page nothing is under way any more (the reader stopped the navigation).
const PATIENCE = 8000;

function release(element) {
  sent.delete(element);
  element.removeAttribute("aria-busy");
}

function once(element, event) {
  if (sent.has(element)) {
    event.preventDefault();
    return;
  }
  sent.add(element);
  element.setAttribute("aria-busy", "true");
  setTimeout(release, PATIENCE, element);
}

document.addEventListener("submit", (event) => {
  // A submission into a frame (a preview) may be repeated.
  if (!event.defaultPrevented && !event.submitter?.formTarget) once(event.target, event);
});

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-once]");
  if (link && event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey) once(link, event);
});

// Back from the next page, everything can be pressed again.
addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll('[aria-busy="true"]').forEach(release);
});

document.querySelector("form[data-auto-submit]")?.requestSubmit();
