// What the browser remembers for this page; private windows may refuse.

export function kept(name) {
  try {
    return localStorage.getItem(`yi.${name}`);
  } catch {
    return null;
  }
}

// Nothing to keep, null, is forgotten.
export function keep(name, value) {
  put(() => localStorage, `yi.${name}`, value);
}

// For as long as the tab is open.
export function keptHere(name) {
  try {
    return sessionStorage.getItem(`yi.${name}`);
  } catch {
    return null;
  }
}

export function keepHere(name, value) {
  put(() => sessionStorage, `yi.${name}`, value);
}

function put(place, name, value) {
  try {
    if (value === null || value === "") place().removeItem(name);
    else place().setItem(name, value);
  } catch {
    // It is only not there the next time.
  }
}
