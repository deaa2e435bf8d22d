import { describe, expect, it } from "vitest";
import { checkTracking, normalizeTracking, trackingDigits } from "./tracking";

describe("checkTracking", () => {
  it("accepts hyphens, spaces and full-width digits", () => {
    expect(normalizeTracking(" 6804-0545 0931")).toBe("680405450931");
    expect(normalizeTracking("６８０４")).toBe("6804");
    expect(checkTracking("CJ_LOGISTICS", "6804-0545-0931")).toBe("ok");
  });

  it("knows each carrier's lengths", () => {
    expect(checkTracking("CJ_LOGISTICS", "68040545093")).toBe("length");
    expect(checkTracking("KOREA_POST", "6804054509311")).toBe("ok");
    expect(trackingDigits("CJ_LOGISTICS", "ko")).toBe("10 또는 12");
    expect(trackingDigits("LOTTE", "en")).toBe("10, 12, or 13");
    expect(trackingDigits("DIRECT", "ko")).toBe("");
  });

  it("points at letters first", () => {
    expect(checkTracking("LOGEN", "12345O78901")).toBe("letters");
  });

  it("leaves carriers without a rule alone", () => {
    expect(checkTracking("DIRECT", "7")).toBe("free");
    expect(checkTracking("DIRECT", "")).toBe("empty");
  });
});
