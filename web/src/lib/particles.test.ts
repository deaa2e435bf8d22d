import { describe, expect, it } from "vitest";
import { withParticles } from "./particles";

describe("particles", () => {
  it("follow the last sound of a word", () => {
    expect(withParticles("고객이 반품을(를) 요청했습니다.")).toBe("고객이 반품을 요청했습니다.");
    expect(withParticles("고객이 취소을(를) 요청했습니다.")).toBe("고객이 취소를 요청했습니다.");
    expect(withParticles("고객이 출고 중지을(를) 요청했습니다.")).toBe(
      "고객이 출고 중지를 요청했습니다.",
    );
    expect(withParticles("머그컵은(는) 가방이(가)")).toBe("머그컵은 가방이");
  });

  it("know that 으로 loses its vowel after ㄹ", () => {
    expect(withParticles("양말(으)로, 수건(으)로, 노트(으)로")).toBe("양말로, 수건으로, 노트로");
  });

  it("read digits", () => {
    expect(withParticles("송장 6을(를), 송장 1(으)로, 송장 9은(는)")).toBe(
      "송장 6을, 송장 1로, 송장 9는",
    );
    expect(withParticles("10.0.0.7 을(를)")).toBe("10.0.0.7을");
  });

  it("stay both where nobody can tell", () => {
    expect(withParticles("PDF을(를)")).toBe("PDF을(를)");
  });
});
