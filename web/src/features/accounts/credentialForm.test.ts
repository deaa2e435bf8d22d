import { describe, expect, it } from "vitest";
import { credentialProblem, credentialsOf, isChannel, NO_CREDENTIALS } from "./credentialForm";

const SECRET = "$2a$04$abcdefghijklmnopqrstuu";

describe("credentials", () => {
  it("are those of one channel, without blanks around them", () => {
    const given = {
      ...NO_CREDENTIALS,
      vendor_id: " A00012345 ",
      access_key: "a",
      secret_key: "s ",
      client_id: "app",
      client_secret: SECRET,
      account_id: "ncp_1",
    };
    expect(credentialsOf("coupang", given)).toEqual({
      vendor_id: "A00012345",
      access_key: "a",
      secret_key: "s",
    });
    expect(credentialsOf("smartstore", given)).toEqual({
      client_id: "app",
      client_secret: SECRET,
      account_type: "SELF",
    });
    const forSeller = { ...given, account_type: "SELLER" as const };
    expect(credentialsOf("smartstore", forSeller)).toMatchObject({ account_id: "ncp_1" });
  });

  it("are looked at as far as the channel asks for them", () => {
    const names = Object.keys(NO_CREDENTIALS) as (keyof typeof NO_CREDENTIALS)[];
    const problems = (channel: "coupang" | "smartstore", given = NO_CREDENTIALS) =>
      names.filter((name) => credentialProblem(channel, name, given));
    expect(problems("coupang")).toEqual(["vendor_id", "access_key", "secret_key"]);
    expect(problems("smartstore")).toEqual(["client_id", "client_secret"]);
    const forSeller = { ...NO_CREDENTIALS, account_type: "SELLER" as const };
    expect(problems("smartstore", forSeller)).toContain("account_id");
    const eaten = { ...NO_CREDENTIALS, client_id: "app", client_secret: "a4abcdefghij" };
    expect(credentialProblem("smartstore", "client_secret", eaten)).toBe("clientSecretBad");
  });

  it("are known for the channels of this screen alone", () => {
    expect(isChannel("smartstore")).toBe(true);
    expect(isChannel("elsewhere")).toBe(false);
  });
});
