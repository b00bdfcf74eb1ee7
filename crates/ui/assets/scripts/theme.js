// A choice of theme shows at once; the form behind it keeps the choice where scripts do not run.
for (const form of document.querySelectorAll("form[data-theme-cookie]")) {
  form.addEventListener("submit", (event) => {
    const theme = event.submitter?.value;
    if (!["system", "light", "dark"].includes(theme)) return;
    event.preventDefault();
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `${form.dataset.themeCookie}=${theme}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    for (const button of form.querySelectorAll("button[name=theme]")) {
      if (button === event.submitter) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
  });
}
