// Takes the reader to what is wrong: the summary where there is one, else the first field.
(document.querySelector("[data-focus]") ?? document.querySelector('[aria-invalid="true"]'))?.focus();
