import { createRoute } from "@tanstack/react-router";
import { ListingsPage } from "../features/listings/ListingsPage";
import { texts } from "./search";
import { shellRoute } from "./shell";

export const listingsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/listings",
  validateSearch: (search: Record<string, unknown>) => texts(search, "show", "q", "open"),
  component: ListingsPage,
});
