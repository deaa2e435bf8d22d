// The shapes of the admin API as the screens use them. One place to change when the API changes.

export type Page<Key extends string, Item> = { [K in Key]: Item[] } & { next_page_token: string };

export interface Money {
  amount_minor: number;
  currency: string;
}

export interface Session {
  operator: { id: string; email: string; name: string; role: string; locale: string };
  merchant: { id: string; name: string };
}

export interface Reason {
  reason: string;
  detail: string;
}

export interface OrderLine {
  id: string;
  channel_line_id: string;
  channel_parcel_id: string;
  channel_listing_id: string;
  product_name: string;
  option_name: string;
  sku_code: string;
  quantity: number;
  cancelled_quantity: number;
  held_quantity: number;
  unit_price: Money | null;
  line_total: Money | null;
  state: string;
  kind: string | null;
  tracking_number: string | null;
}

export interface Order {
  id: string;
  channel: string;
  channel_account_id: string;
  channel_order_id: string;
  state: string;
  ordered_at: string;
  paid_at: string | null;
  received_at: string;
  version: number;
  total: Money | null;
  hold: Reason | null;
  shipment_state: string | null;
  lines: OrderLine[];
}

export interface OrderSummary {
  by_state: Record<string, number>;
  held: number;
  today: number;
}

export interface TimelineEntry {
  at: string;
  kind: string;
  text: string;
}

export interface LineExplanation {
  line_id: string;
  blocker: string | null;
  detail: string | null;
  owner: string | null;
  deadline: string | null;
  since: string | null;
}

export interface Contact {
  orderer_name: string;
  orderer_phone: string;
  receiver_name: string;
  receiver_phone: string;
  postcode: string;
  address1: string;
  address2: string;
  delivery_note: string;
  erased: boolean;
}

export interface ShipmentLine {
  order_id: string;
  line_id: string;
  quantity: number;
  channel_parcel_id: string;
}

export interface Shipment {
  id: string;
  version: number;
  state: string;
  carrier: string;
  tracking_number: string;
  lines: ShipmentLine[];
  hold: Reason | null;
  created_at: string;
  dispatched_at: string | null;
  order_ids: string[];
}

export interface NewShipment {
  order_id: string;
  lines: { line_id: string; quantity: number }[];
  carrier: string;
  tracking_number: string;
}

export interface Carrier {
  code: string;
  name_ko: string;
  name_en: string;
}

export interface Entitlement {
  id: string;
  order_id: string;
  line_id: string;
  state: string;
  granted_at: string;
  link_sent_at: string | null;
  activated_at: string | null;
}

export interface Effect {
  id: string;
  service: string;
  kind: string;
  state: string;
  subject_id: string;
  order_id: string | null;
  reason: string | null;
  detail: string | null;
  attempt_count: number;
  next_attempt_at: string | null;
  created_at: string;
  updated_at: string;
}

export interface EffectAttempt {
  fence: number;
  from_state: string;
  to_state: string;
  at: string | null;
  reason: string | null;
  detail: string | null;
  evidence: unknown;
}

export interface AccountTest {
  tested_at: string | null;
  ok: boolean;
  reason: string | null;
  detail: string | null;
}

export interface AccountStream {
  stream: string;
  high_water_at: string | null;
  last_success_at: string | null;
  last_reason: string | null;
  last_detail: string | null;
  consecutive_failures: number;
  parked_rows: number;
}

export interface ChannelAccount {
  id: string;
  channel: string;
  name: string;
  base_url: string;
  state: string;
  channel_seller_id: string;
  quota_per_second: number;
  created_at: string;
  version: number;
  last_test: AccountTest | null;
  last_refusal: (Reason & { at: string | null }) | null;
  streams: AccountStream[];
}

export interface NewChannelAccount {
  channel: string;
  name: string;
  base_url?: string;
  credentials: { vendor_id: string; access_key: string; secret_key: string };
  quota_per_second?: number;
}

export interface Variant {
  id: string;
  sku: string;
  name: string;
  kind: string;
  digital_content: string | null;
}

export interface Product {
  id: string;
  name: string;
  variants: Variant[];
}

export interface NewProduct {
  name: string;
  variants: { sku: string; name: string; kind: string; digital_content?: string }[];
}

export interface Listing {
  id: string;
  channel: string;
  channel_account_id: string;
  channel_listing_id: string;
  product_name: string;
  option_name: string;
  sku_code: string;
  variant_id: string | null;
  quantity_multiplier: number | null;
  first_seen_at: string;
}

export interface ListingMapping {
  channel_account_id: string;
  channel_listing_id: string;
  variant_id: string;
  quantity_multiplier: number;
}
