import { expect, test } from "vitest";
import { isPhone } from "./phone";

test("a phone number is whole or its last four digits, however it is written", () => {
  for (const phone of ["010-1234-5678", "+82 10 1234 5678", "5678", " 1588-0000 "]) {
    expect(isPhone(phone), phone).toBe(true);
  }
  for (const other of ["", "567", "12345", "전화", "01012345678901234"]) {
    expect(isPhone(other), other).toBe(false);
  }
});
