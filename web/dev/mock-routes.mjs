// What the mock answers, path by path.
import { calls, drift, health } from "./mock-channels.mjs";
import { claimRoutes } from "./mock-claims.mjs";
import { coverage, jobs, locate, parkedRows, runJob } from "./mock-coverage.mjs";
import { inquiryRoutes } from "./mock-inquiries.mjs";
import { listingRoutes } from "./mock-listings.mjs";
import { Refusal } from "./mock-refusal.mjs";
import { cancelShipment, createShipment, dispatchShipment } from "./mock-shipping.mjs";

export const SESSION = {
  operator: { id: "op1", email: "owner@moa.test", name: "김하늘", role: "OWNER", locale: "ko" },
  merchant: { id: "m1", name: "모아상점" },
};

function page(items, key, query) {
  const size = Number(query.get("page_size") ?? 50);
  const from = Number(query.get("page_token") || 0);
  const next = from + size < items.length ? String(from + size) : "";
  return { [key]: items.slice(from, from + size), next_page_token: next };
}

function find(list, id, what) {
  const found = list.find((each) => each.id === id);
  if (!found)
    throw new Refusal(404, `${what}_NOT_FOUND`, "찾을 수 없습니다", `${id}이(가) 없습니다.`);
  return found;
}

function putSender(world, kind, address) {
  const base_url = new URL(address ?? "https://api.solapi.com").origin;
  const sender = { kind, base_url, updated_at: new Date().toISOString() };
  world.senders = [...world.senders.filter((each) => each.kind !== kind), sender];
  return sender;
}

