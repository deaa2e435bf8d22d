import { call } from "./client";
import type {
  AddCredentials,
  AffectedLines,
  AnswerInquiry,
  AnswerTemplate,
  AnswerTemplates,
  Carriers,
  ChangeChannelAccount,
  ChannelAccount,
  ChannelAccountHealth,
  ChannelAccounts,
  ChannelAccountTest,
  ChannelCalls,
  Claim,
  ClaimDecision,
  Claims,
  ConfirmInquiry,
  ConfirmReceiver,
  Contact,
  Coverage,
  CreateProduct,
  CreateShipment,
  CredentialSet,
  CredentialSets,
  DecideClaim,
  DriftFindings,
  Effects,
  EffectWithAttempts,
  Entitlements,
  EraseContact,
  ErasedContact,
  Explanation,
  FilledAnswerTemplate,
  FindByPerson,
  Inquiries,
  Inquiry,
  InquiryAnswer,
  InquiryAssignments,
  InquiryDigest,
  InquiryThread,
  JobRun,
  Jobs,
  Listing,
  ListingHistory,
  ListingSummary,
  Listings,
  LocatedOrder,
  LogInRequest,
  MapListing,
  MappedListings,
  Operators,
  Order,
  OrderSummary,
  Orders,
  ParkedRows,
  Product,
  Products,
  PutAnswerTemplate,
  PutSlackSender,
  PutSolapiSender,
  ReceiverChanges,
  RegisterChannelAccount,
  Retention,
  Sender,
  Senders,
  Session,
  SetRetention,
  Shipment,
  Shipments,
  StartedBackfill,
  Timeline,
} from "./types";

