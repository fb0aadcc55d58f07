// The keys that work wherever the focus is.

export function listenToKeys({ stop, search }) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented) return;
    if (event.key === "Escape" && !document.querySelector("dialog[open]")) stop(); // it closes those first
    if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey) {
      event.preventDefault();
      search();
    }
  });
}
