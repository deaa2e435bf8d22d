const LAST_DIGITS = 4;
const SHORTEST = 8;
const LONGEST = 15;

/** Whether a text is a whole phone number, however it is written, or its last four digits. */
export function isPhone(text: string): boolean {
  const digits = text.replace(/\D/g, "").length;
  return digits === LAST_DIGITS || (digits >= SHORTEST && digits <= LONGEST);
}