/** Every call of the admin API that the screens make, in the order of its reference page. */
export const api = {
  logIn: (body: LogInRequest) => call<Session>("POST", "/session", { body }),
  /** Nothing when nobody is logged in. */
  session: (signal: AbortSignal) => call<Session | undefined>("GET", "/session", { signal }),
  logOut: () => call<void>("DELETE", "/session"),

  orders: (query: OrderQuery, signal: AbortSignal) =>
    call<Orders>("GET", "/orders", { query: { ...query }, signal }),
  orderSummary: (signal: AbortSignal) => call<OrderSummary>("GET", "/orders/summary", { signal }),
  order: (id: string, signal: AbortSignal) => call<Order>("GET", `/orders/${part(id)}`, { signal }),
  timeline: (id: string, signal: AbortSignal) =>
    call<Timeline>("GET", `/orders/${part(id)}/timeline`, { signal }),
  explain: (id: string, signal: AbortSignal) =>
    call<Explanation>("GET", `/orders/${part(id)}/explain`, { signal }),
  findOrdersByPerson: (body: FindByPerson) =>
    call<Orders>("POST", "/orders/find-by-person", { body }),
  revealContact: (id: string) =>
    call<Contact>("POST", `/orders/${part(id)}/contact/reveal`, { body: {} }),

  eraseContact: (id: string, body: EraseContact) =>
    call<ErasedContact>("POST", `/orders/${part(id)}/contact/erase`, { body }),
  retention: (signal: AbortSignal) => call<Retention>("GET", "/retention", { signal }),
  setRetention: (body: SetRetention) => call<Retention>("PUT", "/retention", { body }),

  createShipment: (body: CreateShipment, idempotencyKey: string) =>
    call<Shipment>("POST", "/shipments", { body, idempotencyKey }),
  shipments: (query: { order_id: string }, signal: AbortSignal) =>
    call<Shipments>("GET", "/shipments", { query, signal }),
  shipment: (id: string, signal: AbortSignal) =>
    call<Shipment>("GET", `/shipments/${part(id)}`, { signal }),
  dispatchShipment: (id: string) =>
    call<Shipment>("POST", `/shipments/${part(id)}/dispatch`, { body: {} }),
  cancelShipment: (id: string) =>
    call<Shipment>("POST", `/shipments/${part(id)}/cancel`, { body: {} }),
  revealReceivers: (id: string) =>
    call<ReceiverChanges>("POST", `/shipments/${part(id)}/receiver/reveal`, { body: {} }),
  confirmReceiver: (id: string, body: ConfirmReceiver) =>
    call<Shipment>("POST", `/shipments/${part(id)}/receiver/confirm`, { body }),
  carriers: (signal: AbortSignal) => call<Carriers>("GET", "/carriers", { signal }),
  entitlements: (query: { order_id: string }, signal: AbortSignal) =>
    call<Entitlements>("GET", "/entitlements", { query, signal }),

  inquiries: (query: InquiryQuery, signal: AbortSignal) =>
    call<Inquiries>("GET", "/inquiries", { query: { ...query }, signal }),
  inquiry: (id: string, signal: AbortSignal) =>
    call<Inquiry>("GET", `/inquiries/${part(id)}`, { signal }),
  revealInquiry: (id: string) =>
    call<InquiryThread>("POST", `/inquiries/${part(id)}/reveal`, { body: {} }),
  answerInquiry: (id: string, body: AnswerInquiry, idempotencyKey: string) =>
    call<InquiryAnswer>("POST", `/inquiries/${part(id)}/answer`, { body, idempotencyKey }),
  confirmInquiry: (id: string, body: ConfirmInquiry, idempotencyKey: string) =>
    call<InquiryAnswer>("POST", `/inquiries/${part(id)}/confirm`, { body, idempotencyKey }),

  operators: (signal: AbortSignal) => call<Operators>("GET", "/operators", { signal }),
  assignInquiry: (id: string, operatorId: string | null) =>
    call<InquiryAssignments>("POST", `/inquiries/${part(id)}/assign`, {
      body: { operator_id: operatorId },
    }),
  inquiryAssignments: (id: string, signal: AbortSignal) =>
    call<InquiryAssignments>("GET", `/inquiries/${part(id)}/assignments`, { signal }),
  answerTemplates: (signal: AbortSignal) =>
    call<AnswerTemplates>("GET", "/answer-templates", { signal }),
  createTemplate: (body: PutAnswerTemplate, idempotencyKey: string) =>
    call<AnswerTemplate>("POST", "/answer-templates", { body, idempotencyKey }),
  replaceTemplate: (id: string, body: PutAnswerTemplate) =>
    call<AnswerTemplate>("PUT", `/answer-templates/${part(id)}`, { body }),
  deleteTemplate: (id: string) => call<void>("DELETE", `/answer-templates/${part(id)}`),
  fillTemplate: (inquiryId: string, templateId: string) =>
    call<FilledAnswerTemplate>("GET", `/inquiries/${part(inquiryId)}/filled-template`, {
      query: { template_id: templateId },
    }),
  inquiryDigest: (signal: AbortSignal) => call<InquiryDigest>("GET", "/inquiry-digest", { signal }),
  setInquiryDigest: (enabled: boolean) =>
    call<InquiryDigest>("PUT", "/inquiry-digest", { body: { enabled } }),

  claims: (query: ClaimQuery, signal: AbortSignal) =>
    call<Claims>("GET", "/claims", { query: { ...query }, signal }),
  claim: (id: string, signal: AbortSignal) => call<Claim>("GET", `/claims/${part(id)}`, { signal }),
  decideClaim: (id: string, body: DecideClaim, idempotencyKey: string) =>
    call<ClaimDecision>("POST", `/claims/${part(id)}/decide`, { body, idempotencyKey }),

  effects: (query: EffectQuery, signal: AbortSignal) =>
    call<Effects>("GET", "/effects", { query: { ...query }, signal }),
  effect: (id: string, signal: AbortSignal) =>
    call<EffectWithAttempts>("GET", `/effects/${part(id)}`, { signal }),
  redriveEffect: (id: string, reason: string) =>
    call<unknown>("POST", `/effects/${part(id)}/redrive`, { body: { reason } }),

  accounts: (signal: AbortSignal) => call<ChannelAccounts>("GET", "/channel-accounts", { signal }),
  registerAccount: (body: RegisterChannelAccount, idempotencyKey: string) =>
    call<ChannelAccount>("POST", "/channel-accounts", { body, idempotencyKey }),
  testAccount: (id: string) =>
    call<ChannelAccountTest>("POST", `/channel-accounts/${part(id)}/test`, { body: {} }),
  switchAccount: (id: string, to: "activate" | "deactivate") =>
    call<ChannelAccount>("POST", `/channel-accounts/${part(id)}/${to}`, { body: {} }),

  changeAccount: (id: string, body: ChangeChannelAccount) =>
    call<ChannelAccount>("PATCH", `/channel-accounts/${part(id)}`, { body }),
  accountHealth: (id: string, signal: AbortSignal) =>
    call<ChannelAccountHealth>("GET", `/channel-accounts/${part(id)}/health`, { signal }),
  credentials: (id: string, signal: AbortSignal) =>
    call<CredentialSets>("GET", `/channel-accounts/${part(id)}/credentials`, { signal }),
  addCredentials: (id: string, body: AddCredentials, idempotencyKey: string) =>
    call<CredentialSet>("POST", `/channel-accounts/${part(id)}/credentials`, {
      body,
      idempotencyKey,
    }),
  testCredentials: (id: string, set: string) =>
    call<CredentialSet>("POST", `/channel-accounts/${part(id)}/credentials/${part(set)}/test`, {
      body: {},
    }),
  promoteCredentials: (id: string, set: string) =>
    call<ChannelAccount>("POST", `/channel-accounts/${part(id)}/credentials/${part(set)}/promote`, {
      body: {},
    }),
  retireCredentials: (id: string, set: string) =>
    call<CredentialSet>("POST", `/channel-accounts/${part(id)}/credentials/${part(set)}/retire`, {
      body: {},
    }),
  channelCalls: (query: CallQuery, signal: AbortSignal) =>
    call<ChannelCalls>("GET", "/channel-calls", { query: { ...query }, signal }),
  coverage: (signal: AbortSignal) =>
    call<Coverage>("GET", "/coverage", { query: { page_size: 100 }, signal }),
  parkedRows: (query: { page_size: number; page_token?: string }, signal: AbortSignal) =>
    call<ParkedRows>("GET", "/coverage/parked-rows", { query, signal }),
  locateOrder: (id: string, query: LocateQuery, signal: AbortSignal) =>
    call<LocatedOrder>("GET", `/coverage/orders/${part(id)}`, { query: { ...query }, signal }),
  startBackfill: (account: string, days: number) =>
    call<StartedBackfill>("POST", `/coverage/${part(account)}/backfill`, { body: { days } }),
  jobs: (signal: AbortSignal) => call<Jobs>("GET", "/jobs", { signal }),
  runJob: (name: string) => call<JobRun>("POST", `/jobs/${part(name)}/run`, { body: {} }),
  channelDrift: (signal: AbortSignal) =>
    call<DriftFindings>("GET", "/channel-drift", { query: { page_size: 100 }, signal }),

  senders: (signal: AbortSignal) => call<Senders>("GET", "/senders", { signal }),
  putSolapi: (body: PutSolapiSender) => call<Sender>("PUT", "/senders/solapi", { body }),
  putSlack: (body: PutSlackSender) => call<Sender>("PUT", "/senders/slack", { body }),

  products: (query: { page_size: number; page_token?: string }, signal: AbortSignal) =>
    call<Products>("GET", "/products", { query, signal }),
  createProduct: (body: CreateProduct, idempotencyKey: string) =>
    call<Product>("POST", "/products", { body, idempotencyKey }),
  listings: (query: ListingQuery, signal: AbortSignal) =>
    call<Listings>("GET", "/listings", { query: { ...query }, signal }),
  listingSummary: (signal: AbortSignal) =>
    call<ListingSummary>("GET", "/listings/summary", { signal }),
  listing: (id: string, signal: AbortSignal) =>
    call<Listing>("GET", `/listings/${part(id)}`, { signal }),
  listingHistory: (id: string, signal: AbortSignal) =>
    call<ListingHistory>("GET", `/listings/${part(id)}/history`, { signal }),
  affectedLines: (id: string, query: AffectedQuery, signal: AbortSignal) =>
    call<AffectedLines>("GET", `/listings/${part(id)}/affected-lines`, {
      query: { ...query },
      signal,
    }),
  mapListing: (body: MapListing) => call<Listing>("POST", "/listings/map", { body }),
  mapListings: (mappings: MapListing[]) =>
    call<MappedListings>("POST", "/listings/map-many", { body: { mappings } }),
  unmapListing: (id: string, expected_version: number) =>
    call<Listing>("POST", `/listings/${part(id)}/unmap`, { body: { expected_version } }),
  acknowledgeListing: (id: string, last_change_id: string | undefined) =>
    call<Listing>("POST", `/listings/${part(id)}/acknowledge`, { body: { last_change_id } }),
};

