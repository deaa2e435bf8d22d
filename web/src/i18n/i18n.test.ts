import { describe, expect, it } from "vitest";
import { EFFECT_KINDS, EFFECT_STATES, ORDER_STATES } from "../api/codes";
import en from "./en";
import ko from "./ko";

type Texts = { [key: string]: string | Texts };

function flatten(texts: Texts, prefix = ""): [string, string][] {
  return Object.entries(texts).flatMap(([key, value]) =>
    typeof value === "string"
      ? [[prefix + key, value] as [string, string]]
      : flatten(value, `${prefix}${key}.`),
  );
}

const korean = new Map(flatten(ko));
const english = new Map(flatten(en));

function placeholders(text: string | undefined): string[] {
  return [...(text ?? "").matchAll(/{{(\w+)}}/g)].map((match) => match[1] ?? "").sort();
}

describe("the texts", () => {
  it("have the same keys in Korean and English", () => {
    expect([...english.keys()].sort()).toEqual([...korean.keys()].sort());
  });

  it("fill in the same values in both", () => {
    for (const [key, text] of korean) {
      expect(placeholders(english.get(key)), key).toEqual(placeholders(text));
    }
  });

  it("are never empty, and the Korean ones are Korean", () => {
    const untranslated = new Set(["common.english", "listings.form.sku"]);
    for (const [key, text] of english) expect(text.trim(), key).not.toBe("");
    for (const [key, text] of korean) {
      if (!untranslated.has(key)) expect(text, key).toMatch(/[가-힣]|^[^a-z]+$/);
    }
  });

  it("name every state and kind that the screens offer as a filter", () => {
    for (const state of ORDER_STATES) expect(korean.has(`codes.orderState.${state}`)).toBe(true);
    for (const state of EFFECT_STATES) expect(korean.has(`codes.effectState.${state}`)).toBe(true);
    for (const kind of EFFECT_KINDS) expect(korean.has(`codes.effectKind.${kind}`)).toBe(true);
  });
});
