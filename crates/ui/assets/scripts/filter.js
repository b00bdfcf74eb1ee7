// Narrows a library of cards while the reader types; where scripts do not run, the form does it.
for (const input of document.querySelectorAll("input[data-filter]")) {
  const library = document.getElementById(input.dataset.filter);
  const empty = document.getElementById(`${input.dataset.filter}-empty`);
  const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const update = () => {
    const words = fold(input.value).split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const item of library.querySelectorAll("[data-search]")) {
      const text = fold(item.dataset.search);
      item.hidden = !words.every((word) => text.includes(word));
      if (!item.hidden) shown += 1;
    }
    for (const group of library.querySelectorAll("section")) group.hidden = !group.querySelector("[data-search]:not([hidden])");
    if (empty) empty.hidden = shown > 0;
  };
  input.addEventListener("input", update);
  if (input.value) update();
}
