// What the mock's channels offer.
import { ago } from "./mock-orders.mjs";
import { Refusal } from "./mock-refusal.mjs";

function component(world, { variant_id, quantity }) {
  for (const product of world.products) {
    const variant = product.variants.find((each) => each.id === variant_id);
    if (variant) {
      const { sku, kind } = variant;
      return { variant_id, sku, name: `${product.name} ${variant.name}`.trim(), kind, quantity };
    }
  }
  throw new Refusal(404, "VARIANT_NOT_FOUND", "상품 옵션을 찾을 수 없습니다", variant_id);
}

function change(id, field, old_value, new_value) {
  return {
    id,
    field,
    old_value,
    new_value,
    place: "ORDER",
    seen_at: ago(90),
    acknowledged_at: null,
    acknowledged_by: null,
  };
}

function suggest(world, listing, index) {
  const variants = world.products.flatMap((product) =>
    product.variants.map((variant) => ({ product, variant })),
  );
  const hits = variants.slice(index, index + 3);
  return hits.map(({ product, variant }, i) => ({
    variant_id: variant.id,
    sku: variant.sku,
    name: `${product.name} ${variant.name}`.trim(),
    kind: variant.kind,
    reason: i === 0 && listing.sku_code === variant.sku ? "SKU" : "NAME",
    score: i === 0 && listing.sku_code === variant.sku ? 100 : 78 - i * 14,
  }));
}

export function makeListings(world, products) {
  return products.map(([product_name, option_name, sku_code], i) => {
    const mapped = i < 2 || i === 3;
    const listing = {
      id: `li${i}`,
      channel: i % 3 === 2 ? "smartstore" : "coupang",
      channel_account_id: "a1",
      channel_listing_id: String(70000123 + i),
      product_name,
      option_name,
      sku_code,
      barcode: i % 2 ? null : `88012345678${10 + i}`,
      price: { amount_minor: 12900 + i * 1000, currency: "KRW" },
      channel_product_id: String(30000100 + i),
      on_sale: i !== 4,
      listed_at: ago(600),
      components: mapped ? [component(world, { variant_id: `v${i}`, quantity: 1 })] : [],
      version: mapped ? 1 : 0,
      mapped_by: mapped ? "김하늘" : null,
      mapped_at: mapped ? ago(500) : null,
      attention: mapped ? null : "NEW",
      changes: [],
      suggestions: mapped ? [] : suggest(world, { sku_code }, i),
      first_seen_at: ago(i * 400),
    };
    if (i === 1) {
      listing.attention = "CHANGED";
      listing.changes = [
        change("ch1", "OPTION_NAME", option_name || "기본", "검정 / 특대"),
        change("ch2", "SKU_CODE", sku_code, `${sku_code}-2`),
      ];
    }
    return listing;
  });
}

function map(world, body) {
  const listing = world.listings.find((l) => l.channel_listing_id === body.channel_listing_id);
  if (body.expected_version !== undefined && body.expected_version !== listing.version) {
    throw new Refusal(409, "LISTING_CHANGED", "그 사이 다른 사람이 연결을 바꾸었습니다", "");
  }
  const parts = body.components ?? [{ variant_id: body.variant_id, quantity: 1 }];
  return Object.assign(listing, {
    components: parts.map((part) => component(world, part)),
    version: listing.version + 1,
    mapped_by: "김하늘",
    mapped_at: new Date().toISOString(),
    suggestions: [],
    attention: listing.attention === "NEW" ? null : listing.attention,
  });
}

function mapMany(world, { mappings }) {
  const results = mappings.map((body) => ({
    listing: map(world, body),
    reason: null,
    detail: null,
  }));
  return { results };
}

function affected(world, listing) {
  const standings = ["FOLLOWS", "PACKED", "LEFT"];
  return standings.map((standing, i) => ({
    order_id: world.orders[i].id,
    line_id: `al${i}`,
    channel: listing.channel,
    channel_order_id: world.orders[i].channel_order_id,
    product_name: listing.product_name,
    option_name: listing.option_name,
    quantity: 1 + i,
    ordered_at: ago(60 * (i + 1)),
    standing,
    shipment_id: i ? "s1" : null,
    carrier: i ? "CJ_LOGISTICS" : null,
    tracking_number: i ? "680405450931" : null,
    contents: i ? [component(world, { variant_id: "v2", quantity: 1 + i })] : [],
  }));
}

function shows(listing, query) {
  const q = query.get("q");
  return (
    (query.get("unmapped_only") !== "true" || listing.components.length === 0) &&
    (!query.get("attention") || listing.attention === query.get("attention")) &&
    (!q || [listing.product_name, listing.option_name].join(" ").includes(q))
  );
}

export function listingRoutes(world, page, find) {
  const one = (id) => find(world.listings, id, "LISTING");
  return [
    [
      "GET",
      "/listings",
      ({ query }) =>
        page(
          world.listings.filter((l) => shows(l, query)),
          "listings",
          query,
        ),
    ],
    [
      "GET",
      "/listings/summary",
      () => ({
        all: world.listings.length,
        unmapped: world.listings.filter((l) => l.components.length === 0).length,
        new: world.listings.filter((l) => l.attention === "NEW").length,
        changed: world.listings.filter((l) => l.attention === "CHANGED").length,
      }),
    ],
    ["POST", "/listings/map", ({ body }) => map(world, body)],
    ["POST", "/listings/map-many", ({ body }) => mapMany(world, body)],
    ["GET", "/listings/:id", ({ id }) => one(id)],
    [
      "POST",
      "/listings/:id/unmap",
      ({ id }) => Object.assign(one(id), { components: [], version: one(id).version + 1 }),
    ],
    [
      "POST",
      "/listings/:id/acknowledge",
      ({ id }) => Object.assign(one(id), { changes: [], attention: null }),
    ],
    [
      "GET",
      "/listings/:id/history",
      ({ id }) => ({
        mappings: one(id).components.length
          ? [
              {
                version: one(id).version,
                components: one(id).components,
                mapped_by: one(id).mapped_by,
                mapped_at: one(id).mapped_at,
              },
            ]
          : [],
        changes: one(id).changes,
      }),
    ],
    [
      "GET",
      "/listings/:id/affected-lines",
      ({ id, query }) =>
        page(
          affected(world, one(id)).filter(
            (line) => query.get("needs_person") !== "true" || line.standing !== "FOLLOWS",
          ),
          "lines",
          query,
        ),
    ],
  ];
}
