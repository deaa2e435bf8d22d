// What the browser remembers for this operator. A browser that refuses storage only forgets.

export function remembered(key: string): string | null {
  try {
    return localStorage.getItem(`moa.${key}`);
  } catch {
    return null;
  }
}

export function remember(key: string, value: string) {
  try {
    localStorage.setItem(`moa.${key}`, value);
  } catch {
    // Private mode or a full disk: the next visit starts from the default.
  }
}
