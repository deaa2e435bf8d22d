/** Reads search parameters of the address as non-empty strings; everything else is left out. */
export function texts<Key extends string>(
  search: Record<string, unknown>,
  ...keys: Key[]
): { [K in Key]?: string } {
  const found: { [K in Key]?: string } = {};
  for (const key of keys) {
    const value = search[key];
    // The router parses "123" as a number; an order number is still a text.
    if (typeof value === "string" && value) found[key] = value;
    if (typeof value === "number") found[key] = String(value);
  }
  return found;
}
