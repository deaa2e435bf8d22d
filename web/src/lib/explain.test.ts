import { describe, expect, it } from "vitest";
import { claimIn, koreanDigits, wrongWith } from "./explain";

describe("sentences of services", () => {
  it("keep the claim's number", () => {
    expect(claimIn("claim 365000011 asks that the parcel does not leave")).toBe("365000011");
  });

  it("that are not known stay what they are", () => {
    expect(claimIn("the claim is open")).toBeUndefined();
    expect(wrongWith("must be an even number")).toBeUndefined();
  });

  it("about fields and digits become parameters", () => {
    expect(wrongWith("must have 1 to 80 characters")).toEqual({
      kind: "length",
      min: "1",
      max: "80",
    });
    expect(wrongWith("has the unknown placeholder {phone}; the known ones are {buyer}")).toEqual({
      kind: "placeholder",
      name: "{phone}",
      known: "{buyer}",
    });
    expect(wrongWith("is missing")).toEqual({ kind: "missing" });
    expect(koreanDigits("10, 12 or 13")).toBe("10, 12 또는 13");
    expect(koreanDigits("1 to 30")).toBe("1~30");
  });
});
