import { describe, expect, it } from "vitest";
import { gapsIn, inserted, withFilled } from "./gaps";

describe("a template", () => {
  it("leaves gaps that are found in an answer", () => {
    expect(gapsIn("{buyer}님, 송장번호는 {tracking_number}입니다.")).toEqual([
      "buyer",
      "tracking_number",
    ]);
    expect(gapsIn("중괄호 {는} 괜찮습니다")).toEqual([]);
  });

  it("replaces what another filled in and keeps what was written by hand", () => {
    expect(withFilled("", "", "네.")).toBe("네.");
    expect(withFilled("네.\n", "네.", "아니요.")).toBe("아니요.");
    expect(withFilled("잠시만요.", "네.", "아니요.")).toBe("잠시만요.\n\n아니요.");
  });

  it("takes a gap where the cursor stands", () => {
    expect(inserted("님, 안녕하세요", 0, 0, "{buyer}")).toEqual({
      text: "{buyer}님, 안녕하세요",
      cursor: 7,
    });
  });
});
