import accounts from "./accounts.json";
import calls from "./calls.json";
import codes from "./codes.json";
import common from "./common.json";
import effects from "./effects.json";
import listings from "./listings.json";
import orders from "./orders.json";
import senders from "./senders.json";
import session from "./session.json";
import shipping from "./shipping.json";

export default {
  accounts,
  calls,
  codes,
  common,
  effects,
  listings,
  orders,
  senders,
  session,
  shipping,
};
