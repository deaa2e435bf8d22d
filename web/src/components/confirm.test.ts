import { modals } from "@mantine/modals";
import { afterEach, describe, expect, it, vi } from "vitest";
import { confirm } from "./confirm";

afterEach(() => {
  vi.restoreAllMocks();
});

describe("a question that is confirmed", () => {
  it("does it once, however often its button is clicked", () => {
    const open = vi.spyOn(modals, "openConfirmModal").mockReturnValue("");
    const run = vi.fn();
    confirm({ title: "Erase it?", onConfirm: run });
    const click = open.mock.calls[0]?.[0].onConfirm;
    click?.();
    click?.();
    expect(run).toHaveBeenCalledTimes(1);
  });

  it("does it again when it is asked again", () => {
    const open = vi.spyOn(modals, "openConfirmModal").mockReturnValue("");
    const run = vi.fn();
    for (let asked = 0; asked < 2; asked += 1) confirm({ title: "Send it?", onConfirm: run });
    for (const [question] of open.mock.calls) question.onConfirm?.();
    expect(run).toHaveBeenCalledTimes(2);
  });
});
