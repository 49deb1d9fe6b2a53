"use strict";
// On a narrow screen one side is shown at a time.
const tabs = [...document.querySelectorAll(".tab")];
for (const tab of tabs) {
  tab.addEventListener("click", (event) => {
    event.preventDefault();
    for (const other of tabs) {
      const on = other === tab;
      other.toggleAttribute("aria-current", on);
      if (on) other.setAttribute("aria-current", "true");
      document.querySelector(other.getAttribute("href")).classList.toggle("shown", on);
    }
  });
}
