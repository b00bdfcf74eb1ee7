// Waits for something to happen elsewhere (the first sign-in) by asking for the same page again.
const INTERVAL = 4000;
const waiting = () => document.querySelector("[data-poll]");

async function look() {
  if (!waiting()) return;
  if (document.visibilityState === "visible") {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
    if (answer?.ok && !answer.redirected) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const present = waiting();
      const fresh = document.adoptNode(page.getElementById(present.id));
      if (!fresh.matches("[data-poll]")) present.replaceWith(fresh);
    }
  }
  if (waiting()) setTimeout(look, INTERVAL);
}

if (waiting()) setTimeout(look, INTERVAL);
