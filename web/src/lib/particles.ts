// Korean particles follow the sound before them. Texts with a gap give both, "을(를)"; here one is chosen.

const PAIRS: Record<string, [string, string]> = {
  "을(를)": ["을", "를"],
  "은(는)": ["은", "는"],
  "이(가)": ["이", "가"],
  "(으)로": ["으로", "로"],
};

/** Final sounds of digits as they are read: 영, 일, 삼, 육, 칠 and 팔 end in one. */
const DIGITS: Record<string, "none" | "other" | "l"> = {
  0: "other",
  1: "l",
  2: "none",
  3: "other",
  4: "none",
  5: "none",
  6: "other",
  7: "l",
  8: "l",
  9: "none",
};

function finalOf(letter: string): "none" | "other" | "l" | undefined {
  const syllable = letter.charCodeAt(0) - 0xac00;
  if (syllable < 0 || syllable > 11_171) return DIGITS[letter];
  const final = syllable % 28;
  if (final === 0) return "none";
  return final === 8 ? "l" : "other";
}

/** The text with each pair as it is said after the letter before it; both stay after a letter that is read unlike it is written. */
export function withParticles(text: string): string {
  return text.replace(/(.) ?(을\(를\)|은\(는\)|이\(가\)|\(으\)로)/g, (whole, letter, pair) => {
    const final = finalOf(letter);
    const forms = PAIRS[pair];
    if (!final || !forms) return whole;
    // "으로" becomes "로" after a final ㄹ, too.
    const open = final === "none" || (final === "l" && pair === "(으)로");
    return letter + (open ? forms[1] : forms[0]);
  });
}
