import { useMediaQuery } from "@mantine/hooks";

/** The "lg" of the theme: below it a table leaves its words no room, and lists are cards. */
const WIDE = "(min-width: 75em)";

export function useWide(): boolean {
  return useMediaQuery(WIDE, true, { getInitialValueInEffect: false }) ?? true;
}
