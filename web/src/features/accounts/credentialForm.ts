import { CHANNELS } from "../../api/codes";
import type { RegisterChannelAccount } from "../../api/types";

export type Channel = (typeof CHANNELS)[number];

/** The fields of every channel's credentials; a form shows those of one. */
export const NO_CREDENTIALS = {
  vendor_id: "",
  access_key: "",
  secret_key: "",
  client_id: "",
  client_secret: "",
  account_type: "SELF" as "SELF" | "SELLER",
  account_id: "",
};

export type CredentialValues = typeof NO_CREDENTIALS;

export function isChannel(code: string): code is Channel {
  return CHANNELS.some((known) => known === code);
}

/** A bcrypt salt, which is what an application's secret is. A shell that ate its dollars would show here. */
export function isApplicationSecret(value: string): boolean {
  return /^\$2[aby]\$\d\d\$.{22}$/.test(value.trim());
}

/** What the chosen channel asks for; the fields of the others stay here. */
export function credentialsOf(
  channel: Channel,
  given: CredentialValues,
): RegisterChannelAccount["credentials"] {
  if (channel === "coupang") {
    return {
      vendor_id: given.vendor_id.trim(),
      access_key: given.access_key.trim(),
      secret_key: given.secret_key.trim(),
    };
  }
  return {
    client_id: given.client_id.trim(),
    client_secret: given.client_secret.trim(),
    account_type: given.account_type,
    ...(given.account_type === "SELLER" && { account_id: given.account_id.trim() }),
  };
}

/** What is wrong with a field: the name of a message, or nothing. Only those that the channel asks for are looked at. */
export function credentialProblem(
  channel: Channel,
  name: keyof CredentialValues,
  given: CredentialValues,
): "missing" | "vendorIdBad" | "clientSecretBad" | null {
  const value = given[name].trim();
  const missing = value ? null : "missing";
  switch (name) {
    case "vendor_id":
      return channel !== "coupang" || /^A\d{8,9}$/.test(value) ? null : "vendorIdBad";
    case "access_key":
    case "secret_key":
      return channel === "coupang" ? missing : null;
    case "client_id":
      return channel === "smartstore" ? missing : null;
    case "client_secret":
      return channel !== "smartstore" || isApplicationSecret(value) ? null : "clientSecretBad";
    case "account_id":
      return channel === "smartstore" && given.account_type === "SELLER" ? missing : null;
    case "account_type":
      return null;
  }
}
