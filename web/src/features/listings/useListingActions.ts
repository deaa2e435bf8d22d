import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "../../api/calls";
import type { Listing, ListingComponent, MapListing, MappingSuggestion } from "../../api/types";
import { toastDone, toastFailed } from "../../components/toast";
import { useLanguage } from "../../i18n/useLanguage";

/** What a person may do about listings; whatever shows them reads them again afterwards. */
export function useListingActions() {
  const { t, word } = useLanguage();
  const queryClient = useQueryClient();
  const readAgain = () => {
    for (const queryKey of [["listings"], ["orders"], ["order"]]) {
      queryClient.invalidateQueries({ queryKey });
    }
  };
  const map = useMutation({
    mutationFn: api.mapListing,
    onSuccess: (listing) => toastDone(t("listings.mapped", { name: listing.product_name })),
    onSettled: readAgain,
  });
  const accept = useMutation({
    mutationFn: api.mapListings,
    onSuccess: ({ results }) => {
      const refused = results.filter((result) => result.reason);
      const done = results.length - refused.length;
      if (done > 0) toastDone(t("listings.accepted", { count: done }));
      const reasons = [...new Set(refused.map((one) => word("refused", one.reason)))];
      if (refused.length > 0)
        toastFailed(t("listings.notAccepted", { count: refused.length }), reasons.join(", "));
    },
    onSettled: readAgain,
  });
  const unmap = useMutation({
    mutationFn: (listing: Listing) => api.unmapListing(listing.id, listing.version),
    onSuccess: (listing) => toastDone(t("listings.unmapped", { name: listing.product_name })),
    onSettled: readAgain,
  });
  const acknowledge = useMutation({
    mutationFn: (listing: Listing) =>
      api.acknowledgeListing(listing.id, listing.changes.at(-1)?.id),
    onSuccess: () => toastDone(t("listings.acknowledged")),
    onSettled: readAgain,
  });
  return { map, accept, unmap, acknowledge };
}

/** The mapping that a suggestion stands for, as long as nobody else has decided meanwhile. */
export function accepting(listing: Listing, suggestion: MappingSuggestion): MapListing {
  return {
    channel_account_id: listing.channel_account_id,
    channel_listing_id: listing.channel_listing_id,
    variant_id: suggestion.variant_id,
    expected_version: listing.version,
  };
}

/** What a suggestion would make one unit of the listing. */
export function partOf({ variant_id, kind, name, sku }: MappingSuggestion): ListingComponent {
  return { variant_id, kind, name, sku, quantity: 1 };
}

/** The suggestion that a person may accept with others: an equal code, and no other variant with one. */
export function certain(listing: Listing): MappingSuggestion | undefined {
  const equal = listing.suggestions.filter((suggestion) => suggestion.reason !== "NAME");
  return equal.length === 1 ? equal[0] : undefined;
}
