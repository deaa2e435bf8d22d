import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import {
  type AffectedQuery,
  api,
  type CallQuery,
  type ClaimQuery,
  type EffectQuery,
  type InquiryQuery,
  type ListingQuery,
  type LocateQuery,
  type OrderQuery,
} from "./calls";
import type { Product, Session } from "./types";

/** The session, or null when nobody is logged in. */
export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: async ({ signal }): Promise<Session | null> => (await api.session(signal)) ?? null,
  staleTime: Number.POSITIVE_INFINITY,
});

export const ordersQuery = (query: OrderQuery) =>
  queryOptions({
    queryKey: ["orders", "list", query],
    queryFn: ({ signal }) => api.orders(query, signal),
    placeholderData: keepPreviousData,
  });

export const orderSummaryQuery = queryOptions({
  queryKey: ["orders", "summary"],
  queryFn: ({ signal }) => api.orderSummary(signal),
});

export const orderQuery = (id: string) =>
  queryOptions({ queryKey: ["order", id], queryFn: ({ signal }) => api.order(id, signal) });

// The gateway writes these two in the operator's language, so the language is part of the key.
export const timelineQuery = (id: string, language: string) =>
  queryOptions({
    queryKey: ["order", id, "timeline", language],
    queryFn: ({ signal }) => api.timeline(id, signal),
  });

export const explainQuery = (id: string, language: string) =>
  queryOptions({
    queryKey: ["order", id, "explain", language],
    queryFn: ({ signal }) => api.explain(id, signal),
  });

export const shipmentsQuery = (orderId: string) =>
  queryOptions({
    queryKey: ["order", orderId, "shipments"],
    queryFn: ({ signal }) => api.shipments({ order_id: orderId }, signal),
  });

export const entitlementsQuery = (orderId: string) =>
  queryOptions({
    queryKey: ["order", orderId, "entitlements"],
    queryFn: ({ signal }) => api.entitlements({ order_id: orderId }, signal),
  });

export const shipmentQuery = (id: string) =>
  queryOptions({ queryKey: ["shipment", id], queryFn: ({ signal }) => api.shipment(id, signal) });

export const carriersQuery = queryOptions({
  queryKey: ["carriers"],
  queryFn: ({ signal }) => api.carriers(signal),
  staleTime: Number.POSITIVE_INFINITY,
});

export const claimsQuery = (query: ClaimQuery) =>
  queryOptions({
    queryKey: ["claims", "list", query],
    queryFn: ({ signal }) => api.claims(query, signal),
    placeholderData: keepPreviousData,
  });

export const claimQuery = (id: string) =>
  queryOptions({ queryKey: ["claims", id], queryFn: ({ signal }) => api.claim(id, signal) });

export const inquiriesQuery = (query: InquiryQuery) =>
  queryOptions({
    queryKey: ["inquiries", "list", query],
    queryFn: ({ signal }) => api.inquiries(query, signal),
    placeholderData: keepPreviousData,
  });

export const inquiryQuery = (id: string) =>
  queryOptions({ queryKey: ["inquiries", id], queryFn: ({ signal }) => api.inquiry(id, signal) });

export const operatorsQuery = queryOptions({
  queryKey: ["operators"],
  queryFn: ({ signal }) => api.operators(signal),
  staleTime: 60_000,
});

export const inquiryAssignmentsQuery = (id: string) =>
  queryOptions({
    queryKey: ["inquiries", id, "assignments"],
    queryFn: ({ signal }) => api.inquiryAssignments(id, signal),
  });

export const answerTemplatesQuery = queryOptions({
  queryKey: ["answer-templates"],
  queryFn: ({ signal }) => api.answerTemplates(signal),
});

export const inquiryDigestQuery = queryOptions({
  queryKey: ["inquiry-digest"],
  queryFn: ({ signal }) => api.inquiryDigest(signal),
});

export const effectsQuery = (query: EffectQuery) =>
  queryOptions({
    queryKey: ["effects", "list", query],
    queryFn: ({ signal }) => api.effects(query, signal),
    placeholderData: keepPreviousData,
  });

/** What left the house for one order, oldest first. */
export const orderEffectsQuery = (orderId: string) =>
  queryOptions({
    queryKey: ["order", orderId, "effects"],
    queryFn: async ({ signal }) => {
      const page = await api.effects({ subject_id: orderId, page_size: 100 }, signal);
      return page.effects.toSorted((a, b) => a.created_at.localeCompare(b.created_at));
    },
    placeholderData: keepPreviousData,
  });

