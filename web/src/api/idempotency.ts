import { ApiError } from "./problem";

/** 128 random bits as hex. `crypto.randomUUID` is missing on plain http, where a shop's own server often lives. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Gives the same key to the same body while the outcome of the last try is open, so that a repeated click cannot
 * do the work twice. A definite answer ends the key: the next try is a new one.
 */
export class IdempotencyKeys {
  private current: { body: string; key: string } | undefined;

  async run<T>(body: unknown, send: (key: string) => Promise<T>): Promise<T> {
    const text = JSON.stringify(body);
    if (this.current?.body !== text) this.current = { body: text, key: newKey() };
    try {
      const result = await send(this.current.key);
      this.current = undefined;
      return result;
    } catch (error) {
      if (error instanceof ApiError && !error.outcomeUnknown) this.current = undefined;
      throw error;
    }
  }
}