export function makeRoutes(world, told, logOut) {
  return [
    ["GET", "/session", () => SESSION],
    ["DELETE", "/session", logOut],
    [
      "GET",
      "/orders",
      ({ query }) => {
        const [state, channel, q] = ["state", "channel", "q"].map((key) => query.get(key));
        const hit = world.orders.filter(
          (order) =>
            (!state || order.state === state) &&
            (!channel || order.channel === channel) &&
            (!q ||
              order.channel_order_id.startsWith(q) ||
              order.lines.some((line) =>
                [line.product_name, line.sku_code, line.tracking_number].some((text) =>
                  text?.includes(q),
                ),
              )),
        );
        return page(hit, "orders", query);
      },
    ],
    [
      "GET",
      "/orders/summary",
      () => {
        const by_state = {};
        for (const order of world.orders) by_state[order.state] = (by_state[order.state] ?? 0) + 1;
        return { by_state, held: world.orders.filter((order) => order.hold).length, today: 27 };
      },
    ],
    ["GET", "/orders/:id", ({ id }) => find(world.orders, id, "ORDER")],
    [
      "GET",
      "/orders/:id/timeline",
      ({ id }) => ({ entries: world.timeline(find(world.orders, id, "ORDER")) }),
    ],
    [
      "GET",
      "/orders/:id/explain",
      ({ id }) => ({ lines: world.explain(find(world.orders, id, "ORDER")) }),
    ],
    ["POST", "/orders/:id/contact/reveal", () => world.contact],
    [
      "GET",
      "/shipments",
      ({ query }) =>
        page(
          world.shipments.filter((s) => s.order_ids.includes(query.get("order_id"))),
          "shipments",
          query,
        ),
    ],
    ["POST", "/shipments", ({ body }) => createShipment(world, body)],
    ["GET", "/shipments/:id", ({ id }) => find(world.shipments, id, "SHIPMENT")],
    [
      "POST",
      "/shipments/:id/dispatch",
      ({ id }) => dispatchShipment(world, find(world.shipments, id, "SHIPMENT"), told),
    ],
    [
      "POST",
      "/shipments/:id/cancel",
      ({ id }) => cancelShipment(world, find(world.shipments, id, "SHIPMENT"), told),
    ],
    ...inquiryRoutes(world, page, find),
    ...claimRoutes(world, page, find),
    ["GET", "/carriers", () => ({ carriers: world.carriers })],
    [
      "GET",
      "/entitlements",
      ({ query }) =>
        page(
          world.entitlements.filter((e) => e.order_id === query.get("order_id")),
          "entitlements",
          query,
        ),
    ],
    [
      "GET",
      "/effects",
      ({ query }) =>
        page(
          world.effects.filter(
            (effect) =>
              ["state", "kind"].every((key) => !query.get(key) || effect[key] === query.get(key)) &&
              [null, effect.subject_id, effect.order_id].includes(query.get("subject_id")),
          ),
          "effects",
          query,
        ),
    ],
    [
      "GET",
      "/effects/:id",
      ({ id }) => ({ ...find(world.effects, id, "EFFECT"), attempts: world.attempts }),
    ],
    [
      "POST",
      "/effects/:id/redrive",
      ({ id }) =>
        Object.assign(find(world.effects, id, "EFFECT"), {
          state: "PENDING",
          reason: null,
          detail: null,
        }),
    ],
    ["GET", "/senders", () => ({ senders: world.senders })],
    ["PUT", "/senders/solapi", ({ body }) => putSender(world, "SOLAPI", body.base_url)],
    ["PUT", "/senders/slack", ({ body }) => putSender(world, "SLACK", body.webhook_url)],
    ["GET", "/channel-accounts", () => ({ channel_accounts: world.accounts })],
    [
      "POST",
      "/channel-accounts",
      ({ body }) => {
        if (world.accounts.some((a) => a.channel_seller_id === body.credentials.vendor_id)) {
          throw new Refusal(
            409,
            "CHANNEL_ACCOUNT_EXISTS",
            "이미 등록된 계정입니다",
            "같은 업체코드의 계정이 있습니다.",
            [{ field: "credentials.vendor_id", description: "이미 등록된 업체코드입니다." }],
          );
        }
        const account = {
          ...world.accounts[0],
          ...body,
          id: `a${world.accounts.length + 1}`,
          channel_seller_id: body.credentials.vendor_id,
          last_test: null,
          last_refusal: null,
          streams: [],
          state: "ACTIVE",
        };
        delete account.credentials;
        world.accounts.push(account);
        return account;
      },
    ],
    [
      "POST",
      "/channel-accounts/:id/test",
      ({ id }) => {
        const account = find(world.accounts, id, "ACCOUNT");
        // Keys of an account with an exclamation mark in its name are refused.
        const ok = !account.name.includes("!");
        account.last_test = {
          tested_at: new Date().toISOString(),
          ok,
          reason: ok ? null : "CHANNEL_SIGNATURE_REFUSED",
          detail: ok ? null : "HTTP 401: the signature does not fit",
        };
        return account.last_test;
      },
    ],
    [
      "PATCH",
      "/channel-accounts/:id",
      ({ id, body: { version: _, ...change } }) =>
        Object.assign(find(world.accounts, id, "ACCOUNT"), change),
    ],
    [
      "GET",
      "/channel-accounts/:id/health",
      ({ id }) => health(find(world.accounts, id, "ACCOUNT")),
    ],
    ["GET", "/channel-accounts/:id/credentials", () => ({ credential_sets: [] })],
    ["GET", "/coverage", coverage],
    ["GET", "/coverage/parked-rows", ({ query }) => page(parkedRows(), "parked_rows", query)],
    [
      "GET",
      "/coverage/orders/:id",
      ({ id, query }) => locate(world, id, query.get("ordered_at"), calls()),
    ],
    ["POST", "/coverage/:id/backfill", () => ({ streams: 4 })],
    ["GET", "/jobs", jobs],
    ["POST", "/jobs/:id/run", ({ id }) => runJob(id)],
    ["GET", "/channel-calls", ({ query }) => page(calls(), "calls", query)],
    ["GET", "/channel-drift", ({ query }) => page(drift(), "findings", query)],
    [
      "POST",
      "/channel-accounts/:id/activate",
      ({ id }) => Object.assign(find(world.accounts, id, "ACCOUNT"), { state: "ACTIVE" }),
    ],
    [
      "POST",
      "/channel-accounts/:id/deactivate",
      ({ id }) => Object.assign(find(world.accounts, id, "ACCOUNT"), { state: "INACTIVE" }),
    ],
    ["GET", "/products", ({ query }) => page(world.products, "products", query)],
    [
      "POST",
      "/products",
      ({ body }) => {
        const n = world.products.length + 1;
        const product = {
          id: `pr${n}`,
          name: body.name,
          variants: body.variants.map((v, i) => ({ digital_content: "", ...v, id: `v${n}-${i}` })),
        };
        world.products.push(product);
        return product;
      },
    ],
    ...listingRoutes(world, page, find),
  ];
}
