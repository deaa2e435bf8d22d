// The shapes of the admin API as the screens use them, from the gateway's own description (`npm run api`).

import type { components, paths } from "../api";

type Schemas = components["schemas"];

/** An answer: what the description calls optional is always sent, as null. */
type Sent<T> = T extends (infer Item)[]
  ? Sent<Item>[]
  : T extends object
    ? { [Key in keyof T]-?: Sent<T[Key]> }
    : T;

type Filled<Path> = Path extends `${infer Before}{${string}}${infer After}`
  ? `${Before}${string}${Filled<After>}`
  : Path;

type BelowVersion<Path> = Path extends `/api/v1${infer Rest}` ? Filled<Rest> : never;

/** An address of the API below its version; a misspelt one does not compile. */
export type ApiPath = BelowVersion<keyof paths>;

export type Session = Sent<Schemas["Session"]>;
export type LogInRequest = Schemas["LogInRequest"];

export type Money = Sent<Schemas["Money"]>;
export type Hold = Sent<Schemas["Hold"]>;
export type Order = Sent<Schemas["Order"]>;
export type OrderLine = Sent<Schemas["OrderLine"]>;
export type Orders = Sent<Schemas["Orders"]>;
export type OrderSummary = Sent<Schemas["OrderSummary"]>;
export type Timeline = Sent<Schemas["Timeline"]>;
export type TimelineEntry = Timeline["entries"][number];
export type Explanation = Sent<Schemas["Explanation"]>;
export type ExplainedLine = Sent<Schemas["ExplainedLine"]>;
export type Contact = Sent<Schemas["Contact"]>;
export type EraseContact = Schemas["EraseContact"];
export type ErasedContact = Sent<Schemas["ErasedContact"]>;
export type Retention = Sent<Schemas["Retention"]>;
export type SetRetention = Schemas["SetRetention"];
export type FindByPerson = Schemas["FindByPerson"];
export type ReceiverChanges = Sent<Schemas["ReceiverChanges"]>;
export type ReceiverChange = ReceiverChanges["changes"][number];
export type ConfirmReceiver = Schemas["ConfirmReceiver"];

export type Shipment = Sent<Schemas["Shipment"]>;
export type Shipments = Sent<Schemas["Shipments"]>;
export type CreateShipment = Schemas["CreateShipment"];
export type Carriers = Sent<Schemas["Carriers"]>;
export type Entitlement = Sent<Schemas["Entitlement"]>;
export type Entitlements = Sent<Schemas["Entitlements"]>;

export type Claim = Sent<Schemas["Claim"]>;
export type Claims = Sent<Schemas["Claims"]>;
export type ClaimDecision = Sent<Schemas["ClaimDecision"]>;
export type DecideClaim = Schemas["DecideClaim"];

export type Inquiry = Sent<Schemas["Inquiry"]>;
export type Inquiries = Sent<Schemas["Inquiries"]>;
export type InquiryAnswer = Sent<Schemas["InquiryAnswer"]>;
export type InquiryThread = Sent<Schemas["InquiryThread"]>;
export type AnswerInquiry = Schemas["AnswerInquiry"];
export type ConfirmInquiry = Schemas["ConfirmInquiry"];
export type Operators = Sent<Schemas["Operators"]>;
export type InquiryAssignments = Sent<Schemas["InquiryAssignments"]>;
export type InquiryAssignment = InquiryAssignments["assignments"][number];
export type AnswerTemplate = Sent<Schemas["AnswerTemplate"]>;
export type AnswerTemplates = Sent<Schemas["AnswerTemplates"]>;
export type PutAnswerTemplate = Schemas["PutAnswerTemplate"];
export type FilledAnswerTemplate = Sent<Schemas["FilledAnswerTemplate"]>;
export type InquiryDigest = Sent<Schemas["InquiryDigest"]>;

export type Effect = Sent<Schemas["Effect"]>;
export type Effects = Sent<Schemas["Effects"]>;
/** Evidence is whatever the adapter recorded. */
export type EffectAttempt = Omit<Sent<Schemas["EffectAttempt"]>, "evidence"> & {
  evidence: unknown;
};
export type EffectWithAttempts = Effect & { attempts: EffectAttempt[] };

export type ChannelAccount = Sent<Schemas["ChannelAccount"]>;
export type ChannelAccounts = Sent<Schemas["ChannelAccounts"]>;
export type ChannelAccountTest = Sent<Schemas["ChannelAccountTest"]>;
export type AccountStream = Sent<Schemas["Stream"]>;
export type RegisterChannelAccount = Schemas["RegisterChannelAccount"];
export type ChangeChannelAccount = Schemas["ChangeChannelAccount"];
export type ChannelAccountHealth = Sent<Schemas["ChannelAccountHealth"]>;
export type QuotaBucket = Sent<Schemas["QuotaBucket"]>;
export type CredentialSet = Sent<Schemas["CredentialSet"]>;
export type CredentialSets = Sent<Schemas["CredentialSets"]>;
export type AddCredentials = Schemas["AddCredentials"];
export type ChannelCall = Sent<Schemas["ChannelCall"]>;
export type ChannelCalls = Sent<Schemas["ChannelCalls"]>;
/** The sample is an object of the channel's with its values blanked. */
export type DriftFinding = Omit<Sent<Schemas["DriftFinding"]>, "sample"> & { sample: unknown };
export type DriftFindings = { findings: DriftFinding[]; next_page_token: string };

export type Coverage = Sent<Schemas["Coverage"]>;
export type AccountSchedule = Sent<Schemas["AccountSchedule"]>;
export type StreamPace = Sent<Schemas["StreamPace"]>;
export type StreamCoverage = Sent<Schemas["StreamCoverage"]>;
export type CoverageGap = Sent<Schemas["CoverageGap"]>;
export type ParkedRows = Sent<Schemas["ParkedRows"]>;
export type ParkedRow = Sent<Schemas["ParkedRow"]>;
export type LocatedOrder = Sent<Schemas["LocatedOrder"]>;
export type StartedBackfill = Schemas["StartedBackfill"];
export type Job = Sent<Schemas["Job"]>;
export type Jobs = Sent<Schemas["Jobs"]>;
export type JobRun = Sent<Schemas["JobRun"]>;

export type Sender = Sent<Schemas["Sender"]>;
export type Senders = Sent<Schemas["Senders"]>;
export type PutSolapiSender = Schemas["PutSolapiSender"];
export type PutSlackSender = Schemas["PutSlackSender"];

export type Product = Sent<Schemas["Product"]>;
export type Products = Sent<Schemas["Products"]>;
export type CreateProduct = Schemas["CreateProduct"];
export type VariantKind = Schemas["VariantKind"];
export type Listing = Sent<Schemas["Listing"]>;
export type Listings = Sent<Schemas["Listings"]>;
export type ListingComponent = Sent<Schemas["ListingComponent"]>;
export type ListingChange = Sent<Schemas["ListingChange"]>;
export type ListingSummary = Schemas["ListingSummary"];
export type ListingHistory = Sent<Schemas["ListingHistory"]>;
export type MappingSuggestion = Sent<Schemas["MappingSuggestion"]>;
export type AffectedLine = Sent<Schemas["AffectedLine"]>;
export type AffectedLines = Sent<Schemas["AffectedLines"]>;
export type ShipmentContent = Sent<Schemas["ShipmentContent"]>;
export type MapListing = Schemas["MapListing"];
export type MappedListings = Sent<Schemas["MappedListings"]>;
