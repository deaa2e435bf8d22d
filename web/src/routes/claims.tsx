import { createRoute } from "@tanstack/react-router";
import { ClaimsPage } from "../features/claims/ClaimsPage";
import { texts } from "./search";
import { shellRoute } from "./shell";

export const claimsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/claims",
  validateSearch: (search: Record<string, unknown>) =>
    texts(search, "show", "channel", "kind", "order_id", "open"),
  component: ClaimsPage,
});