export interface OrderQuery {
  channel?: string | undefined;
  state?: string | undefined;
  q?: string | undefined;
  page_size: number;
  page_token?: string | undefined;
}

export interface ClaimQuery {
  channel?: string | undefined;
  kind?: string | undefined;
  order_id?: string | undefined;
  open?: boolean | undefined;
  due?: boolean | undefined;
  page_size: number;
  page_token?: string | undefined;
}

export interface InquiryQuery {
  channel?: string | undefined;
  order_id?: string | undefined;
  open?: boolean | undefined;
  urgent?: boolean | undefined;
  due?: boolean | undefined;
  assigned_to?: string | undefined;
  page_size: number;
  page_token?: string | undefined;
}

export interface EffectQuery {
  state?: string | undefined;
  kind?: string | undefined;
  subject_id?: string | undefined;
  page_size: number;
  page_token?: string | undefined;
}

export interface CallQuery {
  channel_account_id?: string | undefined;
  about_id?: string | undefined;
  api?: string | undefined;
  failures_only?: boolean | undefined;
  from?: string | undefined;
  page_size: number;
  page_token?: string | undefined;
}

export interface LocateQuery {
  channel_account_id: string;
  ordered_at?: string | undefined;
}

export interface ListingQuery {
  unmapped_only?: boolean | undefined;
  attention?: string | undefined;
  q?: string | undefined;
  suggestions?: boolean | undefined;
  page_size: number;
  page_token?: string | undefined;
}

export interface AffectedQuery {
  needs_person?: boolean | undefined;
  page_size: number;
  page_token?: string | undefined;
}

function part(id: string): string {
  return encodeURIComponent(id);
}
