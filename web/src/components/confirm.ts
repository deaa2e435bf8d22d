import { modals } from "@mantine/modals";
import { once } from "../lib/once";

type Question = Parameters<typeof modals.openConfirmModal>[0] & { onConfirm: () => void };

/**
 * Asks before something is done, and does it once. The library's dialogue can be clicked while it fades away, and a
 * second click would send a second request; one that is still open is not opened anew either.
 */
export function confirm({ onConfirm, ...question }: Question) {
  modals.openConfirmModal({ modalId: "confirm", ...question, onConfirm: once(onConfirm) });
}
