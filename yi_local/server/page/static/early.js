// Before anything is drawn, so that a dark page does not flash up in white.

(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const paint = () => {
    let chosen = null;
    try {
      chosen = localStorage.getItem("yi.theme");
    } catch {
      // A browser that remembers nothing: as the system is.
    }
    document.documentElement.dataset.theme = chosen ?? (dark.matches ? "dark" : "light");
  };
  paint();
  dark.addEventListener("change", paint);
  addEventListener("storage", paint);
  addEventListener("yi-theme", paint);
})();