export const effectQuery = (id: string) =>
  queryOptions({ queryKey: ["effects", id], queryFn: ({ signal }) => api.effect(id, signal) });

export const accountsQuery = queryOptions({
  queryKey: ["accounts"],
  queryFn: ({ signal }) => api.accounts(signal),
  refetchInterval: 15_000,
});

// Below "accounts", so that a change of an account reads them again.
export const accountHealthQuery = (id: string) =>
  queryOptions({
    queryKey: ["accounts", id, "health"],
    queryFn: ({ signal }) => api.accountHealth(id, signal),
    refetchInterval: 5_000,
  });

export const credentialsQuery = (id: string) =>
  queryOptions({
    queryKey: ["accounts", id, "credentials"],
    queryFn: ({ signal }) => api.credentials(id, signal),
  });

export const retentionQuery = queryOptions({
  queryKey: ["retention"],
  queryFn: ({ signal }) => api.retention(signal),
});

export const coverageQuery = queryOptions({
  queryKey: ["coverage"],
  queryFn: ({ signal }) => api.coverage(signal),
  refetchInterval: 15_000,
});

// Below "coverage", so that a job that was run reads them again.
export const parkedRowsQuery = (page_token: string) =>
  queryOptions({
    queryKey: ["coverage", "parked", page_token],
    queryFn: ({ signal }) => api.parkedRows({ page_size: 50, page_token }, signal),
    placeholderData: keepPreviousData,
  });

export const locateOrderQuery = (id: string, query: LocateQuery) =>
  queryOptions({
    queryKey: ["coverage", "order", id, query],
    queryFn: ({ signal }) => api.locateOrder(id, query, signal),
    staleTime: 5_000,
  });

export const jobsQuery = queryOptions({
  queryKey: ["coverage", "jobs"],
  queryFn: ({ signal }) => api.jobs(signal),
  refetchInterval: 5_000,
});

export const driftQuery = queryOptions({
  queryKey: ["drift"],
  queryFn: ({ signal }) => api.channelDrift(signal),
  refetchInterval: 60_000,
});

export const channelCallsQuery = (query: CallQuery) =>
  queryOptions({
    queryKey: ["calls", query],
    queryFn: ({ signal }) => api.channelCalls(query, signal),
    placeholderData: keepPreviousData,
  });

export const sendersQuery = queryOptions({
  queryKey: ["senders"],
  queryFn: ({ signal }) => api.senders(signal),
});

export const listingsQuery = (query: ListingQuery) =>
  queryOptions({
    queryKey: ["listings", "list", query],
    queryFn: ({ signal }) => api.listings(query, signal),
    placeholderData: keepPreviousData,
  });

// Below "listings", so that a mapping reads them again.
export const listingSummaryQuery = queryOptions({
  queryKey: ["listings", "summary"],
  queryFn: ({ signal }) => api.listingSummary(signal),
});

export const listingQuery = (id: string) =>
  queryOptions({
    queryKey: ["listings", "one", id],
    queryFn: ({ signal }) => api.listing(id, signal),
  });

export const listingHistoryQuery = (id: string) =>
  queryOptions({
    queryKey: ["listings", "history", id],
    queryFn: ({ signal }) => api.listingHistory(id, signal),
  });

export const affectedLinesQuery = (id: string, query: AffectedQuery) =>
  queryOptions({
    queryKey: ["listings", "affected", id, query],
    queryFn: ({ signal }) => api.affectedLines(id, query, signal),
    placeholderData: keepPreviousData,
  });

const PRODUCT_PAGES = 10;

/** All products to choose from, up to 2,000; `complete` is false when there are more. */
export const productsQuery = queryOptions({
  queryKey: ["products"],
  queryFn: async ({ signal }) => {
    const products: Product[] = [];
    let page_token = "";
    for (let page = 0; page < PRODUCT_PAGES; page += 1) {
      const answer = await api.products({ page_size: 200, page_token }, signal);
      products.push(...answer.products);
      page_token = answer.next_page_token;
      if (!page_token) return { products, complete: true };
    }
    return { products, complete: false };
  },
  staleTime: 60_000,
});
