import { expect, it } from "vitest";
import { texts } from "./search";

it("texts keeps known texts and numbers and drops the rest", () => {
  const search = { q: 30001, state: "PLACED", channel: "", other: "x", page: { a: 1 } };
  expect(texts(search, "q", "state", "channel")).toEqual({ q: "30001", state: "PLACED" });
});
