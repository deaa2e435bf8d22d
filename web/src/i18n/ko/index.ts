import accounts from "./accounts.json";
import calls from "./calls.json";
import claims from "./claims.json";
import codes from "./codes.json";
import common from "./common.json";
import coverage from "./coverage.json";
import effects from "./effects.json";
import inquiries from "./inquiries.json";
import listings from "./listings.json";
import orders from "./orders.json";
import senders from "./senders.json";
import session from "./session.json";
import shipping from "./shipping.json";

export default {
  accounts,
  calls,
  claims,
  codes,
  common,
  coverage,
  effects,
  inquiries,
  listings,
  orders,
  senders,
  session,
  shipping,
};
